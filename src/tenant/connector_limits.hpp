// What Exchange refuses in an inbound connector, so that a plan does not propose it.
//
// Sources: New-InboundConnector and Set-InboundConnector (Exchange PowerShell reference), and the
// checks of the cmdlets themselves as on-premises builds have them; the cloud may differ in detail.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "policy/tenant.hpp"

namespace postern::tenant {

/// Whether TlsSenderCertificateName takes it: a host name in normal form, or "*." before one.
bool is_certificate_name(std::string_view name);

/// A fault for each thing that Exchange refuses in the connector, in the order of its properties;
/// none where the tenant's cloud is none. `tenant` has the accepted domains and the other
/// connectors; `before` is the one among them that is changed (nullptr: a new one).
std::vector<Error> refused_by_exchange(const policy::InboundConnector&,
                                       const policy::Tenant& tenant,
                                       const policy::InboundConnector* before = nullptr);

}  // namespace postern::tenant
