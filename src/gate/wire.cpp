#include "gate/wire.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include "gate/awaiting.hpp"

namespace postern::gate {

namespace {

constexpr Wire::Until not_waiting = Wire::Until::max();

// Octets that one session may move before the others of its loop have their turn. A peer that is as
// fast as the gate would never be waited for.
constexpr std::size_t share = 65536;

}  // namespace

void Deadlines::sweep() {
  const Clock::time_point at = now();
  // No wire goes from here: whoever waits is resumed later.
  for (Wire* wire : wires_) {
    if (wire->until_ < at) wire->call_off();
  }
}

Buffers::Block Buffers::take() {
  if (free_.empty()) return Block(new char[block_size]);  // not set to zero: it is read into
  Block block = std::move(free_.back());
  free_.pop_back();
  return block;
}

void Buffers::give_back(Block block) {
  if (block && free_.size() < most_kept) free_.push_back(std::move(block));
}

std::string_view name_of(Wire::End end) noexcept {
  switch (end) {
    case Wire::End::none:
      return "open";
    case Wire::End::closed:
      return "closed by the peer";
    case Wire::End::expired:
      return "timed out";
    case Wire::End::broken:
      return "broken";
  }
  return "";
}

Wire::Wire(Deadlines& deadlines, Socket socket)
    : deadlines_(deadlines),
      socket_(std::move(socket)),
      until_(not_waiting),
      place_(deadlines.wires_.size()) {
  deadlines_.wires_.push_back(this);
  if (!socket_.is_open()) return;
  boost::system::error_code ignored;
  socket_.native_non_blocking(true, ignored);
}

Wire::~Wire() {
  close();
  deadlines_.wires_[place_] = deadlines_.wires_.back();
  deadlines_.wires_[place_]->place_ = place_;
  deadlines_.wires_.pop_back();
}

// A deadline lasts as long as its wait.
class Wire::Waiting {
 public:
  Waiting(Wire& wire, Until until) noexcept : wire_(wire) {
    wire_.until_ = until;
    wire_.unshared_ = 0;
  }
  ~Waiting() { wire_.until_ = not_waiting; }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

 private:
  Wire& wire_;
};

void Wire::call_off() {
  if (until_ == not_waiting || end_ != End::none) return;
  end_ = End::expired;
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

void Wire::close() noexcept {
  if (!socket_.is_open()) return;
  // A peer that said farewell hears one too.
  if (tls_ && end_ != End::broken && SSL_is_init_finished(tls_.get()) == 1) {
    ERR_clear_error();
    SSL_shutdown(tls_.get());
    ERR_clear_error();
  }
  if (end_ == End::none) end_ = End::closed;
  boost::system::error_code ignored;
  // Before close(), which resets the connection where octets were left unread: the last reply would
  // be lost with it.
  socket_.shutdown(Socket::shutdown_both, ignored);
  socket_.close(ignored);
}

Awaitable<bool> Wire::wait(bool for_read, Until until) {
  if (end_ != End::none) co_return false;
  const Waiting waiting(*this, until);
  const auto [error] =
      co_await socket_.async_wait(for_read ? Socket::wait_read : Socket::wait_write, awaiting);
  if (error && end_ == End::none) end_ = End::broken;
  co_return end_ == End::none;
}

// Whether the other sessions of the loop should have their turn first.
bool Wire::has_had_its_share(std::size_t octets) noexcept {
  unshared_ += octets;
  if (unshared_ < share) return false;
  unshared_ = 0;
  return true;
}

Awaitable<void> Wire::let_others() {
  co_await asio::post(socket_.get_executor(), asio::use_awaitable);
}

Awaitable<bool> Wire::connect(const Socket::endpoint_type& endpoint, Until until) {
  boost::system::error_code failed;
  if (!socket_.is_open()) socket_.open(endpoint.protocol(), failed);
  if (!failed) {
    const Waiting waiting(*this, until);
    const auto [refused] = co_await socket_.async_connect(endpoint, awaiting);
    failed = refused;
  }
  if (!failed && end_ == End::none) {
    socket_.native_non_blocking(true, failed);
    co_return true;
  }
  if (end_ == End::none) {
    end_ = End::broken;
    fault_ = failed.message();
  }
  co_return false;
}

Awaitable<bool> Wire::wait_for_tls(int result, Until until) {
  const int error = SSL_get_error(tls_.get(), result);
  switch (error) {
    case SSL_ERROR_WANT_READ:
      co_return co_await wait(true, until);
    case SSL_ERROR_WANT_WRITE:
      co_return co_await wait(false, until);
    case SSL_ERROR_ZERO_RETURN:
      end_ = End::closed;
      break;
    default:
      end_ = End::broken;
      fault_ = last_tls_error();
      if (error == SSL_ERROR_SYSCALL || fault_ == "unexpected eof while reading") {
        end_ = End::closed;
      }
  }
  co_return false;
}

Awaitable<bool> Wire::readable(Until until) {
  if (end_ != End::none) co_return false;
  if (tls_ ? SSL_has_pending(tls_.get()) == 1 : !drained_) co_return true;
  const bool there = co_await wait(true, until);
  drained_ = false;
  co_return there;
}

Wire::Input Wire::input() noexcept {
  if (end_ != End::none) return Input::end;
  char octet = 0;
  if (tls_) {
    // Session tickets and the like are no input: OpenSSL takes them off while it looks.
    ERR_clear_error();
    const int got = SSL_peek(tls_.get(), &octet, 1);
    if (got > 0) return Input::octets;
    const bool nothing = SSL_get_error(tls_.get(), got) == SSL_ERROR_WANT_READ;
    ERR_clear_error();
    return nothing ? Input::none : Input::end;
  }
  const ssize_t got = ::recv(socket_.native_handle(), &octet, 1, MSG_PEEK | MSG_DONTWAIT);
  if (got > 0) return Input::octets;
  return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) ? Input::none
                                                                                : Input::end;
}

Awaitable<std::size_t> Wire::receive(std::span<char> into, Until until) {
  if (end_ != End::none) co_return 0;
  const auto buffer = asio::buffer(into.data(), into.size());
  const Waiting waiting(*this, until);
  const auto [error, got] = co_await socket_.async_receive(buffer, awaiting);
  if (!error) {
    drained_ = got < into.size();
    co_return got;
  }
  if (end_ == End::none) {
    const bool gone = error == asio::error::eof || error == asio::error::connection_reset;
    end_ = gone ? End::closed : End::broken;
  }
  co_return 0;
}

Awaitable<std::size_t> Wire::read(std::span<char> into, Until until) {
  while (end_ == End::none) {
    if (tls_) {
      ERR_clear_error();
      const int size = static_cast<int>(std::min<std::size_t>(into.size(), 1u << 20));
      const int got = SSL_read(tls_.get(), into.data(), size);
      if (got > 0) {
        if (has_had_its_share(static_cast<std::size_t>(got))) co_await let_others();
        co_return static_cast<std::size_t>(got);
      }
      if (!co_await wait_for_tls(got, until)) break;
      continue;
    }
    if (drained_ && !co_await wait(true, until)) break;
    const ssize_t got = ::recv(socket_.native_handle(), into.data(), into.size(), MSG_DONTWAIT);
    if (got > 0) {
      drained_ = static_cast<std::size_t>(got) < into.size();
      if (has_had_its_share(static_cast<std::size_t>(got))) co_await let_others();
      co_return static_cast<std::size_t>(got);
    }
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      drained_ = true;
      continue;
    }
    if (got < 0 && errno == EINTR) continue;
    end_ = got == 0 || errno == ECONNRESET ? End::closed : End::broken;
  }
  co_return 0;
}

