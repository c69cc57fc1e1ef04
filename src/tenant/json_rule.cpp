#include "tenant/json_rule.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/ascii.hpp"
#include "tenant/rule_properties.hpp"

namespace postern::tenant {
namespace {

using Part = RuleProperty::Part;

// Where an action is told by more than one property.
constexpr std::string_view rejections[] = {
    "RejectMessageReasonText", "RejectMessageEnhancedStatusCode", "SmtpRejectMessageRejectText"};

bool says_something(Element value) {
  if (value.is_null()) return false;
  simdjson::dom::array items;
  if (value.get(items) == simdjson::SUCCESS) {
    return std::any_of(items.begin(), items.end(), says_something);
  }
  Object object;
  if (value.get(object) == simdjson::SUCCESS) return object.size() > 0;
  bool flag = false;
  if (value.get(flag) == simdjson::SUCCESS) return flag;
  std::string_view text;
  if (value.get(text) == simdjson::SUCCESS) return !trim(text).empty() && !iequals(text, "False");
  return true;
}

struct Reader {
  Record& record;
  const RuleProperty& property;
  TransportRule& into;

  void operator()(bool TransportRule::*at) const {
    if (property.name == "State") {
      into.*at = !iequals(record.text("State"), "Disabled");
    } else if (property.name == "Mode") {
      into.*at = iequals(record.text("Mode"), "Enforce");
    } else if (property.name == rejections[0]) {
      into.*at = std::any_of(std::begin(rejections), std::end(rejections),
                             [&](std::string_view each) { return !record.text(each).empty(); });
    } else {
      into.*at = record.boolean_or(property.name, false);
    }
  }
  void operator()(std::string TransportRule::*at) const { into.*at = record.text(property.name); }
  void operator()(std::vector<std::string> TransportRule::*at) const {
    into.*at = record.list(property.name);
  }
  void operator()(std::optional<int> TransportRule::*at) const {
    into.*at = record.integer(property.name);
  }
};

bool is_there(const Record& record, const RuleProperty& property) {
  if (property.name != rejections[0]) return record.has(property.name);
  return std::any_of(std::begin(rejections), std::end(rejections),
                     [&](std::string_view each) { return record.has(each); });
}

bool has_row(std::string_view name) {
  const auto rows = rule_properties();
  return std::any_of(rows.begin(), rows.end(),
                     [&](const RuleProperty& each) { return iequals(each.name, name); });
}

std::size_t count_of(const Record& record, std::string_view list) {
  const auto value = record.find(list);
  if (!value || !says_something(*value)) return 0;
  simdjson::dom::array items;
  return value->get(items) == simdjson::SUCCESS ? items.size() : 1;
}

bool narrows(const TransportRule& rule) {
  const auto rows = rule_properties();
  return !rule.other_conditions.empty() ||
         std::any_of(rows.begin(), rows.end(), [&](const RuleProperty& each) {
           return each.part == Part::condition && each.name != "FromScope" &&
                  shown(each, rule) != "empty";
         });
}

// Exchange lists what it made of conditions and exceptions too: where that is more than the
// properties told, the export lacks some of them.
void add_untold(const Record& record, TransportRule& rule) {
  if (!narrows(rule) && count_of(record, "Conditions") > (rule.from_scope.empty() ? 0u : 1u)) {
    rule.other_conditions.emplace_back("Conditions");
  }
  if (rule.other_exceptions.empty() &&
      count_of(record, "Exceptions") > (rule.except_if_header.empty() ? 0u : 1u)) {
    rule.other_exceptions.emplace_back("Exceptions");
  }
}

}  // namespace

TransportRule read_rule(Record& record) {
  TransportRule rule;
  rule.origin = record.origin();
  rule.name = record.text("Name");
  rule.when_changed = record.time("WhenChanged");
  for (const RuleProperty& property : rule_properties()) {
    if (is_there(record, property)) {
      std::visit(Reader{record, property, rule}, property.member);
    } else {
      rule.not_exported.emplace_back(property.name);
    }
  }
  for (const auto [name, _] : record.object()) {
    if (!says_something(*record.find(name))) continue;
    if (is_other_condition(name)) rule.other_conditions.emplace_back(name);
    if (is_exception(name) && !has_row(name)) rule.other_exceptions.emplace_back(name);
  }
  add_untold(record, rule);
  return rule;
}

}  // namespace postern::tenant
