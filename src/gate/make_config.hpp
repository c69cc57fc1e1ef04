// From the settings to what the gate works with.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "base/result.hpp"
#include "gate/config.hpp"
#include "gate/settings.hpp"
#include "policy/tenant.hpp"

namespace postern::gate {

/// Loads what the settings name (certificates, CA bundles) and checks what hangs together.
/// `tenants` are those of settings.tenants. Every fault is reported.
tl::expected<std::shared_ptr<const GateConfig>, std::vector<Error>> make_config(
    const Settings&, std::span<const policy::Tenant> tenants);

}  // namespace postern::gate
