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
  for (const TransportRule& rule : c.transport_rules.value) {
    RuleAnswer one = lock_down_of(rule);
    if (one.stops == Known::yes) return one;
    if (one.stops == Known::unknown && out.stops == Known::no) out = std::move(one);
  }
  return out;
}

}  // namespace postern::audit
