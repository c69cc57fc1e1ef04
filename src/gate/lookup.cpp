#include "gate/lookup.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <cerrno>
#include <cstring>
#include <optional>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace postern::gate {
namespace {

// What the one who asked and the one who answers have in common; either may be gone first. An octet
// on the socket pair wakes who asked, so that his wait is one like all others, with a deadline.
struct Question {
  explicit Question(int waker) noexcept : waker_(waker) {}
  Question(const Question&) = delete;
  Question& operator=(const Question&) = delete;
  ~Question() { ::close(waker_); }

  void answer(Found found) {
    if (answer_) return;
    answer_ = std::move(found);
    // There is room for one octet.
    static_cast<void>(::send(waker_, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT));
  }
  [[nodiscard]] std::optional<Found>& answer() noexcept { return answer_; }

 private:
  int waker_;
  std::optional<Found> answer_;
};

}  // namespace

LookUp system_lookup(asio::io_context& loop) {
  return [&loop](const std::string& host, std::uint16_t port, std::function<void(Found)> done) {
    auto resolver = std::make_shared<asio::ip::tcp::resolver>(loop);
    resolver->async_resolve(
        host, std::to_string(port),
        [done = std::move(done)](boost::system::error_code error, const auto& results) {
          Found found;
          if (error) found.fault = error.message();
          for (const auto& result : results)
            found.endpoints.emplace_back(result.endpoint());
          done(std::move(found));
        });
    return resolver;
  };
}

Awaitable<Found> look_up(const LookUp& begin, asio::io_context& loop, Deadlines& deadlines,
                         std::string host, std::uint16_t port, Clock::duration limit) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) {
    co_return Found{{}, std::strerror(errno)};
  }
  Socket socket(loop);
  socket.assign({AF_UNIX, 0}, ends[0]);
  Wire wire(deadlines, std::move(socket));
  const auto question = std::make_shared<Question>(ends[1]);
  std::function<void(Found)> done = [question](Found found) { question->answer(std::move(found)); };
  const std::shared_ptr<void> held = begin(host, port, std::move(done));
  if (!question->answer()) {
    const bool woken = co_await wire.readable(wire.within(limit));
    static_cast<void>(woken);
  }
  if (!question->answer()) co_return Found{{}, "its name was not looked up in time"};
  co_return std::move(*question->answer());
}

}  // namespace postern::gate
