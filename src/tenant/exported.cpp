#include "tenant/exported.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/fnv.hpp"
#include "base/join.hpp"

namespace postern::tenant {
namespace {

// What changes without a setting's change, or says again what other properties say. WhenChanged is
// told by itself where it is looked at.
constexpr auto marks = std::to_array<std::string_view>({"Identity",
                                                        "Id",
                                                        "Guid",
                                                        "ImmutableId",
                                                        "DistinguishedName",
                                                        "OrganizationId",
                                                        "OrganizationalUnitRoot",
                                                        "RunspaceId",
                                                        "PSComputerName",
                                                        "PSShowComputerName",
                                                        "PSSourceJobInstanceId",
                                                        "ObjectState",
                                                        "ObjectCategory",
                                                        "ObjectClass",
                                                        "ExchangeVersion",
                                                        "ExchangeObjectId",
                                                        "IsValid",
                                                        "WhenChanged",
                                                        "WhenChangedUTC",
                                                        "WhenCreated",
                                                        "WhenCreatedUTC",
                                                        "CreatedBy",
                                                        "LastModifiedBy",
                                                        "OriginatingServer",
                                                        "Description",
                                                        "Size",
                                                        "RegexSize",
                                                        "ResourceName",
                                                        "ResourceId",
                                                        "TenantId",
                                                        "ApplicationId"});

constexpr std::size_t longest_value = 400;

// One value as text; empty for null, for nothing, and for what PowerShell did not look into.
std::string text_of(Element value) {
  if (value.is_null()) return {};
  bool flag = false;
  if (value.get(flag) == simdjson::SUCCESS) return flag ? "True" : "False";
  std::string_view text;
  if (value.get(text) == simdjson::SUCCESS) {
    return is_type_name(text) ? std::string{} : std::string(trim(text));
  }
  simdjson::dom::array items;
  if (value.get(items) != simdjson::SUCCESS) return simdjson::minify(value);
  std::vector<std::string> list;
  for (const Element item : items) {
    if (std::string one = text_of(item); !one.empty()) list.push_back(std::move(one));
  }
  std::sort(list.begin(), list.end());
  return joined(list);
}

std::string bounded(std::string value) {
  if (value.empty()) return "empty";
  if (value.size() <= longest_value) return value;
  return fmt::format("a text of {} characters ({:016x})", value.size(), fnv1a(value));
}

// PowerShell writes the name of a list's type where it did not look into the list.
bool was_looked_into(Element value) {
  std::string_view text;
  return value.get(text) != simdjson::SUCCESS || !is_type_name(text);
}

}  // namespace

ExportedProperties read_exported(std::string name, const Record& record) {
  ExportedProperties out{std::move(name), {}};
  for (const auto [key, _] : record.object()) {
    const std::string_view property = key;
    const bool mark = std::any_of(marks.begin(), marks.end(),
                                  [&](std::string_view each) { return iequals(each, property); });
    const auto value = record.find(property);
    if (mark || property.find('@') != std::string_view::npos || !value || !was_looked_into(*value))
      continue;
    out.properties.emplace_back(property, bounded(text_of(*value)));
  }
  return out;
}

}  // namespace postern::tenant
