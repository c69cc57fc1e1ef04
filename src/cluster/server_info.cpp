#include "cluster/server_info.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <memory>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/ascii.hpp"

namespace postern::cluster {
namespace {

using Clock = std::chrono::steady_clock;
using Version = std::array<int, 3>;

// A line of INFO is a few KB; with many servers in the cluster some more.
constexpr std::size_t longest_line = 1 << 18;

// "2.12.7", "2.12.0-RC.1": what comes before a release is the release, since nobody orders these.
bool read_version(std::string_view text, Version& into) {
  const char* at = text.data();
  const char* const end = at + text.size();
  for (std::size_t i = 0; i < into.size(); ++i) {
    if (i > 0 && (at == end || *at++ != '.')) return false;
    const auto [after, error] = std::from_chars(at, end, into[i]);
    if (error != std::errc{} || into[i] < 0) return false;
    at = after;
  }
  return at == end || *at == '-' || *at == '+';
}

class Descriptor {
 public:
  explicit Descriptor(int number) noexcept : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const noexcept { return number_; }

 private:
  int number_;
};

// Whether the descriptor is ready before the time is over.
bool wait_for(int descriptor, short events, Clock::time_point until) {
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now());
    if (left.count() <= 0) return false;
    pollfd poll{descriptor, events, 0};
    const int ready = ::poll(&poll, 1, static_cast<int>(left.count()));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

bool connect_to(int descriptor, const addrinfo& address, Clock::time_point until) {
  if (::connect(descriptor, address.ai_addr, address.ai_addrlen) == 0) return true;
  if (errno != EINPROGRESS || !wait_for(descriptor, POLLOUT, until)) return false;
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
}

Result<std::string> read_line(int descriptor, const std::string& server, Clock::time_point until) {
  std::string line;
  std::array<char, 4096> block{};
  while (line.find('\n') == std::string::npos && line.size() < longest_line) {
    if (!wait_for(descriptor, POLLIN, until)) {
      return fail("says nothing in the clear", server,
                  "it may begin with TLS (handshake_first), which is not supported; or is no NATS");
    }
    const ssize_t count = ::recv(descriptor, block.data(), block.size(), 0);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count <= 0) return fail("hung up before it said anything", server);
    line.append(block.data(), static_cast<std::size_t>(count));
  }
  return line.substr(0, line.find('\n'));
}

}  // namespace

Result<ServerAddress> parse_server(std::string_view text) {
  const auto wrong = [&] {
    return fail("is no address of a server", printable(text),
                "write it like nats://mail1.example:4222");
  };
  std::string_view rest = text;
  if (const auto scheme = rest.find("://"); scheme != std::string_view::npos) {
    if (rest.substr(0, scheme) != "nats" && rest.substr(0, scheme) != "tls") return wrong();
    rest.remove_prefix(scheme + 3);
  }
  while (rest.ends_with('/'))
    rest.remove_suffix(1);
  ServerAddress address{.host = {}, .port = "4222"};
  std::string_view after;
  if (rest.starts_with('[')) {
    const auto end = rest.find(']');
    if (end == std::string_view::npos) return wrong();
    address.host = rest.substr(1, end - 1);
    after = rest.substr(end + 1);
  } else {
    const auto colon = rest.find(':');
    address.host = rest.substr(0, colon);
    if (colon != std::string_view::npos) after = rest.substr(colon);
  }
  if (!after.empty()) {
    unsigned port = 0;
    const auto digits = after.substr(1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    const bool whole = error == std::errc{} && end == digits.data() + digits.size();
    if (after.front() != ':' || !whole || port == 0 || port > 65535) return wrong();
    address.port = digits;
  }
  if (address.host.empty() || address.host.find_first_of(" /@?#") != std::string::npos) {
    return wrong();
  }
  return address;
}

Result<ServerInfo> parse_info(std::string_view line, const std::string& server) {
  constexpr std::string_view verb = "INFO ";
  const auto none = [&] {
    return fail("is no NATS server", server, "its first line is not INFO {…}");
  };
  if (!line.starts_with(verb)) return none();
  const auto json = nlohmann::json::parse(line.substr(verb.size()), nullptr, false);
  if (!json.is_object()) return none();
  const auto text = [&](const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string{};
  };
  const auto flag = [&](const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_boolean() && found->get<bool>();
  };
  ServerInfo info{.name = text("server_name"),
                  .version = text("version"),
                  .jetstream = flag("jetstream"),
                  .tls_required = flag("tls_required"),
                  .cluster = text("cluster")};
  if (info.version.empty()) return fail("does not say its version", server);
  return info;
}

Result<ServerInfo> ask_info(const std::string& server, std::chrono::milliseconds time) {
  const auto address = parse_server(server);
  if (!address) return tl::unexpected(address.error());
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failed = ::getaddrinfo(address->host.c_str(), address->port.c_str(), &hints, &found);
  if (failed != 0) return fail(fmt::format("has no address ({})", ::gai_strerror(failed)), server);
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> all(found, &::freeaddrinfo);
  const auto until = Clock::now() + time;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    const Descriptor socket(
        ::socket(each->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (socket.get() < 0 || !connect_to(socket.get(), *each, until)) continue;
    const auto line = read_line(socket.get(), server, until);
    if (!line) return tl::unexpected(line.error());
    return parse_info(*line, server);
  }
  return fail("can't be reached", server, "is it up, and the port open?");
}

Result<void> fit(const ServerInfo& info, const std::string& server, bool allow_old) {
  if (!info.jetstream) {
    return fail("has no JetStream", server, "add jetstream { } to the server's configuration");
  }
  if (allow_old) return {};
  Version least{};
  Version is{};
  read_version(least_version, least);
  if (!read_version(info.version, is)) {
    return fail(fmt::format("says version '{}', which can't be told", printable(info.version)),
                server, fmt::format("take {} or later", least_version));
  }
  if (is < least) {
    return fail(fmt::format("is nats-server {}, which is refused: before {} an account can harm "
                            "another's, and before 2.10.27 acknowledged messages are lost",
                            info.version, least_version),
                server, "upgrade it; or set allow_old_server = true");
  }
  return {};
}

}  // namespace postern::cluster
