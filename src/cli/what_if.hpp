// --if: a change of a tenant in a few words, for differences with what it would become.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "policy/tenant.hpp"

namespace CLI {
class App;
}

namespace postern::cli {

/// Adds --if, which may be given several times.
void add_what_if_option(CLI::App&, std::vector<std::string>& changes);

/// Makes the changes, one after the other:
///
///     reject-direct-send on | off
///     accepted-domain NAME [match_subdomains=true …]
///     connector NAME type=OnPremises sender_domains=* sender_ip_addresses=192.0.2.7,192.0.2.8 …
///     no accepted-domain NAME
///     no connector NAME
///
/// Keys are those of tenant.toml; a name with spaces stands in quotes. A connector or domain of
/// that name is replaced whole. Errors: other words, what tenant.toml would refuse, a name that is
/// not there to be taken away, two changes of one thing.
Result<policy::Tenant> changed(policy::Tenant, const std::vector<std::string>& changes);

}  // namespace postern::cli
