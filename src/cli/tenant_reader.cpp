#include "cli/tenant_reader.hpp"

#include <utility>

#include "cli/policy_source.hpp"
#include "tenant/load.hpp"

namespace postern::cli {

TenantReader::TenantReader(const LiveOptions& live)
    : live_(live), around_(exchange::process_surroundings(false)) {}

Result<std::unique_ptr<ListedSession>> TenantReader::open(const std::string& name,
                                                          const tenant::ListedTenant& listed) {
  auto profile = exchange::find_profile(name, live_.config, around_);
  if (!profile) return tl::unexpected(profile.error());
  if (profile->sign_in == exchange::SignIn::device_code) {
    return fail("signs in with device-code, and nobody can be asked while several tenants are read",
                profile->where, "use another sign_in for --tenants");
  }
  auto& transport = transports_[name];
  if (transport == nullptr) {
    auto opened = exchange::open_transport(*profile, around_);
    if (!opened) return tl::unexpected(opened.error());
    transport = std::move(*opened);
  }
  if (!listed.tenant.empty()) profile->tenant = listed.tenant;
  profile->name = listed.name;
  auto session = std::make_unique<ListedSession>();
  session->profile = std::move(*profile);
  session->transport = transport.get();
  session->tokens = exchange::sign_in(session->profile, *transport, around_);
  session->admin = exchange::connect(session->profile, *session->tokens, *transport, around_);
  return session;
}

Result<tenant::Configuration> TenantReader::read(const tenant::ListedTenant& listed) {
  const std::string name(live_name(listed.source));
  if (name.empty()) return tenant::load(listed.source);
  const auto session = open(name, listed);
  if (!session) return tl::unexpected(session.error());
  return read_live((*session)->profile, *(*session)->admin, live_.cmdlets, around_.now());
}

}  // namespace postern::cli
