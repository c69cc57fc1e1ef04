#include "audit/kept.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/ascii.hpp"
#include "base/join.hpp"
#include "tenant/connector_properties.hpp"
#include "tenant/rule_properties.hpp"

namespace postern::audit {
namespace {

using tenant::Configuration;

constexpr std::array<KeptSection, 5> sections{{
    {"accepted_domains", "accepted domain", "accepted domains", "Get-AcceptedDomain",
     &Kept::accepted_domains},
    {"connectors", "connector", "inbound connectors", "Get-InboundConnector", &Kept::connectors},
    {"transport_rules", "mail-flow rule", "mail-flow rules", "Get-TransportRule",
     &Kept::transport_rules},
    {"connection_filters", "connection filter", "connection filters",
     "Get-HostedConnectionFilterPolicy", &Kept::connection_filters},
    {"content_filters", "spam policy", "spam policies", "Get-HostedContentFilterPolicy",
     &Kept::content_filters},
}};

std::string shown(const std::vector<std::string>& list) {
  return list.empty() ? "empty" : joined(list);
}
std::string shown(bool value) {
  return value ? "True" : "False";
}
template <class T>
void add(KeptObject& to, std::string_view name, const std::optional<T>& value) {
  if (value) to.properties.emplace_back(name, shown(*value));
}

KeptObject kept(const policy::AcceptedDomain& domain) {
  return {domain.name,
          {{"DomainType", std::string(policy::name_of(domain.type))},
           {"MatchSubDomains", shown(domain.match_subdomains)},
           {"Default", shown(domain.is_default)}}};
}

KeptObject kept(const policy::InboundConnector& connector) {
  KeptObject out{connector.name, {}};
  for (const tenant::ConnectorProperty& property : tenant::connector_properties()) {
    if (property.in_new == tenant::ConnectorProperty::InNew::never) continue;
    out.properties.emplace_back(property.name,
                                tenant::shown(tenant::canonical(property, connector)));
  }
  return out;
}

// Of what is not looked at closer, the names; what stands there is with what the export holds.
KeptObject kept(const tenant::TransportRule& rule) {
  KeptObject out{rule.name, {}};
  for (const tenant::RuleProperty& property : tenant::rule_properties()) {
    if (rule.was_exported(property.name))
      out.properties.emplace_back(property.name, tenant::shown(property, rule));
  }
  out.properties.emplace_back("other conditions", shown(rule.other_conditions));
  out.properties.emplace_back("other exceptions", shown(rule.other_exceptions));
  if (rule.when_changed)
    out.properties.emplace_back("WhenChanged", format_time(*rule.when_changed));
  return out;
}

KeptObject kept(const tenant::ConnectionFilter& filter) {
  KeptObject out{filter.name, {}};
  add(out, "IPAllowList", filter.ip_allow_list);
  add(out, "EnableSafeList", filter.enable_safe_list);
  return out;
}

KeptObject kept(const tenant::ContentFilter& filter) {
  KeptObject out{filter.name, {}};
  add(out, "AllowedSenderDomains", filter.allowed_sender_domains);
  add(out, "AllowedSenders", filter.allowed_senders);
  return out;
}

template <class T>
KeptObjects all_of(bool known, const std::vector<T>& objects) {
  if (!known) return std::nullopt;
  std::vector<KeptObject> out;
  out.reserve(objects.size());
  for (const T& each : objects)
    out.push_back(kept(each));
  return out;
}

// Of what is kept as it is looked at, where that is less than what the export says.
constexpr std::array<std::string_view, 2> told_in_part = {"Mode", "RejectMessageReasonText"};
constexpr std::string_view as_exported = " as exported";

// What the export holds besides.
void add_all(const Configuration& c, const KeptSection& section, KeptObjects& to) {
  const auto exported = c.exported.find(section.cmdlet);
  if (!to || exported == c.exported.end()) return;
  for (KeptObject& object : *to) {
    const auto& all = exported->second;
    const auto found = std::find_if(
        all.begin(), all.end(), [&](const auto& each) { return iequals(each.name, object.name); });
    if (found == all.end()) continue;
    const auto looked_at = object.properties;
    const auto is_there = [&](std::string_view name) {
      return std::any_of(looked_at.begin(), looked_at.end(),
                         [&](const auto& each) { return iequals(each.first, name); });
    };
    for (const auto& [name, value] : found->properties) {
      if (std::find(told_in_part.begin(), told_in_part.end(), name) != told_in_part.end()) {
        object.properties.emplace_back(name + std::string(as_exported), value);
      } else if (!is_there(name)) {
        object.properties.emplace_back(name, value);
      }
    }
  }
}

}  // namespace

bool KeptObject::has_all() const {
  const auto rows = tenant::rule_properties();
  return std::any_of(properties.begin(), properties.end(), [&](const auto& each) {
    return !each.first.starts_with("other ") && each.first != "WhenChanged" &&
           std::none_of(rows.begin(), rows.end(),
                        [&](const auto& row) { return row.name == each.first; });
  });
}

std::span<const KeptSection> kept_sections() noexcept {
  return sections;
}

Kept kept_of(const Configuration& c) {
  Kept out{all_of(c.accepted_domains_known, c.tenant.accepted_domains),
           all_of(c.inbound_connectors_read, c.tenant.inbound_connectors),
           all_of(c.transport_rules.known, c.transport_rules.value),
           all_of(c.connection_filters.known, c.connection_filters.value),
           all_of(c.content_filters.known, c.content_filters.value)};
  for (const KeptSection& section : sections)
    add_all(c, section, out.*section.at);
  return out;
}

}  // namespace postern::audit
