// Reads a tenant from what an administrator has: Exchange's own cmdlets through ConvertTo-Json,
// ScubaGear's ProviderSettingsExport.json, answers of the admin interface, or tenant.toml.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "tenant/configuration.hpp"

namespace postern::tenant {

/// `path` is a file, or a folder whose *.json and *.toml files together describe one tenant.
/// Errors name file and place: not there, not permitted, not JSON (line and column), no known
/// section in it, the same section twice, a value of the wrong kind.
Result<Configuration> load(const std::string& path);

/// The same for one document in memory; `name` stands in for the file's name in messages.
Result<Configuration> parse(std::string_view bytes, const std::string& name);

}  // namespace postern::tenant
