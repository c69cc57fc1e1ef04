// Whether two readings are of one organisation. Domains move between tenants; the organisation's
// Guid and its initial domain do not. Internal to the room.
#pragma once

#include <string>
#include <string_view>

#include "policy/tenant.hpp"
#include "tenant/configuration.hpp"

namespace postern::plan {

/// The Guid that Get-OrganizationConfig gives; empty where the source lacks it.
std::string organisation_of(const tenant::Configuration&);

/// What shows that `now` is another tenant than `before`, a clause; empty where nothing does. By
/// the Guids where both are known, else by the initial *.onmicrosoft.com domains where both have
/// one, else by whether they share an accepted domain.
std::string why_another_tenant(const policy::Tenant& before, std::string_view guid_before,
                               const policy::Tenant& now, std::string_view guid_now);

}  // namespace postern::plan
