#include "tenant/tenant_list.hpp"

#include <cstddef>
#include <set>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "settings_file/layout.hpp"

namespace postern::tenant {
namespace {

using settings_file::Keys;
using settings_file::required;
using settings_file::words;
using List = std::vector<ListedTenant>;

const Keys<ListedTenant>& tenant_keys() {
  static const Keys<ListedTenant> keys = {
      {"source", "live:NAME or path", required,
       "A profile of config.toml, or files as any TENANT; paths are relative to this file.",
       words(&ListedTenant::source)},
      {"name", "text", "the tenant, else the source", "What reports call it.",
       words(&ListedTenant::name)},
      {"tenant", "id or domain", "the profile's",
       "The tenant of a live source: one multi-tenant application can serve many.",
       words(&ListedTenant::tenant)},
  };
  return keys;
}

const settings_file::Layout<List>& layout() {
  static const settings_file::Layout<List> all{
      "tenants are written as [[tenant]]; see docs/live.md",
      {settings_file::tables<List>(
          "tenant", "One for each tenant.", tenant_keys(), [](auto& l) -> auto& { return l; })},
      nullptr};
  return all;
}

}  // namespace

std::string describe_list_keys() {
  return layout().describe("tenant");
}

Result<std::vector<ListedTenant>> parse_tenant_list(std::string_view text,
                                                    const std::string& file) {
  auto read = layout().parse(text, file);
  if (!read) return read;
  if (read->empty()) return fail("lists no tenant", file, "write [[tenant]] with a source");
  std::set<std::string> names;
  for (ListedTenant& one : *read) {
    if (one.name.empty()) one.name = one.tenant.empty() ? one.source : one.tenant;
    if (!names.insert(one.name).second) {
      return fail(fmt::format("a second tenant is called '{}'", printable(one.name)), one.where,
                  "give each a name of its own");
    }
    const bool live = one.source.starts_with("live:");
    if (!live && !one.tenant.empty()) {
      return fail("tenant goes with a live source alone", one.where, "leave it away");
    }
    const std::size_t slash = file.find_last_of('/');
    if (!live && !one.source.starts_with('/') && slash != std::string::npos) {
      one.source = file.substr(0, slash + 1) + one.source;
    }
  }
  return read;
}

}  // namespace postern::tenant
