#include "gate/listen.hpp"

#include <cerrno>
#include <cstring>
#include <grp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "gate/route.hpp"

namespace postern::gate {
namespace {

std::string address_of(int descriptor) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) return {};
  if (address.ss_family == AF_UNIX) {
    const auto* local = reinterpret_cast<const sockaddr_un*>(&address);
    return "unix:" +
           std::string(local->sun_path, ::strnlen(local->sun_path, sizeof local->sun_path));
  }
  char host[NI_MAXHOST];
  char port[NI_MAXSERV];
  if (::getnameinfo(reinterpret_cast<sockaddr*>(&address), size, host, sizeof host, port,
                    sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return {};
  }
  const bool v6 = address.ss_family == AF_INET6;
  return (v6 ? '[' + std::string(host) + ']' : std::string(host)) + ':' + port;
}

}  // namespace

Listening listening_already(int descriptor) {
  return {descriptor, judge::Door::smtp, address_of(descriptor), {}};
}

Result<void> listen_all(const std::vector<Listening>& sockets) {
  for (const Listening& each : sockets) {
    if (::listen(each.descriptor, SOMAXCONN) != 0) {
      return fail(std::string("can't listen (") + std::strerror(errno) + ")", each.address,
                  "another program may have the port: choose another");
    }
  }
  return {};
}

Result<Listening> bind_smtp(const std::string& host_port, Bind bind) {
  auto parsed = parse_host_port(host_port);
  if (!parsed) return tl::unexpected(parsed.error());
  addrinfo hints{};
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const char* host = parsed->host.empty() ? nullptr : parsed->host.c_str();
  if (const int failed = ::getaddrinfo(host, std::to_string(parsed->port).c_str(), &hints, &found);
      failed != 0) {
    return fail(std::string("no such address (") + ::gai_strerror(failed) + ")", host_port,
                "name an address of this host, or :port for all");
  }
  std::string fault = "no address";
  bool occupied = false;
  int descriptor = -1;
  // An IPv6 wildcard takes IPv4 too, so it goes first.
  for (const int family : {AF_INET6, AF_INET}) {
    for (const addrinfo* each = found; each != nullptr && descriptor < 0; each = each->ai_next) {
      if (each->ai_family != family) continue;
      const int candidate =
          ::socket(each->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
      if (candidate < 0) {
        fault = std::strerror(errno);
        continue;
      }
      const int on = 1;
      const int off = 0;
      ::setsockopt(candidate, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
      if (family == AF_INET6) {
        ::setsockopt(candidate, IPPROTO_IPV6, IPV6_V6ONLY, host == nullptr ? &off : &on, sizeof on);
      }
      if (::bind(candidate, each->ai_addr, each->ai_addrlen) == 0) {
        descriptor = candidate;
      } else {
        fault = std::strerror(errno);
        occupied = occupied || errno == EADDRINUSE || errno == EACCES;
        ::close(candidate);
      }
    }
  }
  ::freeaddrinfo(found);
  if (descriptor < 0 && occupied && bind == Bind::on_trial) {
    return Listening{-1, judge::Door::smtp, host_port, fault};
  }
  if (descriptor < 0) {
    return fail("can't listen (" + fault + ")", host_port,
                "another program may have the port, or it needs privilege: choose another");
  }
  return listening_already(descriptor);
}

namespace {

// Whether somebody answers there.
bool is_alive(const sockaddr_un& address) {
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  // Who may not be asked is not taken for dead.
  const bool alive =
      probe < 0 ||
      ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ||
      errno != ECONNREFUSED;
  if (probe >= 0) ::close(probe);
  return alive;
}

// False where it is too long.
bool set_path(sockaddr_un& address, const std::string& path) {
  if (path.empty() || path.size() >= sizeof address.sun_path) return false;
  address = {};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size());
  return true;
}

// Beside the path: who may make a socket there may make it at the path.
std::string trial_path(const std::string& path) {
  return path.substr(0, path.rfind('/') + 1) + ".p" + std::to_string(::getpid() % 100000);
}

Result<Listening> bind_to_path(std::string path, unsigned mode, const std::string& group,
                               Bind bind) {
  sockaddr_un address{};
  if (!set_path(address, path)) {
    return fail("no path that a socket can have", path, "at most 107 octets");
  }
  gid_t gid = static_cast<gid_t>(-1);
  if (!group.empty()) {
    const auto* entry = ::getgrnam(group.c_str());
    if (entry == nullptr) return fail("no such group", group, "create it, or change socket_group");
    gid = entry->gr_gid;
  }
  struct stat there {};
  if (::lstat(path.c_str(), &there) == 0) {
    if (!S_ISSOCK(there.st_mode)) return fail("is there already and no socket", path);
    if (is_alive(address) && bind == Bind::on_trial) {
      return Listening{-1, judge::Door::milter, "unix:" + path, "somebody listens already"};
    }
    if (is_alive(address)) return fail("can't listen (somebody does already)", path);
    if (bind == Bind::to_serve) ::unlink(path.c_str());
  }
  const std::string wanted = path;
  if (bind == Bind::on_trial) {
    path = trial_path(path);
    if (!set_path(address, path)) return Listening{-1, judge::Door::milter, "unix:" + wanted, {}};
  }
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  // Nobody may connect before the mode is set.
  const mode_t before = ::umask(0777);
  const bool bound = descriptor >= 0 &&
                     ::bind(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  const std::string fault = std::strerror(errno);
  ::umask(before);
  if (!bound ||
      (gid != static_cast<gid_t>(-1) && ::chown(path.c_str(), static_cast<uid_t>(-1), gid) != 0) ||
      ::chmod(path.c_str(), mode) != 0) {
    const std::string why = bound ? std::strerror(errno) : fault;
    if (descriptor >= 0) ::close(descriptor);
    if (bound) ::unlink(path.c_str());
    return fail("can't listen (" + why + ")", wanted, "see who may write its folder");
  }
  if (bind == Bind::on_trial) ::unlink(path.c_str());
  return Listening{descriptor, judge::Door::milter, "unix:" + wanted, {}};
}

}  // namespace

Result<Listening> bind_milter(const std::string& address, unsigned mode, const std::string& group,
                              Bind bind) {
  for (const std::string_view word : {"unix:", "local:"}) {
    if (address.starts_with(word)) {
      return bind_to_path(address.substr(word.size()), mode, group, bind);
    }
  }
  if (address.starts_with('/')) return bind_to_path(address, mode, group, bind);
  std::string host_port = address;
  for (const std::string_view word : {"inet:", "inet6:"}) {
    if (!address.starts_with(word)) continue;
    // Sendmail's order: port@host.
    const std::string rest = address.substr(word.size());
    const std::size_t at = rest.find('@');
    host_port = rest;
    if (at != std::string::npos) {
      const std::string host = rest.substr(at + 1);
      host_port = (host.find(':') != std::string::npos ? '[' + host + ']' : host) + ':' +
                  rest.substr(0, at);
    }
  }
  auto listening = bind_smtp(host_port, bind);
  if (listening) listening->door = judge::Door::milter;
  return listening;
}

}  // namespace postern::gate
