// Addresses as the system's socket calls take and give them.
#pragma once

#include <cstdint>
#include <optional>
#include <sys/socket.h>

#include "base/ip.hpp"

namespace postern {

/// An address and the port beside it, as a socket has them.
struct IpEndpoint {
  IpAddress address;
  std::uint16_t port = 0;

  friend bool operator==(const IpEndpoint&, const IpEndpoint&) noexcept = default;
};

/// An address of AF_INET or AF_INET6, ready for bind() and connect().
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;

  explicit SocketAddress(const IpEndpoint& host) noexcept;
  [[nodiscard]] const sockaddr* get() const noexcept;
  [[nodiscard]] int family() const noexcept { return storage.ss_family; }
};

/// What accept(), getpeername() or getsockname() gave; an IPv4-mapped address is IPv4. nullopt for
/// another family (a UNIX socket) or a length that its family can't have.
std::optional<IpEndpoint> endpoint_of(const sockaddr* address, socklen_t length) noexcept;

}  // namespace postern
