// The PROXY protocol, versions 1 and 2 (haproxy, doc/proxy-protocol.txt): a load balancer's first
// octets, which name the client. Read from listed peers only, and from those always: its absence
// ends the connection, so that nobody behind the balancer can leave it out or write his own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/ip.hpp"

namespace postern::smtp {

struct ProxyHeader {
  /// Unknown where the balancer speaks for itself (LOCAL, UNKNOWN): a health check.
  std::optional<IpAddress> source;
  std::uint16_t source_port = 0;

  friend bool operator==(const ProxyHeader&, const ProxyHeader&) = default;
};

struct ProxyParse {
  enum class Status : std::uint8_t { more, done, bad };
  Status status = Status::more;
  std::size_t length = 0;  ///< octets of the header; where done
  ProxyHeader header;
};

/// Longest header that is read. Version 1 needs 107; version 2 may carry more after the addresses
/// (TLV), which is skipped.
constexpr std::size_t longest_proxy_header = 16 + 2048;

/// `bytes` are all octets since the connection opened. `more` only while what came can still become
/// a header of at most longest_proxy_header octets.
ProxyParse parse_proxy_header(std::string_view bytes) noexcept;

}  // namespace postern::smtp
