// From the settings to what the gate works with.
#pragma once

#include <memory>
#include <vector>

#include "base/result.hpp"
#include "gate/config.hpp"
#include "gate/settings.hpp"

namespace postern::gate {

/// Loads what the settings name (certificates, CA bundles) and checks what hangs together.
/// `judge` is that of the settings' tenants (policy_source.hpp), or why there is none. Every fault
/// is reported.
tl::expected<std::shared_ptr<const GateConfig>, std::vector<Error>> make_config(
    const Settings&, tl::expected<std::shared_ptr<const judge::Judge>, std::vector<Error>> judge);

}  // namespace postern::gate
