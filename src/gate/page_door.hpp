// The way to the gate's page: who may come in, what they are answered, the stream of events.
// Internal to the admin listener.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/time.hpp"
#include "gate/admin_guard.hpp"
#include "gate/event_log.hpp"
#include "gate/page_session.hpp"
#include "gate/page_site.hpp"

namespace postern::gate {

using AdminRequest = boost::beast::http::request<boost::beast::http::string_body>;
using AdminResponse = boost::beast::http::response<boost::beast::http::string_body>;

AdminHeaders headers_of(const AdminRequest&);
std::string_view path_of(const AdminRequest&);

class PageDoor {
 public:
  /// Streams that may be open at once.
  static constexpr std::size_t most_streams = 16;

  PageDoor(boost::asio::io_context& loop, AdminGuard guard, PageSessions sessions, EventLog& log,
           UnixTime (*now)());
  ~PageDoor() { work_.join(); }
  PageDoor(const PageDoor&) = delete;
  PageDoor& operator=(const PageDoor&) = delete;

  /// From then on there is something to show. On the loop's thread.
  void show(std::shared_ptr<PageSite> site) { site_ = std::move(site); }

  [[nodiscard]] static bool is_stream(const AdminRequest& request) {
    return path_of(request) == "/events";
  }
  /// To anything but the stream, from a request whose Host is good.
  boost::asio::awaitable<AdminResponse> answer(const AdminRequest& request);
  /// Answers with the events, until the client is gone, is too slow or its session ends.
  boost::asio::awaitable<void> stream(boost::beast::tcp_stream& peer, const AdminRequest& request);

 private:
  boost::asio::awaitable<AdminResponse> sign_in(const AdminRequest& request);
  boost::asio::awaitable<AdminResponse> ask_site(const AdminRequest& request,
                                                 const PageSession& session);
  // Runs it where waiting keeps nobody; the timer is cancelled when it is done.
  std::shared_ptr<boost::asio::steady_timer> elsewhere(std::function<void()> work);

  boost::asio::io_context& loop_;
  AdminGuard guard_;
  PageSessions sessions_;
  EventLog& log_;
  UnixTime (*now_)();
  std::shared_ptr<PageSite> site_;
  // Outlives the door with the coroutines that the loop destroys last.
  std::shared_ptr<std::size_t> streams_ = std::make_shared<std::size_t>(0);
  boost::asio::thread_pool work_{1};
};

}  // namespace postern::gate
