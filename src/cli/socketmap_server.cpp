#include "cli/socketmap_server.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <list>
#include <poll.h>
#include <string_view>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/ip.hpp"
#include "base/socket_address.hpp"
#include "files/descriptor.hpp"

namespace postern::cli {
namespace {

using Clock = std::chrono::steady_clock;
using files::Descriptor;

constexpr std::size_t most_clients = 512;
constexpr std::size_t longest_backlog = 1 << 20;  // octets that a client may leave unread

struct Listener {
  Descriptor socket;
  std::string address;    // with the port that was given out
  std::string unix_path;  // removed at the end, where it is still this one
  struct stat made {};

  void remove_path() const {
    struct stat there {};
    if (!unix_path.empty() && ::lstat(unix_path.c_str(), &there) == 0 &&
        there.st_dev == made.st_dev && there.st_ino == made.st_ino) {
      ::unlink(unix_path.c_str());
    }
  }
};

tl::unexpected<Error> cannot_listen(const std::string& listen) {
  return fail(fmt::format("can't be listened on ({})", std::strerror(errno)), listen,
              "choose an address that is free and allowed");
}

// Whether a process takes connections there. What an earlier run left refuses them.
bool is_served(const sockaddr_un& address) {
  const Descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  return ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ||
         errno != ECONNREFUSED;
}

Result<Listener> listen_on_unix(const std::string& listen, std::string path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return fail("is no path of a socket", listen);
  }
  path.copy(address.sun_path, path.size());
  struct stat there {};
  if (::lstat(path.c_str(), &there) == 0) {
    if (!S_ISSOCK(there.st_mode)) {
      return fail("is there already, and is no socket", path, "name another path");
    }
    if (is_served(address)) {
      return fail("is served by another process", path, "stop that one, or name another path");
    }
    ::unlink(path.c_str());
  }
  Listener listener;
  listener.socket = Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (::bind(listener.socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
          0 ||
      ::listen(listener.socket.get(), SOMAXCONN) != 0) {
    return cannot_listen(listen);
  }
  ::lstat(path.c_str(), &listener.made);
  listener.address = listen;
  listener.unix_path = std::move(path);
  return listener;
}

Result<Listener> listen_on_port(const std::string& listen) {
  const std::size_t colon = listen.rfind(':');
  unsigned port = 65536;
  if (colon != std::string::npos) {
    const char* end = listen.data() + listen.size();
    const auto [rest, error] = std::from_chars(listen.data() + colon + 1, end, port);
    if (error != std::errc{} || rest != end) port = 65536;
  }
  const auto host =
      IpAddress::parse(std::string_view(listen).substr(0, std::min(colon, listen.size())));
  if (port > 65535 || !host) {
    return fail("is neither unix:PATH nor ADDRESS:PORT", listen, "for example 127.0.0.1:10003");
  }
  const SocketAddress wanted({*host, static_cast<std::uint16_t>(port)});
  Listener listener;
  listener.socket =
      Descriptor(::socket(wanted.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int yes = 1;
  ::setsockopt(listener.socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_storage bound{};
  socklen_t length = sizeof bound;
  auto* const own = reinterpret_cast<sockaddr*>(&bound);
  if (::bind(listener.socket.get(), wanted.get(), wanted.length) != 0 ||
      ::listen(listener.socket.get(), SOMAXCONN) != 0 ||
      ::getsockname(listener.socket.get(), own, &length) != 0) {
    return cannot_listen(listen);
  }
  listener.address = fmt::format("{}:{}", listen.substr(0, colon),
                                 endpoint_of(own, length).value_or(IpEndpoint{}).port);
  return listener;
}

struct Client {
  Client(Descriptor connection, auth::SocketmapSession::Lookup lookup)
      : socket(std::move(connection)), session(std::move(lookup)) {}
  Descriptor socket;
  auth::SocketmapSession session;
  std::string unsent;
  Clock::time_point last_heard = Clock::now();  ///< or got rid of something

  /// False where the connection is to be closed.
  bool read() {
    char piece[4096];
    const ssize_t got = ::recv(socket.get(), piece, sizeof piece, 0);
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    if (got == 0) return false;
    last_heard = Clock::now();
    unsent += session.receive({piece, static_cast<std::size_t>(got)});
    return write() && !session.broken() && unsent.size() <= longest_backlog;
  }
  bool write() {
    while (!unsent.empty()) {
      const ssize_t sent = ::send(socket.get(), unsent.data(), unsent.size(), MSG_NOSIGNAL);
      if (sent < 0) return errno == EAGAIN || errno == EINTR;
      unsent.erase(0, static_cast<std::size_t>(sent));
      last_heard = Clock::now();
    }
    return true;
  }
};

// SIGTERM and SIGINT as something to poll for.
class StopSignal {
 public:
  StopSignal() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    ::pthread_sigmask(SIG_BLOCK, &set, &before_);
    signal_ = Descriptor(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  }
  ~StopSignal() {
    // Taken, or it would end the process as soon as it is let through.
    signalfd_siginfo taken;
    while (::read(signal_.get(), &taken, sizeof taken) > 0) {
    }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  [[nodiscard]] int descriptor() const noexcept { return signal_.get(); }

 private:
  sigset_t before_{};
  Descriptor signal_;
};

class Server {
 public:
  Server(const Listener& listener, int stop, const auth::SocketmapSession::Lookup& lookup,
         std::chrono::seconds idle_time)
      : listener_(listener), stop_(stop), lookup_(lookup), idle_time_(idle_time) {}

  /// Until it is asked to stop.
  void run() {
    while (wait()) {
      talk();
      let_go(Clock::now() - idle_time_);
      if ((waiting_[1].revents & POLLIN) != 0) take_new();
    }
  }

 private:
  // False where it is to stop.
  bool wait() {
    waiting_ = {{stop_, POLLIN, 0}, {listener_.socket.get(), POLLIN, 0}};
    for (const Client& client : clients_) {
      waiting_.push_back(
          {client.socket.get(), static_cast<short>(client.unsent.empty() ? POLLIN : POLLOUT), 0});
    }
    if (::poll(waiting_.data(), waiting_.size(), milliseconds_left()) < 0) return errno == EINTR;
    return waiting_[0].revents == 0;
  }

  // Until the one that is silent longest is to be let go; -1: there is nobody.
  [[nodiscard]] int milliseconds_left() const {
    if (clients_.empty()) return -1;
    const auto left = longest_silent()->last_heard + idle_time_ - Clock::now();
    const auto whole = std::chrono::ceil<std::chrono::milliseconds>(left).count();
    return static_cast<int>(std::clamp<std::int64_t>(whole, 0, 60'000));
  }

  [[nodiscard]] std::list<Client>::const_iterator longest_silent() const {
    return std::min_element(clients_.begin(), clients_.end(), [](const Client& a, const Client& b) {
      return a.last_heard < b.last_heard;
    });
  }

  void talk() {
    std::size_t index = 2;
    for (auto client = clients_.begin(); client != clients_.end(); ++index) {
      const short what = index < waiting_.size() ? waiting_[index].revents : short{0};
      const bool stays = what == 0 || ((what & POLLOUT) != 0 ? client->write() : client->read());
      client = stays ? std::next(client) : clients_.erase(client);
    }
  }

  void let_go(Clock::time_point before) {
    std::erase_if(clients_, [&](const Client& client) { return client.last_heard <= before; });
  }

  // Connections that nobody speaks on never keep others out. As many at once as may be open, so
  // that a flood of them fills no queue before this one.
  void take_new() {
    for (std::size_t taken = 0; taken < most_clients; ++taken) {
      Descriptor connection(
          ::accept4(listener_.socket.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      if (connection.get() < 0) return;
      if (clients_.size() >= most_clients) clients_.erase(longest_silent());
      clients_.emplace_back(std::move(connection), lookup_);
    }
  }

  const Listener& listener_;
  int stop_;
  const auth::SocketmapSession::Lookup& lookup_;
  std::chrono::seconds idle_time_;
  std::list<Client> clients_;
  std::vector<pollfd> waiting_;
};

}  // namespace

Result<void> serve_socketmap(const std::string& listen,
                             const auth::SocketmapSession::Lookup& lookup,
                             std::chrono::seconds idle_time,
                             const std::function<void(const std::string&)>& ready) {
  const StopSignal stop;
  constexpr std::string_view unix_prefix = "unix:";
  const auto listener = listen.starts_with(unix_prefix)
                            ? listen_on_unix(listen, listen.substr(unix_prefix.size()))
                            : listen_on_port(listen);
  if (!listener) return tl::unexpected(listener.error());
  ready(listener->address);
  Server(*listener, stop.descriptor(), lookup, idle_time).run();
  listener->remove_path();
  return {};
}

}  // namespace postern::cli