Awaitable<bool> Wire::write(std::string_view octets, Until until) {
  while (!octets.empty() && end_ == End::none) {
    if (tls_) {
      ERR_clear_error();
      const int size = static_cast<int>(std::min<std::size_t>(octets.size(), 1u << 20));
      const int sent = SSL_write(tls_.get(), octets.data(), size);
      if (sent > 0) {
        octets.remove_prefix(static_cast<std::size_t>(sent));
        if (has_had_its_share(static_cast<std::size_t>(sent))) co_await let_others();
      } else if (!co_await wait_for_tls(sent, until)) {
        break;
      }
      continue;
    }
    const ssize_t sent =
        ::send(socket_.native_handle(), octets.data(), octets.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0) {
      octets.remove_prefix(static_cast<std::size_t>(sent));
      if (has_had_its_share(static_cast<std::size_t>(sent))) co_await let_others();
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      if (!co_await wait(false, until)) break;
    } else if (errno != EINTR) {
      end_ = errno == EPIPE || errno == ECONNRESET ? End::closed : End::broken;
    }
  }
  co_return end_ == End::none;
}

void Wire::write_if_possible(std::string_view octets) noexcept {
  if (!socket_.is_open()) return;
  if (tls_) {
    ERR_clear_error();
    if (SSL_is_init_finished(tls_.get()) == 1) {
      SSL_write(tls_.get(), octets.data(), static_cast<int>(octets.size()));
    }
    ERR_clear_error();
    return;
  }
  [[maybe_unused]] const ssize_t sent =
      ::send(socket_.native_handle(), octets.data(), octets.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

Awaitable<bool> Wire::shake_hands(Until until) {
  if (!tls_) {
    end_ = End::broken;
    fault_ = last_tls_error();
    co_return false;
  }
  while (end_ == End::none) {
    ERR_clear_error();
    const int done = SSL_do_handshake(tls_.get());
    if (done == 1) co_return true;
    if (!co_await wait_for_tls(done, until)) break;
  }
  co_return false;
}

Awaitable<bool> Wire::accept_tls(const TlsContext& context, Until until) {
  tls_ = context.accept(socket_.native_handle());
  co_return co_await shake_hands(until);
}

Awaitable<bool> Wire::connect_tls(const TlsContext& context, const std::string& host, Until until) {
  tls_ = context.connect(socket_.native_handle(), host);
  const bool done = co_await shake_hands(until);
  if (!done && fault_ == "certificate verify failed") {
    const long why = SSL_get_verify_result(tls_.get());
    fault_ += std::string(": ") + X509_verify_cert_error_string(why);
  }
  co_return done;
}

}  // namespace postern::gate
