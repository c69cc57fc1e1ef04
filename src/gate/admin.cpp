#include "gate/admin.hpp"

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "gate/awaiting.hpp"
#include "gate/page_door.hpp"
#include "gate/route.hpp"

namespace postern::gate {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;

using Request = AdminRequest;
using Response = AdminResponse;

Response figures(const Request& request, const Metrics& metrics) {
  Response response;
  response.set(http::field::content_type, "text/plain; charset=utf-8");
  response.set(http::field::cache_control, "no-store");
  const auto say = [&](http::status status, std::string text) {
    response.result(status);
    response.body() = std::move(text);
  };
  if (request.method() != http::verb::get && request.method() != http::verb::head) {
    response.set(http::field::allow, "GET, HEAD");
    say(http::status::method_not_allowed, "GET only\n");
  } else if (request.target() == "/metrics") {
    response.set(http::field::content_type, "text/plain; version=0.0.4; charset=utf-8");
    say(http::status::ok, prometheus_text(metrics));
  } else if (request.target() == "/healthz") {
    say(http::status::ok, "ok\n");
  } else if (request.target() == "/readyz") {
    const bool ready = metrics.ready.value() == 1 && metrics.draining.value() == 0;
    say(ready ? http::status::ok : http::status::service_unavailable,
        ready                           ? "ready\n"
        : metrics.draining.value() != 0 ? "draining\n"
                                        : "starting\n");
  } else {
    say(http::status::not_found, "there are /metrics, /healthz and /readyz\n");
  }
  return response;
}

bool asks_for_figures(const Request& request) {
  return request.target() == "/metrics" || request.target() == "/healthz" ||
         request.target() == "/readyz";
}

// An address of loopback, bound.
Result<tcp::acceptor> bind_page(asio::io_context& loop, const std::string& address,
                                boost::system::error_code& failed) {
  const auto parsed = parse_host_port(address);
  if (!parsed) return tl::unexpected(parsed.error());
  const auto host =
      asio::ip::make_address(parsed->host == "localhost" ? "127.0.0.1" : parsed->host, failed);
  if (failed || !host.is_loopback()) {
    return fail("is no loopback address", address,
                "use 127.0.0.1 or [::1]: the page asks nobody who they are");
  }
  tcp::acceptor acceptor(loop);
  const tcp::endpoint endpoint(host, parsed->port);
  acceptor.open(endpoint.protocol(), failed);
  if (!failed) acceptor.set_option(tcp::acceptor::reuse_address(true), failed);
  if (!failed) acceptor.bind(endpoint, failed);
  return acceptor;
}

}  // namespace

struct AdminPage::Server {
  static constexpr std::size_t most_connections = 64;

  Server(tcp::acceptor&& taken, asio::io_context& context, const Metrics& what,
         std::optional<PageAccess> access)
      : acceptor(std::move(taken)), loop(context), metrics(what) {
    if (!access) return;
    guard = AdminGuard(access->hosts);
    page = std::make_unique<PageDoor>(context, guard, std::move(access->sessions), access->log,
                                      access->now);
  }

  asio::awaitable<void> accept_all() {
    for (;;) {
      auto [error, socket] = co_await acceptor.async_accept(awaiting);
      if (!acceptor.is_open()) co_return;
      if (error) {
        asio::steady_timer pause(loop, std::chrono::milliseconds(200));
        co_await pause.async_wait(awaiting);
        continue;
      }
      // Whoever was silent for longest makes room: idle connections keep nobody from looking.
      if (open.size() >= most_connections) {
        open.front()->close();
        open.pop_front();
      }
      asio::co_spawn(loop, keep(std::make_shared<beast::tcp_stream>(std::move(socket))),
                     asio::detached);
    }
  }

  asio::awaitable<void> keep(std::shared_ptr<beast::tcp_stream> stream) {
    open.push_back(stream);
    const std::function<void()> heard = [this, &stream] {
      const auto at = std::find(open.begin(), open.end(), stream);
      if (at != open.end()) open.splice(open.end(), open, at);
    };
    co_await serve(*stream, heard);
    open.remove(stream);
  }

