#include "tenant/tenant_list.hpp"

#include <cstddef>
#include <set>

#include "base/toml_fields.hpp"

namespace postern::tenant {

Result<std::vector<ListedTenant>> parse_tenant_list(std::string_view text,
                                                    const std::string& file) {
  using toml_fields::Fields;
  const std::string manual = "see docs/live.md";
  const auto read = [&](const toml::table& root) -> Result<std::vector<ListedTenant>> {
    std::vector<ListedTenant> out;
    for (const auto& [key, node] : root) {
      if (key.str() != "tenant") {
        return fail(fmt::format("unknown key '{}'", printable(key.str())),
                    toml_fields::place(node, file), "tenants are written as [[tenant]]");
      }
    }
    auto done = toml_fields::read_list(root, "tenant", file, manual, out, [&](Fields& fields) {
      ListedTenant one;
      one.source = fields.take("source", true);
      one.name = fields.take("name");
      one.tenant = fields.take("tenant");
      one.where = fields.where();
      if (one.name.empty()) one.name = one.tenant.empty() ? one.source : one.tenant;
      return one;
    });
    if (!done) return tl::unexpected(done.error());
    if (out.empty()) return fail("lists no tenant", file, "write [[tenant]] with a source");
    std::set<std::string> names;
    for (ListedTenant& one : out) {
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
    return out;
  };
  return toml_fields::with_toml<std::vector<ListedTenant>>(text, file, manual, read);
}

}  // namespace postern::tenant
