// Several tenants in one file, or one folder, for what is done side by side.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/place.hpp"
#include "base/result.hpp"

namespace postern::tenant {

/// One [[tenant]].
struct ListedTenant {
  std::string name;    ///< what reports call it; by default the source. No two are the same
  std::string source;  ///< "live:NAME", or a path (from the list's folder)
  /// The tenant of a live source, in place of the profile's: one multi-tenant application can serve
  /// many.
  std::string tenant;
  /// Its evidence: paths (from the list's folder), or "live:NAME", which is fetched. Audits need
  /// none.
  std::vector<std::string> evidence;
  std::string senders;  ///< what was answered of its senders (senders.toml); may be empty
  Place where;
};

/// Errors name file:line:column: no tenant, unknown key, the same name twice.
Result<std::vector<ListedTenant>> parse_tenant_list(std::string_view text, const std::string& file);

/// The tenants of a folder, by name: each folder in it that holds a `tenant` (folder, tenant.toml
/// or tenant.json) with `evidence` and `senders.toml` beside it, as examples/contoso does; each
/// other folder, as a folder of exports with `evidence` in it; each file that ends with .json or
/// .toml. Errors: can't be read, holds none.
Result<std::vector<ListedTenant>> tenants_in_folder(const std::string& folder);

/// The list, or the folder, that a path names. Errors: those of both, a file that can't be read.
Result<std::vector<ListedTenant>> read_tenants(const std::string& path);

/// The table of its keys in Markdown (docs/live.md).
std::string describe_list_keys();

}  // namespace postern::tenant
