// Which host to probe: the tenant's own *.mail.protection.outlook.com, or the MX of an accepted
// domain; nothing else, except on this machine.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "auth/resolver.hpp"
#include "auth/task.hpp"
#include "base/result.hpp"

namespace postern::probe {

/// Names that Exchange Online may have given the domain, likeliest first: dots become dashes
/// (contoso-com.mail.protection.outlook.com). DNS decides which one exists.
std::vector<std::string> protection_names(std::string_view domain);

/// "*.mail.protection.outlook.com" or, since 2024, "*.mx.microsoft".
bool is_protection_host(std::string_view host) noexcept;

struct Hosts {
  std::string domain;
  std::vector<std::string> exchanges;  ///< of MX, best first
  auth::DnsStatus mx_status = auth::DnsStatus::server_failure;
  std::string protection;  ///< the host of Exchange Online that exists; empty: none found
  auth::DnsStatus protection_status = auth::DnsStatus::nonexistent_name;  ///< of the last one tried
};

/// `domain` in normal form. The resolver must outlive the task.
auth::Task<Hosts> find_hosts(auth::Resolver&, std::string domain);

struct Target {
  std::string host;
  std::uint16_t port = 25;
  bool loopback = false;  ///< this machine: no DNS is asked, any port goes
  std::string role;       ///< "the tenant's Exchange Online host", …
};

/// "127.0.0.1:2525", "[::1]:2525", "localhost", "mx.example". Errors: no host, no port, a port
/// other than 25 anywhere but on this machine.
Result<Target> parse_target(std::string_view text);

/// The host to probe. `wanted` is --host, or null. Errors: it is neither the tenant's own host nor
/// an MX of the domain; nothing was found.
Result<Target> choose(const Hosts&, const Target* wanted);

/// Addresses of a host, IPv4 first (Exchange Online asks more of IPv6 clients).
auth::Task<std::vector<IpAddress>> addresses_of(auth::Resolver&, std::string host);

}  // namespace postern::probe
