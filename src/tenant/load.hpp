// Reads a tenant from what an administrator has: Exchange's own cmdlets through ConvertTo-Json,
// ScubaGear's ProviderSettingsExport.json, answers of the admin interface, or tenant.toml.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "tenant/configuration.hpp"

namespace postern::tenant {

/// `path` is a file, or a folder whose *.json and *.toml files together describe one tenant.
/// Errors name file and place: not there, not permitted, not JSON (line and column), no known
/// section in it, the same section twice, a value of the wrong kind.
Result<Configuration> load(const std::string& path);

/// The same for one document in memory; `name` stands in for the file's name in messages.
Result<Configuration> parse(std::string_view bytes, const std::string& name);

/// A JSON document in memory. The last part of its name, up to a dot, tells what an empty list is a
/// list of: "live:contoso/Get-InboundConnector".
struct Document {
  std::string name;
  std::string bytes;
};

/// Whether documents are meant to be all of a tenant, or a part that was chosen: what a part lacks
/// is unknown all the same, but nothing to remark on.
enum class Extent { whole, part };

/// JSON documents that together describe one tenant, as the files of a folder do.
Result<Configuration> parse(const std::vector<Document>& documents, Extent extent = Extent::whole);

}  // namespace postern::tenant
