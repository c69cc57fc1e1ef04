// From the TENANT argument to a compiled policy, the same way in every command: a file, a folder,
// or a live tenant by the name of its profile.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "cli/live_session.hpp"
#include "policy/policy.hpp"
#include "tenant/configuration.hpp"

namespace postern::cli {

struct EvidenceOptions;

struct LoadedTenant {
  tenant::Configuration configuration;
  policy::Policy policy;
};

/// What TENANT may be, for the help of every command.
inline constexpr const char* tenant_argument =
    "tenant.toml, a JSON export, a folder of exports, or live:NAME";

/// Reads a tenant from where it is.
Result<tenant::Configuration> load_configuration(const std::string& tenant, const LiveOptions&);

/// Asks the tenant of a profile, as far as `cmdlets` (empty: everything).
Result<tenant::Configuration> read_live(const exchange::Profile&, exchange::AdminInterface&,
                                        const std::vector<std::string_view>& cmdlets, UnixTime now);

/// Every fault of the tenant on failure, at least one.
tl::expected<LoadedTenant, std::vector<Error>> compile(tenant::Configuration);

/// Reads and compiles. Prints every fault of the tenant on standard error; the error returned is
/// the last line to print.
Result<LoadedTenant> load_tenant(const std::string& tenant, const LiveOptions& = {});
/// For commands that take TENANT EVIDENCE…: with --resolve the tenant's mail records are asked of
/// the same DNS as the evidence's, so that a live tenant and its export give the same answers. The
/// error tells where the two look swapped.
Result<LoadedTenant> load_tenant(const std::string& tenant, const LiveOptions&,
                                 const EvidenceOptions& evidence);

/// Prints on standard error what the tenant's export lacks and was taken for, for commands whose
/// output has no place for it.
void tell_assumed(const tenant::Configuration&);

}  // namespace postern::cli
