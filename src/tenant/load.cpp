#include "tenant/load.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"
#include "base/utf16.hpp"
#include "files/whole_file.hpp"
#include "tenant/export_forms.hpp"
#include "tenant/sections.hpp"

namespace postern::tenant {
namespace {

namespace fs = std::filesystem;

// An export of a very large tenant is some ten megabytes; more is not a tenant's settings but, as a
// rule, the evidence.
constexpr std::size_t largest_file = 256u << 20;

Result<void> take(std::string_view bytes, const std::string& name, Configuration& into) {
  const std::string text = to_utf8(bytes);
  if (text.find('\0') != std::string::npos) {
    return fail("holds NUL bytes, so it is not a text file", name,
                "export the settings again as JSON");
  }
  const auto json = as_json(text, name);
  return json ? read_json(*json, name, into) : tl::unexpected(json.error());
}

bool is_export(const fs::directory_entry& entry) {
  const std::string extension = entry.path().extension().string();
  std::error_code unknown;
  return (iequals(extension, ".json") || iequals(extension, ".toml")) &&
         entry.is_regular_file(unknown);
}

// Format-List's text, Export-Clixml's or Export-Csv's: by what is in it, since a .txt, .xml or .csv
// may be anything.
bool is_shown_or_serialised(const fs::directory_entry& entry) {
  const std::string extension = entry.path().extension().string();
  if (!iequals(extension, ".txt") && !iequals(extension, ".xml") &&
      !iequals(extension, ".clixml") && !iequals(extension, ".csv")) {
    return false;
  }
  const std::string path = entry.path().string();
  const auto bytes = files::read_whole(path, largest_file);
  if (!bytes) return false;
  const std::string text = to_utf8(*bytes);
  const ExportForm form = form_of(text, path);
  if (form == ExportForm::csv) return holds_settings(text);
  return form == ExportForm::format_list || form == ExportForm::clixml;
}

// At most five names, and how many more there are.
std::string first_names(const std::vector<std::string>& names) {
  constexpr std::size_t most = 5;
  std::string out = joined(std::vector(
      names.begin(), names.begin() + static_cast<std::ptrdiff_t>(std::min(most, names.size()))));
  if (names.size() > most) out += fmt::format(" and {} more", names.size() - most);
  return out;
}

Result<Configuration> load_folder(const std::string& path);

// The folder within this one that is a tenant's; empty where none or more than one is.
std::string tenant_below(const std::string& path) {
  constexpr std::uintmax_t largest = 64u << 20;  // evidence may lie there too, and that is larger
  std::string found;
  std::error_code failed;
  for (fs::directory_iterator it(path, failed), end; !failed && it != end; it.increment(failed)) {
    std::error_code unknown;
    if (!it->is_directory(unknown)) continue;
    fs::directory_iterator below(it->path(), unknown);
    if (unknown) continue;
    std::size_t exports = 0;
    const bool may_be = std::none_of(below, fs::directory_iterator(), [&](const auto& entry) {
      if (!is_export(entry)) return false;
      ++exports;
      return entry.file_size(unknown) > largest;
    });
    if (exports == 0 || !may_be || !load_folder(it->path().string())) continue;
    if (!found.empty()) return {};
    found = it->path().string();
  }
  return found;
}

Result<Configuration> load_folder(const std::string& path) {
  std::vector<std::string> files;
  std::vector<std::string> not_read;
  std::error_code failed;
  for (fs::directory_iterator it(path, failed), end; !failed && it != end; it.increment(failed)) {
    std::error_code unknown;
    if (is_export(*it) || (it->is_regular_file(unknown) && is_shown_or_serialised(*it))) {
      files.push_back(it->path().string());
    } else if (const std::string name = it->path().filename().string(); !name.starts_with('.')) {
      not_read.push_back(name);
    }
  }
  if (failed) {
    return fail(fmt::format("can't be read ({})", failed.message()), path, "check its permissions");
  }
  if (files.empty()) {
    const std::string below = tenant_below(path);
    return fail("holds no .json or .toml file", path,
                below.empty() ? "export Get-OrganizationConfig, Get-AcceptedDomain and "
                                "Get-InboundConnector with ConvertTo-Json into it"
                              : fmt::format("did you mean {}?", below));
  }
  std::sort(files.begin(), files.end());
  std::sort(not_read.begin(), not_read.end());
  Configuration into;
  if (!not_read.empty()) {
    into.remarks.push_back(fmt::format("{}: not read, since it is no export of settings: {}", path,
                                       first_names(not_read)));
  }
  for (const std::string& file : files) {
    const auto bytes = files::read_whole(file, largest_file);
    if (!bytes) return tl::unexpected(bytes.error());
    if (iends_with(file, ".toml")) {
      if (files.size() == 1) return read_toml(to_utf8(*bytes), file);
      return fail("a tenant.toml stands beside JSON exports", file,
                  "name the one that you mean as TENANT");
    }
    if (auto taken = take(*bytes, file, into); !taken) return tl::unexpected(taken.error());
  }
  conclude(into);
  return into;
}

}  // namespace

Result<Configuration> parse(std::string_view bytes, const std::string& name) {
  const std::string text = to_utf8(bytes);
  if (form_of(text, name) == ExportForm::toml) {
    if (text.find('\0') != std::string::npos) {
      return fail("holds NUL bytes, so it is not a text file", name, "pass JSON or TOML");
    }
    if (trim(text).empty()) return fail("is empty", name, "see docs/tenant-file.md");
    return read_toml(text, name);
  }
  Configuration into;
  if (auto taken = take(bytes, name, into); !taken) return tl::unexpected(taken.error());
  conclude(into);
  return into;
}

Result<Configuration> parse(const std::vector<Document>& documents, Extent extent) {
  Configuration into;
  for (const Document& document : documents) {
    if (auto taken = take(document.bytes, document.name, into); !taken) {
      return tl::unexpected(taken.error());
    }
  }
  conclude(into, extent);
  return into;
}

Result<Configuration> load(const std::string& path) {
  std::error_code failed;
  const fs::file_status status = fs::status(path, failed);
  if (fs::is_directory(status)) return load_folder(path);
  const auto bytes = files::read_whole(path, largest_file);
  if (!bytes) return tl::unexpected(bytes.error());
  return parse(*bytes, path);
}

}  // namespace postern::tenant
