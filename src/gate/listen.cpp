#include <cerrno>
#include <cstring>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gate/gate.hpp"

namespace postern::gate {
namespace {

std::string address_of(int descriptor) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) return {};
  if (address.ss_family != AF_INET && address.ss_family != AF_INET6) return "unix";
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
  return {descriptor, address_of(descriptor)};
}

Result<Listening> listen_on(const std::string& host_port) {
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
      if (::bind(candidate, each->ai_addr, each->ai_addrlen) == 0 &&
          ::listen(candidate, SOMAXCONN) == 0) {
        descriptor = candidate;
      } else {
        fault = std::strerror(errno);
        ::close(candidate);
      }
    }
  }
  ::freeaddrinfo(found);
  if (descriptor < 0) {
    return fail("can't listen (" + fault + ")", host_port,
                "another program may have the port, or it needs privilege: choose another");
  }
  return listening_already(descriptor);
}

}  // namespace postern::gate
