// From the settings to what the gate works with.
#pragma once

#include <memory>

#include "base/result.hpp"
#include "gate/config.hpp"
#include "gate/settings.hpp"
#include "policy/policy.hpp"

namespace postern::gate {

/// Loads what the settings name (certificates, CA bundles) and checks what hangs together. `policy`
/// is that of settings.tenants.
tl::expected<std::shared_ptr<const GateConfig>, std::vector<Error>> make_config(const Settings&,
                                                                                policy::Policy);

}  // namespace postern::gate
