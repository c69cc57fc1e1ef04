// The keys of gate.toml, a table for each of its parts: reading and docs/gate-file.md follow from
// them. Internal to the room.
#pragma once

#include "gate/settings.hpp"
#include "settings_file/layout.hpp"

namespace postern::gate {

const settings_file::Layout<Settings>& settings_layout();
/// Of [cluster].
const settings_file::Keys<ClusterSettings>& cluster_keys();

}  // namespace postern::gate