  // Answers requests, each within its time. `heard` is called for each.
  asio::awaitable<void> serve(beast::tcp_stream& stream, const std::function<void()>& heard) {
    beast::flat_buffer buffer(32768);
    for (;;) {
      http::request_parser<http::string_body> parser;
      parser.header_limit(8192);
      parser.body_limit(16384);
      stream.expires_after(std::chrono::seconds(10));
      const auto [read_error, taken] = co_await http::async_read(stream, buffer, parser, awaiting);
      static_cast<void>(taken);
      if (read_error) co_return;
      heard();
      const Request& request = parser.get();
      const bool good = guard.names_this_host(headers_of(request));
      if (good && page && PageDoor::is_stream(request)) {
        co_await page->stream(stream, request);
        co_return;
      }
      Response response;
      if (!good) {
        response.set(http::field::content_type, "text/plain; charset=utf-8");
        response.result(http::status::forbidden);
        response.body() = "ask for 127.0.0.1, [::1] or localhost\n";
      } else if (page && !asks_for_figures(request)) {
        response = co_await page->answer(request);
      } else {
        response = figures(request, metrics);
      }
      finish(response, request);
      stream.expires_after(std::chrono::seconds(10));
      const auto [write_error, sent] = co_await http::async_write(stream, response, awaiting);
      static_cast<void>(sent);
      if (write_error || !response.keep_alive()) co_return;
    }
  }

  static void finish(Response& response, const Request& request) {
    response.version(request.version());
    response.keep_alive(request.keep_alive());
    response.prepare_payload();
    if (request.method() == http::verb::head) response.body().clear();
  }

  std::unique_ptr<asio::io_context> owned;  // first, so that it goes last
  tcp::acceptor acceptor;
  asio::io_context& loop;
  const Metrics& metrics;
  std::string address;
  AdminGuard guard{{}};
  std::list<std::shared_ptr<beast::tcp_stream>> open;  // who was heard of last stands last
  std::unique_ptr<PageDoor> page;                      // null: none
  std::thread thread;
};

AdminPage::AdminPage(std::unique_ptr<Server> server) : server_(std::move(server)) {
  asio::co_spawn(server_->loop, server_->accept_all(), asio::detached);
  server_->thread = std::thread([this] { server_->loop.run(); });
}

AdminPage::~AdminPage() {
  server_->loop.stop();
  server_->thread.join();
}

const std::string& AdminPage::address() const noexcept {
  return server_->address;
}

bool AdminPage::has_page() const noexcept {
  return server_->page != nullptr;
}

void AdminPage::show(std::shared_ptr<PageSite> site) {
  if (!has_page()) return;
  asio::post(server_->loop, [page = server_->page.get(), site = std::move(site)]() mutable {
    page->show(std::move(site));
  });
}

Result<std::unique_ptr<AdminPage>> AdminPage::open(const std::string& address,
                                                   const Metrics& metrics,
                                                   std::optional<PageAccess> access) {
  auto loop = std::make_unique<asio::io_context>(1);
  boost::system::error_code failed;
  auto acceptor = bind_page(*loop, address, failed);
  if (!acceptor) return tl::unexpected(acceptor.error());
  if (!failed) acceptor->listen(tcp::acceptor::max_listen_connections, failed);
  if (failed) {
    return fail(fmt::format("can't listen ({})", failed.message()), address,
                "another program may have the port: choose another");
  }
  const auto bound = acceptor->local_endpoint();
  asio::io_context& context = *loop;
  auto server = std::make_unique<Server>(std::move(*acceptor), context, metrics, std::move(access));
  server->owned = std::move(loop);
  server->address = bound.address().is_v6()
                        ? fmt::format("[{}]:{}", bound.address().to_string(), bound.port())
                        : fmt::format("{}:{}", bound.address().to_string(), bound.port());
  return std::unique_ptr<AdminPage>(new AdminPage(std::move(server)));
}

Result<std::string> AdminPage::check(const std::string& address) {
  asio::io_context loop(1);
  boost::system::error_code failed;
  const auto acceptor = bind_page(loop, address, failed);
  if (!acceptor) return tl::unexpected(acceptor.error());
  if (failed && failed != asio::error::address_in_use && failed != asio::error::access_denied) {
    return fail(fmt::format("can't listen ({})", failed.message()), address, "choose another");
  }
  return failed ? failed.message() : std::string{};
}

}  // namespace postern::gate
