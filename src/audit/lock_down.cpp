#include "audit/lock_down.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"
#include "policy/clouds.hpp"
#include "tenant/dns_records.hpp"
#include "tenant/rule_properties.hpp"

namespace postern::audit {
namespace {

using policy::Known;
using tenant::Configuration;
using tenant::RuleProperty;
using tenant::TransportRule;

bool is_known(const TransportRule& rule, RuleProperty::Part part) {
  const auto rows = tenant::rule_properties();
  return std::all_of(rows.begin(), rows.end(), [&](const RuleProperty& each) {
    return each.part != part || rule.was_exported(each.name);
  });
}

// What the rule hangs on and the export lacks. One action that stops mail is enough.
std::vector<std::string> missing_of(const TransportRule& rule) {
  const bool stops = rule.quarantine || rule.rejects || rule.delete_message;
  std::vector<std::string> out;
  for (const RuleProperty& each : tenant::rule_properties()) {
    if (each.part == RuleProperty::Part::action && (stops || each.name == "SetSCL")) continue;
    if (each.part == RuleProperty::Part::order) continue;
    if (!rule.was_exported(each.name)) out.emplace_back(each.name);
  }
  return out;
}

// What takes mail from everybody outside: no condition, or this one.
bool is_narrowed(const TransportRule& rule) {
  if (!rule.from_scope.empty() && !iequals(rule.from_scope, "NotInOrganization")) return true;
  const auto rows = tenant::rule_properties();
  return std::any_of(rows.begin(), rows.end(), [&](const RuleProperty& each) {
    return each.part == RuleProperty::Part::condition && each.name != "FromScope" &&
           tenant::shown(each, rule) != "empty";
  });
}

bool excepts_the_organisation_alone(const TransportRule& rule) {
  return iequals(rule.except_if_header, "X-MS-Exchange-Organization-AuthAs") &&
         rule.except_if_header_words.size() == 1 &&
         iequals(rule.except_if_header_words.front(), "Internal");
}

// Known to be no lock-down, whatever else it is.
bool is_none(const TransportRule& rule) {
  if (!rule.enabled && rule.was_exported("State")) return true;
  if (!rule.enforced && rule.was_exported("Mode")) return true;
  const bool stops = rule.quarantine || rule.rejects || rule.delete_message;
  if (!stops && is_known(rule, RuleProperty::Part::action)) return true;
  if (is_narrowed(rule)) return true;
  return !excepts_the_organisation_alone(rule) && is_known(rule, RuleProperty::Part::exception);
}

// Whether a rule takes, for certain, all that a lock-down would stop.
bool takes_all_from_outside(const TransportRule& rule) {
  if (!rule.enabled || !rule.enforced || is_narrowed(rule)) return false;
  if (!is_known(rule, RuleProperty::Part::state) || !is_known(rule, RuleProperty::Part::condition))
    return false;
  if (!rule.other_conditions.empty() || !rule.other_exceptions.empty()) return false;
  return is_known(rule, RuleProperty::Part::exception) &&
         ((rule.except_if_header.empty() && rule.except_if_header_words.empty()) ||
          excepts_the_organisation_alone(rule));
}

bool stops_mail(const TransportRule& rule) {
  return rule.quarantine || rule.rejects || rule.delete_message;
}

// Whether it may write the header by which a lock-down knows the organisation's own mail.
bool may_pass_for_own(const TransportRule& rule, const TransportRule& lock_down) {
  if (!rule.was_exported("SetHeaderName")) return true;
  return iequals(rule.set_header_name, lock_down.except_if_header);
}

Known acts_before(const TransportRule& rule, const TransportRule& other) {
  if (!rule.priority || !other.priority || *rule.priority == *other.priority) return Known::unknown;
  return *rule.priority < *other.priority ? Known::yes : Known::no;
}

// What another rule takes from a lock-down: no where it ends all of it, unknown where it may end
// some ("Mail flow rules: priority, stop processing more rules").
RuleAnswer beside(const TransportRule& lock_down, const TransportRule& other) {
  const RuleAnswer nothing{Known::yes, {}};
  if (!other.enabled && other.was_exported("State")) return nothing;
  if (!other.enforced && other.was_exported("Mode")) return nothing;
  const bool outside = other.from_scope.empty() || iequals(other.from_scope, "NotInOrganization");
  if (!outside) return nothing;
  // What it takes and stops itself, no later rule needs to.
  const bool ends = !stops_mail(other) &&
                    (other.stop_rule_processing || !other.was_exported("StopRuleProcessing"));
  const bool writes = may_pass_for_own(other, lock_down);
  const Known before = acts_before(other, lock_down);
  if ((!ends && !writes) || before == Known::no) return nothing;
  const bool certain = before == Known::yes && ends && other.stop_rule_processing;
  const std::string names =
      fmt::format("the rule '{}' acts {} '{}'", printable(lock_down.name),
                  before == Known::yes ? "after" : "perhaps after (Priority is not known)",
                  printable(other.name));
  if (certain && takes_all_from_outside(other)) {
    return {Known::no, fmt::format("{}, which takes all mail from outside and stops processing "
                                   "more rules",
                                   names)};
  }
  if (ends && other.stop_rule_processing) {
    return {Known::unknown,
            fmt::format("{}, which stops processing more rules for what it takes", names)};
  }
  if (writes && other.was_exported("SetHeaderName")) {
    return {Known::unknown, fmt::format("{}, which sets the header {}", names,
                                        printable(lock_down.except_if_header))};
  }
  return {Known::unknown, fmt::format("{}, which was exported without {}", names,
                                      ends ? "StopRuleProcessing" : "SetHeaderName")};
}

}  // namespace

Mx mx_of(const Configuration& c, const std::string& domain) {
  const auto* records = tenant::records_of(c, domain);
  Mx mx;
  if (records == nullptr || !records->mx.asked) {
    mx.unknown = fmt::format("the MX of {} was not read", domain);
    return mx;
  }
  mx.none = records->mx.values.empty();
  if (mx.none) {
    mx.unknown = fmt::format("{} has no MX, and mail goes to the server of its own name", domain);
    return mx;
  }
  mx.known = true;
  mx.null = tenant::takes_no_mail(*records);
  if (mx.null) return mx;
  mx.microsoft = true;
  mx.host = records->mx.values.front();
  for (const std::string& host : records->mx.values) {
    if (policy::is_front_door(host)) {
      mx.front_door = true;
      continue;
    }
    mx.microsoft = false;
    mx.host = host;
  }
  return mx;
}

bool covers(const policy::Tenant& tenant, const policy::InboundConnector& connector,
            std::string_view domain) {
  const auto& limited = connector.associated_accepted_domains;
  if (limited.empty() || tenant.choices.associated_domains == policy::AssociatedDomains::ignored) {
    return true;
  }
  // Limited to senders of these domains, it refuses nobody else.
  if (tenant.choices.associated_domains == policy::AssociatedDomains::sender) return false;
  return std::find(limited.begin(), limited.end(), domain) != limited.end();
}

RuleAnswer lock_down_of(const TransportRule& rule) {
  if (is_none(rule)) return {};
  const auto unknown = [&](std::string_view what, const std::vector<std::string>& names) {
    return RuleAnswer{Known::unknown, fmt::format("the rule '{}' {}: {}", printable(rule.name),
                                                  what, printable(joined(names)))};
  };
  if (const auto missing = missing_of(rule); !missing.empty()) {
    return unknown("was exported without", missing);
  }
  if (!rule.other_conditions.empty()) {
    return unknown("has a condition that Postern does not weigh", rule.other_conditions);
  }
  if (!rule.other_exceptions.empty()) {
    return unknown("has a further exception that Postern does not weigh", rule.other_exceptions);
  }
  return {Known::yes, {}};
}

RuleAnswer lock_down_of_rules(const Configuration& c) {
  if (!c.transport_rules.known) return {Known::unknown, "mail-flow rules were not read"};
  RuleAnswer out;
  const auto& rules = c.transport_rules.value;
  for (const TransportRule& rule : rules) {
    RuleAnswer one = lock_down_of(rule);
    for (const TransportRule& other : rules) {
      if (one.stops == Known::no) break;
      if (&other == &rule) continue;
      RuleAnswer taken = beside(rule, other);
      if (taken.stops == Known::no || (taken.stops == Known::unknown && one.stops == Known::yes))
        one = std::move(taken);
    }
    if (one.stops == Known::yes) return one;
    if (one.stops == Known::unknown && out.stops == Known::no) out = std::move(one);
    if (one.stops == Known::no && out.because.empty()) out.because = std::move(one.because);
  }
  return out;
}

}  // namespace postern::audit
