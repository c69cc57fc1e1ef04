// Several tenants in one file, for audits side by side.
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
  Place where;
};

/// Errors name file:line:column: no tenant, unknown key, the same name twice.
Result<std::vector<ListedTenant>> parse_tenant_list(std::string_view text, const std::string& file);

/// The table of its keys in Markdown (docs/live.md).
std::string describe_list_keys();

}  // namespace postern::tenant
