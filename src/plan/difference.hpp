// Whether two readings of a tenant are the same as far as the rule goes, and what differs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/tenant.hpp"

namespace postern::plan {

/// "sha256:…" over the tenant's switch, accepted domains and inbound connectors in canonical form.
/// Times, comments and places do not count.
std::string fingerprint(const policy::Tenant&);

/// One sentence for each thing that differs, none where they are the same. A switch that was never
/// set and one that is off are the same to Exchange, and so here.
std::vector<std::string> differences(const policy::Tenant& before, const policy::Tenant& now);

/// "RequireTls is True, was False": the properties with an effect
/// (tenant/connector_properties.hpp). A comment does not count, nor does RequireTls or a
/// restriction of OnPremises connectors, where it has no meaning.
std::vector<std::string> differences(const policy::InboundConnector& before,
                                     const policy::InboundConnector& now);

/// Never set counts as off.
bool same_switch(policy::RejectDirectSend, policy::RejectDirectSend) noexcept;

/// By name, without case; nullptr if none.
const policy::InboundConnector* find_connector(const policy::Tenant&, std::string_view name);
/// The very one: by Guid, whatever it is called now; by name where one of the two Guids is not
/// known. nullptr also where another connector has taken the name.
const policy::InboundConnector* find_connector(const policy::Tenant&,
                                               const policy::InboundConnector&);

}  // namespace postern::plan
