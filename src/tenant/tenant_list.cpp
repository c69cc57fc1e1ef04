#include "tenant/tenant_list.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "files/whole_file.hpp"
#include "settings_file/layout.hpp"
#include "tenant/export_kinds.hpp"

namespace postern::tenant {
namespace {

using settings_file::Keys;
using settings_file::required;
using settings_file::texts;
using settings_file::words;
namespace fs = std::filesystem;
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
      {"evidence", "list of paths or live:NAME", "none",
       "For `impact` and `plan`: files and folders, relative to this file; `live:NAME` is fetched.",
       texts(&ListedTenant::evidence)},
      {"senders", "path", "none",
       "For `impact` and `plan`: what is known of its senders (senders.toml), relative to this "
       "file.",
       words(&ListedTenant::senders)},
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

// "live:contoso", "nats://mail1.example:4222/contoso": no path.
bool is_elsewhere(std::string_view source) {
  return source.starts_with("live:") || source.find("://") != source.npos;
}

// A path of the list as seen from where the program runs.
void place(std::string& path, const std::string& folder) {
  if (!path.empty() && !is_elsewhere(path) && !path.starts_with('/')) path = folder + path;
}

std::string beside(const fs::path& folder, std::string_view name) {
  std::error_code unknown;
  const fs::path path = folder / name;
  return fs::exists(path, unknown) ? path.string() : std::string{};
}

// In a tenant's own folder, beside its evidence.
constexpr std::array<std::string_view, 3> own_names = {"tenant", "tenant.toml", "tenant.json"};

ListedTenant tenant_of_folder(const fs::path& folder) {
  ListedTenant out;
  out.name = folder.filename().string();
  for (const std::string_view name : own_names) {
    if (out.source.empty()) out.source = beside(folder, name);
  }
  if (!out.source.empty()) out.senders = beside(folder, "senders.toml");
  if (out.source.empty()) out.source = folder.string();
  if (std::string evidence = beside(folder, "evidence"); !evidence.empty()) {
    out.evidence.push_back(std::move(evidence));
  }
  out.where = folder.string();
  return out;
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
  const std::size_t slash = file.find_last_of('/');
  const std::string folder = slash == std::string::npos ? "" : file.substr(0, slash + 1);
  std::set<std::string> names;
  for (ListedTenant& one : *read) {
    if (one.name.empty()) one.name = one.tenant.empty() ? one.source : one.tenant;
    if (!names.insert(one.name).second) {
      return fail(fmt::format("a second tenant is called '{}'", printable(one.name)), one.where,
                  "give each a name of its own");
    }
    if (!one.source.starts_with("live:") && !one.tenant.empty()) {
      return fail("tenant goes with a live source alone", one.where, "leave it away");
    }
    place(one.source, folder);
    place(one.senders, folder);
    for (std::string& path : one.evidence)
      place(path, folder);
  }
  return read;
}

namespace {

// What a folder holds where it is one tenant's own: a part of its export, or what
// tenant_of_folder() looks for.
bool is_of_one_tenant(const std::string& name) {
  const bool is_part = iends_with(name, ".json") && kind_of_file(name) != Kind::unknown;
  return is_part || std::find(own_names.begin(), own_names.end(), name) != own_names.end();
}

}  // namespace

Result<std::vector<ListedTenant>> tenants_in_folder(const std::string& folder) {
  std::vector<ListedTenant> out;
  std::error_code failed;
  for (fs::directory_iterator it(folder, failed), end; !failed && it != end; it.increment(failed)) {
    std::error_code unknown;
    const fs::path& path = it->path();
    const std::string name = path.filename().string();
    if (name.starts_with('.')) continue;
    if (is_of_one_tenant(name)) {
      return fail(fmt::format("holds {}, so it is one tenant's own", printable(name)), folder,
                  "name it as TENANT, or the folder above it with --tenants");
    }
    if (it->is_directory(unknown)) {
      out.push_back(tenant_of_folder(path));
    } else if (iends_with(name, ".json") || iends_with(name, ".toml")) {
      out.push_back({name, path.string(), {}, {}, {}, path.string()});
    }
  }
  if (failed) {
    return fail(fmt::format("can't be read ({})", failed.message()), folder,
                "name a list of tenants, or a folder of them");
  }
  if (out.empty()) {
    return fail("holds no tenant", folder, "put a folder of exports a tenant into it");
  }
  std::sort(out.begin(), out.end(),
            [](const ListedTenant& a, const ListedTenant& b) { return a.name < b.name; });
  return out;
}

Result<std::vector<ListedTenant>> read_tenants(const std::string& path) {
  std::error_code unknown;
  if (fs::is_directory(path, unknown)) return tenants_in_folder(path);
  constexpr std::size_t most = 64u << 20;
  const auto text = files::read_whole(path, most);
  if (!text) return tl::unexpected(text.error());
  return parse_tenant_list(*text, path);
}

}  // namespace postern::tenant
