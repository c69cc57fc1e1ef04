#include "base/socket_address.hpp"

#include <cstddef>
#include <cstring>
#include <netinet/in.h>
#include <string_view>

namespace postern {

SocketAddress::SocketAddress(const IpEndpoint& host) noexcept {
  if (host.address.is_v4()) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(host.port);
    v4.sin_addr.s_addr = htonl(host.address.v4());
    std::memcpy(&storage, &v4, sizeof v4);
    length = sizeof v4;
    return;
  }
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(host.port);
  uint128 key = host.address.key();
  for (int i = 15; i >= 0; --i, key >>= 8)
    v6.sin6_addr.s6_addr[i] = static_cast<std::uint8_t>(key);
  std::memcpy(&storage, &v6, sizeof v6);
  length = sizeof v6;
}

const sockaddr* SocketAddress::get() const noexcept {
  return reinterpret_cast<const sockaddr*>(&storage);
}

std::optional<IpEndpoint> endpoint_of(const sockaddr* address, socklen_t length) noexcept {
  sa_family_t family = AF_UNSPEC;
  if (length < sizeof(sockaddr_in)) return std::nullopt;
  std::memcpy(&family, reinterpret_cast<const char*>(address) + offsetof(sockaddr, sa_family),
              sizeof family);
  if (family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, address, sizeof v4);
    return IpEndpoint{IpAddress::from_v4(ntohl(v4.sin_addr.s_addr)), ntohs(v4.sin_port)};
  }
  if (family != AF_INET6 || length < sizeof(sockaddr_in6)) return std::nullopt;
  sockaddr_in6 v6{};
  std::memcpy(&v6, address, sizeof v6);
  const std::string_view octets(reinterpret_cast<const char*>(&v6.sin6_addr), sizeof v6.sin6_addr);
  return IpEndpoint{*IpAddress::from_octets(octets), ntohs(v6.sin6_port)};
}

}  // namespace postern
