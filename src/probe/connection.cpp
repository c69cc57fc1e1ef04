#include "probe/connection.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/socket_address.hpp"

namespace postern::probe {
namespace {

using Clock = std::chrono::steady_clock;

struct SslDeleter {
  void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
  void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
};

Result<void> wait_for(int socket, short events, Clock::time_point until) {
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now());
    if (left.count() <= 0) return fail("no answer in time", "", "--timeout gives it longer");
    pollfd entry{socket, events, 0};
    const int ready =
        ::poll(&entry, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 60'000)));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return fail(std::strerror(errno));
  }
}

std::string tls_fault(const char* what) {
  const unsigned long code = ERR_get_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? std::string(what) : fmt::format("{} ({})", what, reason);
}

}  // namespace

struct Connection::State {
  int socket = -1;
  std::string host;
  IpAddress peer, local;
  Clock::time_point until;
  std::unique_ptr<SSL_CTX, SslDeleter> context;
  std::unique_ptr<SSL, SslDeleter> ssl;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    ssl.reset();
    if (socket >= 0) ::close(socket);
  }

  Result<void> connect(const IpAddress& address, std::uint16_t port) {
    peer = address;
    const SocketAddress there({address, port});
    socket = ::socket(there.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (socket < 0) return fail(std::strerror(errno));
    if (::connect(socket, there.get(), there.length) != 0 && errno != EINPROGRESS) {
      return fail(std::strerror(errno));
    }
    if (auto ready = wait_for(socket, POLLOUT, until); !ready) return ready;
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0) {
      return fail(std::strerror(error == 0 ? errno : error));
    }
    sockaddr_storage here{};
    socklen_t here_size = sizeof here;
    auto* const own = reinterpret_cast<sockaddr*>(&here);
    if (::getsockname(socket, own, &here_size) == 0) {
      local = endpoint_of(own, here_size).value_or(IpEndpoint{}).address;
    }
    return {};
  }

  // Repeats an operation of OpenSSL until it is through or needs what does not come.
  template <class Operation>
  Result<int> through(Operation operation, const char* what) {
    for (;;) {
      ERR_clear_error();
      const int done = operation();
      if (done > 0) return done;
      switch (SSL_get_error(ssl.get(), done)) {
        case SSL_ERROR_WANT_READ:
          if (auto ready = wait_for(socket, POLLIN, until); !ready) {
            return tl::unexpected(ready.error());
          }
          break;
        case SSL_ERROR_WANT_WRITE:
          if (auto ready = wait_for(socket, POLLOUT, until); !ready) {
            return tl::unexpected(ready.error());
          }
          break;
        case SSL_ERROR_ZERO_RETURN:
          return 0;
        default:
          return fail(tls_fault(what));
      }
    }
  }
};

Connection::Connection(std::unique_ptr<State> state) : state_(std::move(state)) {}
Connection::~Connection() = default;

Result<std::unique_ptr<Connection>> Connection::open(const std::vector<IpAddress>& addresses,
                                                     std::uint16_t port, const std::string& host,
                                                     std::chrono::seconds limit) {
  Error last{"has no address", host, "check the name"};
  const auto until = Clock::now() + limit;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    auto state = std::make_unique<State>();
    state->host = host;
    // One address that swallows everything must leave time for the next.
    const auto left = until - Clock::now();
    state->until = Clock::now() + left / static_cast<std::int64_t>(addresses.size() - i);
    if (auto connected = state->connect(addresses[i], port); !connected) {
      last = {connected.error().what,
              fmt::format("{} ({} port {})", host, addresses[i].text(), port),
              "see that port 25 is open from here"};
      continue;
    }
    state->until = until;
    return std::unique_ptr<Connection>(new Connection(std::move(state)));
  }
  return tl::unexpected(last);
}

Result<void> Connection::write(std::string_view bytes) {
  while (!bytes.empty()) {
    if (state_->ssl) {
      const int size = static_cast<int>(std::min<std::size_t>(bytes.size(), 16'384));
      const auto written = state_->through(
          [&] { return SSL_write(state_->ssl.get(), bytes.data(), size); }, "TLS broke");
      if (!written) return tl::unexpected(written.error());
      if (*written == 0) return fail("the host closed the connection");
      bytes.remove_prefix(static_cast<std::size_t>(*written));
      continue;
    }
    const ssize_t written = ::send(state_->socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (written > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      if (auto ready = wait_for(state_->socket, POLLOUT, state_->until); !ready) return ready;
    } else if (errno != EINTR) {
      return fail(std::strerror(errno));
    }
  }
  return {};
}

Result<std::string> Connection::read() {
  char block[4096];
  if (state_->ssl) {
    const auto got = state_->through(
        [&] { return SSL_read(state_->ssl.get(), block, sizeof block); }, "TLS broke");
    if (!got) return tl::unexpected(got.error());
    return std::string(block, static_cast<std::size_t>(*got));
  }
  for (;;) {
    const ssize_t got = ::recv(state_->socket, block, sizeof block, 0);
    if (got >= 0) return std::string(block, static_cast<std::size_t>(got));
    if (errno == EAGAIN) {
      if (auto ready = wait_for(state_->socket, POLLIN, state_->until); !ready) {
        return tl::unexpected(ready.error());
      }
    } else if (errno != EINTR) {
      return fail(std::strerror(errno));
    }
  }
}

Result<std::string> Connection::start_tls() {
  state_->context.reset(SSL_CTX_new(TLS_client_method()));
  if (!state_->context) return fail(tls_fault("TLS can't be set up"));
  SSL_CTX_set_verify(state_->context.get(), SSL_VERIFY_NONE, nullptr);
  state_->ssl.reset(SSL_new(state_->context.get()));
  if (!state_->ssl || SSL_set_fd(state_->ssl.get(), state_->socket) != 1) {
    return fail(tls_fault("TLS can't be set up"));
  }
  if (!IpAddress::parse(state_->host)) {
    SSL_set_tlsext_host_name(state_->ssl.get(), state_->host.c_str());
  }
  const auto shaken =
      state_->through([&] { return SSL_connect(state_->ssl.get()); }, "the TLS handshake failed");
  if (!shaken) return tl::unexpected(shaken.error());
  if (*shaken == 0) return fail("the host closed the connection during the TLS handshake");
  return std::string(SSL_get_version(state_->ssl.get()));
}

const IpAddress& Connection::peer() const noexcept {
  return state_->peer;
}
const IpAddress& Connection::local() const noexcept {
  return state_->local;
}

}  // namespace postern::probe
