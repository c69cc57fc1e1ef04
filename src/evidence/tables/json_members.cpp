#include "evidence/tables/json_members.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include <simdjson.h>

#include "base/ascii.hpp"

namespace postern::evidence {
namespace {

constexpr std::array<std::string_view, 7> row_keys = {
    "value", "results", "Results", "rows", "Rows", "records", "aggregate_reports"};

// An error beside rows is a partial one:
// https://learn.microsoft.com/azure/azure-monitor/logs/api/errors ("PartialError").
constexpr std::array<std::string_view, 7> part_keys = {
    "@odata.nextLink", "odata.nextLink", "nextLink",  "@adminapi.warnings",
    "error",           "errors",         "Exceptions"};

// What describes the rows: advanced hunting's Schema and Stats
// (https://learn.microsoft.com/defender-xdr/api-advanced-hunting), the columns, statistics and
// render of Log Analytics, Splunk's fields. Other kinds of reports that parsedmarc keeps beside
// those of aggregates.
constexpr std::array<std::string_view, 9> descriptions = {
    "schema",           "stats",           "columns",          "statistics", "render", "fields",
    "forensic_reports", "failure_reports", "smtp_tls_reports",
};

// The name of the result of each statement of a query.
constexpr std::string_view result_table = "PrimaryResult";

bool says_nothing(std::string_view value) noexcept {
  constexpr std::array<std::string_view, 7> nothing = {"",     "null",  "[]", "{}",
                                                       "\"\"", "false", "0"};
  return std::find(nothing.begin(), nothing.end(), value) != nothing.end();
}

// Whether a list anywhere in the value begins with an object.
bool has_list_of_objects(std::string_view json) noexcept {
  bool inside = false;
  bool opened = false;  // a list, just before
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (inside) {
      if (c == '\\') ++i;
      inside = c != '"';
      continue;
    }
    if (c == '{' && opened) return true;
    if (!is_ascii_space(c)) opened = c == '[';
    inside = c == '"';
  }
  return false;
}

bool is_empty_list(std::string_view value) noexcept {
  return value.starts_with('[') && trim(value.substr(1)) == "]";
}

}  // namespace

bool is_row_key(std::string_view key) noexcept {
  return std::find(row_keys.begin(), row_keys.end(), key) != row_keys.end();
}

bool says_there_are_more(std::string_view key, std::string_view value) noexcept {
  return std::find(part_keys.begin(), part_keys.end(), key) != part_keys.end() &&
         !says_nothing(value);
}

bool may_hold_rows(std::string_view key, std::string_view value) noexcept {
  if (is_row_key(key) && value.starts_with('[')) return !is_empty_list(value);
  const bool describes = std::any_of(descriptions.begin(), descriptions.end(),
                                     [&](std::string_view each) { return iequals(each, key); });
  return !describes && has_list_of_objects(value);
}

std::optional<std::string> further_table(std::string_view table, const AreColumns& are_columns) {
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(table.data(), table.size(), true).get(object) != simdjson::SUCCESS) return "";
  std::string_view name;
  if (object["name"].get(name) != simdjson::SUCCESS) name = {};
  simdjson::dom::array rows;
  if (object["rows"].get(rows) == simdjson::SUCCESS && rows.begin() == rows.end()) {
    return std::nullopt;
  }
  simdjson::dom::element columns;
  const bool fits =
      object["columns"].get(columns) == simdjson::SUCCESS && are_columns(simdjson::minify(columns));
  if (!fits && name != result_table) return std::nullopt;
  return std::string(name);
}

}  // namespace postern::evidence
