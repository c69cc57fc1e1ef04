#include "tenant/connector_properties.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/domain.hpp"
#include "base/join.hpp"
#include "base/time.hpp"

namespace postern::tenant {
namespace connector_rows {
namespace {

using policy::ConnectorType;
using policy::InboundConnector;
using policy::SenderDomain;
using Kind = ConnectorProperty::Kind;
using Effect = ConnectorProperty::Effect;
using InNew = ConnectorProperty::InNew;
using Texts = std::vector<std::string>;
using C = InboundConnector;

// --- members as values ---

PropertyValue value_of(bool value) {
  return value;
}
PropertyValue value_of(const std::string& value) {
  return value;
}
PropertyValue value_of(const Texts& value) {
  return value;
}
PropertyValue value_of(ConnectorType value) {
  return std::string(policy::name_of(value));
}
PropertyValue value_of(const std::optional<UnixTime>& value) {
  return value ? format_time(*value) : std::string{};
}
PropertyValue value_of(const std::vector<Prefix>& value) {
  Texts out;
  for (const Prefix& prefix : value)
    out.push_back(prefix.text());
  return out;
}
PropertyValue value_of(const std::vector<SenderDomain>& value) {
  Texts out;
  for (const SenderDomain& domain : value) {
    out.push_back(domain.cost == 1 ? domain.text()
                                   : fmt::format("smtp:{};{}", domain.text(), domain.cost));
  }
  return out;
}

// --- values as members; whoever calls has checked that the kind is the row's ---

Result<void> take(const PropertyValue& value, bool& into) {
  into = std::get<bool>(value);
  return {};
}
Result<void> take(const PropertyValue& value, std::string& into) {
  into = std::get<std::string>(value);
  return {};
}
Result<void> take(const PropertyValue& value, Texts& into) {
  into = std::get<Texts>(value);
  return {};
}
Result<void> take(const PropertyValue& value, ConnectorType& into) {
  const auto& text = std::get<std::string>(value);
  for (const ConnectorType type : {ConnectorType::partner, ConnectorType::on_premises}) {
    if (!iequals(text, policy::name_of(type))) continue;
    into = type;
    return {};
  }
  return fail(fmt::format("'{}' is neither Partner nor OnPremises", printable(text)));
}
Result<void> take(const PropertyValue& value, std::optional<UnixTime>& into) {
  const auto& text = std::get<std::string>(value);
  into = parse_time(text);
  if (into || text.empty()) return {};
  return fail("must be a time like 2026-10-01T08:00:00Z");
}
Result<void> take(const PropertyValue& value, std::vector<Prefix>& into) {
  into.clear();
  for (const std::string& text : std::get<Texts>(value)) {
    const auto prefix = Prefix::parse(text);
    if (!prefix) return tl::unexpected(prefix.error());
    into.push_back(*prefix);
  }
  return {};
}
Result<void> take(const PropertyValue& value, std::vector<SenderDomain>& into) {
  into.clear();
  for (const std::string& text : std::get<Texts>(value)) {
    auto domain = policy::parse_sender_domain(text);
    if (!domain) return tl::unexpected(domain.error());
    into.push_back(std::move(*domain));
  }
  return {};
}

template <auto Member>
PropertyValue get(const C& connector) {
  return value_of(connector.*Member);
}
template <auto Member>
Result<void> set(const PropertyValue& value, C& connector) {
  return take(value, connector.*Member);
}

Result<void> set_certificate_name(const PropertyValue& value, C& connector) {
  auto name = policy::parse_certificate_name(std::get<std::string>(value));
  if (!name) return tl::unexpected(name.error());
  connector.tls_sender_certificate_name = std::move(*name);
  return {};
}
Result<void> set_associated_domains(const PropertyValue& value, C& connector) {
  connector.associated_accepted_domains.clear();
  for (const std::string& text : std::get<Texts>(value)) {
    auto name = normalise_domain(text);
    if (!name) return tl::unexpected(name.error());
    connector.associated_accepted_domains.push_back(std::move(*name));
  }
  return {};
}

// --- the rows ---

constexpr const char* enumeration_remedy =
    "ConvertTo-Json writes enumerations as numbers in Windows PowerShell: use Select-Object with "
    "@{n='ConnectorType';e={\"$($_.ConnectorType)\"}}, or PowerShell 7 with -EnumsAsStrings";

template <auto Member>
constexpr ConnectorProperty row(std::string_view name, std::string_view key, std::string_view type,
                                std::string_view meaning, Kind kind, Effect effect) {
  ConnectorProperty out;
  out.name = name;
  out.key = key;
  out.type = type;
  out.meaning = meaning;
  out.kind = kind;
  out.effect = effect;
  out.get = get<Member>;
  out.set = set<Member>;
  return out;
}

constexpr std::string_view flag_type = "true or false";

constexpr std::array rows = [] {
  std::array all{
      row<&C::name>("Name", "name", "text", "Name.", Kind::text, Effect::matching),
      row<&C::type>("ConnectorType", "type", "Partner or OnPremises", "ConnectorType.", Kind::text,
                    Effect::matching),
      row<&C::enabled>("Enabled", "enabled", flag_type, "Enabled.", Kind::flag, Effect::matching),
      row<&C::sender_domains>(
          "SenderDomains", "sender_domains", "list",
          "SenderDomains: \"*\", \"contoso.com\", \"*.contoso.com\"; a cost may follow: "
          "\"smtp:contoso.com;5\".",
          Kind::list, Effect::matching),
      row<&C::sender_ip_addresses>("SenderIPAddresses", "sender_ip_addresses", "list",
                                   "SenderIPAddresses: IPv4, /24 to /32.", Kind::list,
                                   Effect::matching),
      row<&C::tls_sender_certificate_name>(
          "TlsSenderCertificateName", "tls_sender_certificate_name", "text",
          "TlsSenderCertificateName.", Kind::text, Effect::matching),
      row<&C::require_tls>(
          "RequireTls", "require_tls", flag_type,
          "RequireTls. Exchange's own default for a new Partner connector is true; say it.",
          Kind::flag, Effect::refusal),
      row<&C::restrict_domains_to_ip_addresses>(
          "RestrictDomainsToIPAddresses", "restrict_domains_to_ip_addresses", flag_type,
          "RestrictDomainsToIPAddresses.", Kind::flag, Effect::refusal),
      row<&C::restrict_domains_to_certificate>(
          "RestrictDomainsToCertificate", "restrict_domains_to_certificate", flag_type,
          "RestrictDomainsToCertificate.", Kind::flag, Effect::refusal),
      row<&C::associated_accepted_domains>(
          "AssociatedAcceptedDomains", "associated_accepted_domains", "list of domains",
          "AssociatedAcceptedDomains.", Kind::list, Effect::matching),
      row<&C::cloud_services_mail_enabled>(
          "CloudServicesMailEnabled", "cloud_services_mail_enabled", flag_type,
          "CloudServicesMailEnabled; no effect on attribution.", Kind::flag, Effect::treatment),
      row<&C::treat_messages_as_internal>(
          "TreatMessagesAsInternal", "treat_messages_as_internal", flag_type,
          "TreatMessagesAsInternal; no effect on attribution.", Kind::flag, Effect::treatment),
      row<&C::trusted_organizations>("TrustedOrganizations", "trusted_organizations", "list",
                                     "TrustedOrganizations; no effect on attribution.", Kind::list,
                                     Effect::treatment),
      row<&C::ef_skip_ips>("EFSkipIPs", "ef_skip_ips", "list",
                           "EFSkipIPs; no effect on attribution.", Kind::list, Effect::treatment),
      row<&C::ef_skip_last_ip>("EFSkipLastIP", "ef_skip_last_ip", flag_type,
                               "EFSkipLastIP; no effect on attribution.", Kind::flag,
                               Effect::treatment),
      row<&C::comment>("Comment", "comment", "text", "Comment.", Kind::text, Effect::none),
      row<&C::guid>("Guid", "guid", "text",
                    "Guid. Tells the connector again after it was renamed; no effect on mail.",
                    Kind::text, Effect::none),
      row<&C::when_changed>(
          "WhenChangedUTC", "when_changed", "time",
          "WhenChangedUTC. Evidence older than this does not tell what the connector would have "
          "matched.",
          Kind::time, Effect::none),
  };
  const auto at = [&](std::string_view name) -> ConnectorProperty& {
    return *std::find_if(all.begin(), all.end(),
                         [&](const ConnectorProperty& each) { return each.name == name; });
  };
  for (const char* name : {"Name", "ConnectorType"}) {
    at(name).required = true;
    at(name).in_new = InNew::always;
  }
  at("ConnectorType").export_remedy = enumeration_remedy;
  at("SenderDomains").in_new = InNew::always;  // mandatory
  at("RequireTls").in_new = InNew::always;     // the cmdlet's default is True
  for (const char* name : {"Guid", "WhenChangedUTC"})
    at(name).in_new = InNew::never;
  for (const char* name :
       {"RequireTls", "RestrictDomainsToIPAddresses", "RestrictDomainsToCertificate"}) {
    at(name).only_of = ConnectorType::partner;
  }
  at("TlsSenderCertificateName").set = set_certificate_name;
  at("AssociatedAcceptedDomains").set = set_associated_domains;
  return all;
}();

// A member too many or too few here is one without a row: give it one.
[[maybe_unused]] void every_member_has_a_row(const C& connector) {
  [[maybe_unused]] const auto& [name, type, enabled, sender_domains, sender_ip_addresses,
                                tls_sender_certificate_name, require_tls,
                                restrict_domains_to_ip_addresses, restrict_domains_to_certificate,
                                associated_accepted_domains, cloud_services_mail_enabled,
                                treat_messages_as_internal, trusted_organizations, ef_skip_ips,
                                ef_skip_last_ip, comment, guid, when_changed, where] = connector;
  constexpr std::size_t members = 19;
  constexpr std::size_t places = 1;  // `where` is of the file, not of the connector
  static_assert(rows.size() == members - places);
}

// Addresses by number, other lists by text.
PropertyValue in_order(const ConnectorProperty& property, PropertyValue value) {
  auto* list = std::get_if<Texts>(&value);
  if (list == nullptr) return value;
  C connector;
  if (property.name == "SenderIPAddresses" && property.set(value, connector)) {
    auto& prefixes = connector.sender_ip_addresses;
    std::sort(prefixes.begin(), prefixes.end(), [](const Prefix& a, const Prefix& b) {
      return a.first() != b.first() ? a.first() < b.first() : a.length() < b.length();
    });
    return value_of(prefixes);
  }
  std::sort(list->begin(), list->end());
  return value;
}

bool same(const ConnectorProperty& property, const PropertyValue& a, const PropertyValue& b) {
  if (property.name == "Name") return iequals(std::get<std::string>(a), std::get<std::string>(b));
  return in_order(property, a) == in_order(property, b);
}

}  // namespace
}  // namespace connector_rows

using connector_rows::rows;

std::span<const ConnectorProperty> connector_properties() noexcept {
  return rows;
}

PropertyValue canonical(const ConnectorProperty& property, const policy::InboundConnector& of) {
  return connector_rows::in_order(property, property.get(of));
}

bool applies(const ConnectorProperty& property, policy::ConnectorType type) noexcept {
  return !property.only_of || *property.only_of == type;
}

std::vector<PropertyChange> changes(const policy::InboundConnector& before,
                                    const policy::InboundConnector& after) {
  std::vector<PropertyChange> out;
  for (const ConnectorProperty& property : rows) {
    if (property.in_new == ConnectorProperty::InNew::never) continue;
    PropertyValue was = canonical(property, before);
    PropertyValue is = canonical(property, after);
    if (!connector_rows::same(property, was, is))
      out.push_back({&property, std::move(was), std::move(is)});
  }
  return out;
}

std::vector<PropertyChange> effective_changes(const policy::InboundConnector& before,
                                              const policy::InboundConnector& after) {
  std::vector<PropertyChange> out = changes(before, after);
  std::erase_if(out, [&](const PropertyChange& change) {
    return change.property->effect == ConnectorProperty::Effect::none ||
           (!applies(*change.property, before.type) && !applies(*change.property, after.type));
  });
  return out;
}

std::string shown(const PropertyValue& value) {
  if (const bool* flag = std::get_if<bool>(&value)) return *flag ? "True" : "False";
  if (const auto* text = std::get_if<std::string>(&value)) return text->empty() ? "empty" : *text;
  const auto& items = std::get<std::vector<std::string>>(value);
  return items.empty() ? "empty" : joined(items);
}

}  // namespace postern::tenant
