#include "cli/policy_source.hpp"

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "cli/command.hpp"
#include "cli/evidence_source.hpp"
#include "cli/tenant_dns.hpp"
#include "exchange/read_tenant.hpp"
#include "tenant/load.hpp"

namespace postern::cli {

Result<tenant::Configuration> read_live(const exchange::Profile& profile,
                                        exchange::AdminInterface& admin,
                                        const std::vector<std::string_view>& cmdlets,
                                        UnixTime now) {
  auto configuration =
      exchange::read_tenant(admin, cmdlets.empty() ? exchange::tenant_cmdlets() : cmdlets);
  if (!configuration) return configuration;
  // GCC looks like worldwide from inside; the profile knows.
  if (profile.cloud != policy::Cloud::worldwide) configuration->tenant.cloud = profile.cloud;
  configuration->exported_at = now;
  return configuration;
}

Result<tenant::Configuration> load_configuration(const std::string& tenant,
                                                 const LiveOptions& live) {
  const std::string name(live_name(tenant));
  if (name.empty()) return tenant::load(tenant);
  const auto session = LiveSession::open(name, live);
  if (!session) return tl::unexpected(session.error());
  const LiveSession& open = **session;
  return read_live(open.profile(), open.admin(), live.cmdlets, open.around().now());
}

tl::expected<LoadedTenant, std::vector<Error>> compile(tenant::Configuration configuration) {
  auto compiled = policy::Policy::compile(configuration.tenant);
  if (!compiled) return tl::unexpected(std::move(compiled.error()));
  return LoadedTenant{std::move(configuration), std::move(*compiled)};
}

Result<LoadedTenant> load_tenant(const std::string& tenant, const LiveOptions& live) {
  auto configuration = load_configuration(tenant, live);
  if (!configuration) return tl::unexpected(configuration.error());
  auto loaded = compile(std::move(*configuration));
  if (!loaded) return tl::unexpected(last_of(std::move(loaded.error())));
  return std::move(*loaded);
}

namespace {

// TENANT and EVIDENCE the wrong way round are told so.
Result<LoadedTenant> load_first(const std::string& tenant, const LiveOptions& live,
                                const std::vector<std::string>& evidence) {
  auto loaded = load_tenant(tenant, live);
  if (loaded || evidence.empty() || !live_name(tenant).empty()) return loaded;
  // Evidence may be large, a tenant is not.
  constexpr std::uintmax_t largest_tenant = 64u << 20;
  const std::string& first = evidence.front();
  std::error_code unknown;
  const bool may_be_tenant = std::filesystem::is_directory(first, unknown) ||
                             (std::filesystem::is_regular_file(first, unknown) &&
                              std::filesystem::file_size(first, unknown) <= largest_tenant);
  if (!may_be_tenant || !tenant::load(first)) return loaded;
  return fail("is no tenant, but " + first + " is", tenant, "TENANT comes first, then EVIDENCE");
}

}  // namespace

Result<LoadedTenant> load_tenant(const std::string& tenant, const LiveOptions& live,
                                 const EvidenceOptions& evidence) {
  auto loaded = load_first(tenant, live, evidence.paths);
  if (!loaded) return loaded;
  const RecordLookup records{evidence.resolve, evidence.dns};
  if (auto done = complete_records(loaded->configuration, records, false); !done) {
    return tl::unexpected(done.error());
  }
  return loaded;
}

void tell_assumed(const tenant::Configuration& configuration) {
  for (const std::string& assumed : configuration.assumed)
    fmt::print(stderr, "postern: {}\n", printable(assumed));
}

}  // namespace postern::cli
