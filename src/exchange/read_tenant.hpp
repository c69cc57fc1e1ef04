// A tenant's configuration through the admin interface: the same reading as of exported JSON
// (tenant/json_export.cpp), with places like "live:contoso/Get-InboundConnector#/0/RequireTls".
#pragma once

#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "exchange/admin.hpp"
#include "tenant/configuration.hpp"

namespace postern::exchange {

/// Every cmdlet that the rule and the shipped controls look at, in the order in which they are
/// asked: Get-OrganizationConfig, Get-AcceptedDomain, Get-InboundConnector, …
const std::vector<std::string_view>& tenant_cmdlets();

/// The cmdlets without which there is no policy: organisation, accepted domains, inbound
/// connectors.
const std::vector<std::string_view>& policy_cmdlets();

/// What a cmdlet is asked with: everything, from the start.
std::string_view parameters_for(std::string_view cmdlet) noexcept;

/// Asks each cmdlet once and reads all answers into one configuration. A cmdlet outside
/// policy_cmdlets() that fails leaves its section unknown, with a remark that says why; one of
/// policy_cmdlets() that fails is the error.
Result<tenant::Configuration> read_tenant(AdminInterface&,
                                          const std::vector<std::string_view>& cmdlets);

}  // namespace postern::exchange
