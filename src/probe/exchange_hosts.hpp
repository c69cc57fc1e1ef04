// Which host to probe: the tenant's own host of Exchange Online, or the MX of an accepted domain;
// nothing else, except on this machine.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "auth/resolver.hpp"
#include "auth/task.hpp"
#include "base/result.hpp"
#include "policy/clouds.hpp"

namespace postern::probe {

/// Names that Exchange Online may have given the domain, likeliest first: those of the tenant's
/// own cloud, then of the others (a tenant may not say which cloud it is in). Dots become dashes:
/// contoso-com.mail.protection.outlook.com. DNS decides which one exists.
std::vector<std::string> protection_names(std::string_view domain, policy::Cloud);

struct Hosts {
  std::string domain;
  std::vector<std::string> exchanges;  ///< of MX, best first
  auth::DnsStatus mx_status = auth::DnsStatus::server_failure;
  std::string protection;  ///< the host of Exchange Online that exists; empty: none found
  /// Where none was found: the name that could not be looked up, which ended the search, else the
  /// likeliest one.
  std::string not_found;
  auth::DnsStatus not_found_status = auth::DnsStatus::nonexistent_name;
};

/// `domain` in normal form. The resolver must outlive the task.
auth::Task<Hosts> find_hosts(auth::Resolver&, std::string domain,
                             policy::Cloud = policy::Cloud::worldwide);

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
