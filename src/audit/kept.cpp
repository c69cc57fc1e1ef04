#include "audit/kept.hpp"

#include <array>

#include "base/join.hpp"
#include "tenant/connector_properties.hpp"
#include "tenant/rule_properties.hpp"

namespace postern::audit {
namespace {

using tenant::Configuration;

constexpr std::array<KeptSection, 5> sections{{
    {"accepted_domains", "accepted domain", "accepted domains", &Kept::accepted_domains},
    {"connectors", "connector", "inbound connectors", &Kept::connectors},
    {"transport_rules", "mail-flow rule", "mail-flow rules", &Kept::transport_rules},
    {"connection_filters", "connection filter", "connection filters", &Kept::connection_filters},
    {"content_filters", "spam policy", "spam policies", &Kept::content_filters},
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

// Of what is not looked at closer, the names; that it changed is told by WhenChanged.
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

}  // namespace

std::span<const KeptSection> kept_sections() noexcept {
  return sections;
}

Kept kept_of(const Configuration& c) {
  return {all_of(c.accepted_domains_known, c.tenant.accepted_domains),
          all_of(c.inbound_connectors_read, c.tenant.inbound_connectors),
          all_of(c.transport_rules.known, c.transport_rules.value),
          all_of(c.connection_filters.known, c.connection_filters.value),
          all_of(c.content_filters.known, c.content_filters.value)};
}

}  // namespace postern::audit
