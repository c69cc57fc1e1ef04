// The [cluster] of a file, for commands that are no gate.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "gate/cluster_settings.hpp"

namespace postern::cli {

/// Of a gate.toml, or of a file that holds nothing else; its paths are relative to the file.
/// Errors: as of gate.toml, for that table alone; none is there.
tl::expected<gate::ClusterSettings, std::vector<Error>> read_cluster_settings(
    const std::string& path);

}  // namespace postern::cli
