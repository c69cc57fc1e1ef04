#include "tenant/keys.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/ascii.hpp"
#include "policy/clouds.hpp"
#include "tenant/connector_properties.hpp"
#include "tenant/dns_records.hpp"
#include "tenant/rule_properties.hpp"
#include "tenant/write.hpp"

namespace postern::tenant {
namespace {

using settings_file::choice;
using settings_file::flag;
using settings_file::moment;
using settings_file::number;
using settings_file::required;
using settings_file::text;
using settings_file::texts;
using settings_file::toml_text;
using settings_file::Value;
using settings_file::within;

// DNS answers: a value that is there was asked for.
std::string read_answer(const Value& value, DnsAnswer& into) {
  into.asked = true;
  into.origin = value.where;
  return settings_file::read_texts(value, into.values);
}
std::string read_hosts(const Value& value, DnsAnswer& into) {
  into.asked = true;
  into.origin = value.where;
  std::vector<std::string> texts;
  if (settings_file::read_texts(value, texts).empty() && texts.size() == 1 &&
      texts.front() == null_mx) {
    into.values = std::move(texts);
    return {};
  }
  return settings_file::read_domains(value, into.values);
}
template <class Reader>
Access<DomainEntry> answer(DnsAnswer DnsRecords::*at, Reader read) {
  const auto write = [at](const DomainEntry& entry) {
    const DnsAnswer& given = entry.records.*at;
    return given.asked ? std::optional(toml_text(given.values)) : std::nullopt;
  };
  return {
      [at, read](const Value& value, DomainEntry& entry) { return read(value, entry.records.*at); },
      write};
}

// --- named values ---

using policy::AssociatedDomains;
using policy::ConnectorMatch;
using policy::DomainType;
using policy::OnmicrosoftSenders;
using policy::PartnerAddressMatch;
using policy::RejectDirectSend;

template <class E, std::size_t N>
using Names = std::array<std::pair<std::string_view, E>, N>;

constexpr Names<DomainType, 3> domain_types{{{"Authoritative", DomainType::authoritative},
                                             {"InternalRelay", DomainType::internal_relay},
                                             {"ExternalRelay", DomainType::external_relay}}};
constexpr Names<OnmicrosoftSenders, 2> onmicrosoft{
    {{"counted", OnmicrosoftSenders::counted}, {"exempt", OnmicrosoftSenders::exempt}}};
constexpr Names<PartnerAddressMatch, 2> address_match{
    {{"always", PartnerAddressMatch::always},
     {"only restricted", PartnerAddressMatch::only_restricted}}};
constexpr Names<ConnectorMatch, 2> connector_match{
    {{"any", ConnectorMatch::any}, {"all", ConnectorMatch::all}}};
constexpr Names<AssociatedDomains, 3> associated{{{"recipient", AssociatedDomains::recipient},
                                                  {"sender", AssociatedDomains::sender},
                                                  {"ignored", AssociatedDomains::ignored}}};

std::string read_switch(const Value& value, FileHead& head) {
  head.organization_config_known = true;
  RejectDirectSend& into = head.tenant.reject_direct_send;
  if (value.kind == Value::Kind::boolean) {
    into = value.boolean ? RejectDirectSend::on : RejectDirectSend::off;
  } else if (value.kind == Value::Kind::text && value.text == "never set") {
    into = RejectDirectSend::never_set;
  } else if (value.kind == Value::Kind::text && value.text == "unknown") {
    into = RejectDirectSend::unknown;
    head.organization_config_known = false;
  } else if (value.kind == Value::Kind::text && value.text == "not exported") {
    into = RejectDirectSend::unknown;
  } else {
    return "must be true, false, \"never set\", \"not exported\" or \"unknown\"";
  }
  return {};
}

std::optional<std::string> write_switch(const FileHead& head) {
  switch (head.tenant.reject_direct_send) {
    case RejectDirectSend::on:
      return "true";
    case RejectDirectSend::off:
      return "false";
    case RejectDirectSend::never_set:
      return toml_text("never set");
    case RejectDirectSend::unknown:
      break;
  }
  return toml_text(head.organization_config_known ? "not exported" : "unknown");
}

const Keys<FileHead>& head_keys() {
  static const Keys<FileHead> keys = {
      {"name", "text", "the default domain", "What reports call the tenant.",
       within(&FileHead::tenant, text(&policy::Tenant::name))},
      {"cloud", "worldwide, gcc, gcc-high, dod, china or none", "",
       "Which Microsoft cloud. GCC High and DoD lack RejectDirectSend; none is a mail system that "
       "is not Exchange Online (no limit on address blocks, IPv6 allowed).",
       within(&FileHead::tenant, choice(&policy::Tenant::cloud, policy::cloud_names))},
      {"reject_direct_send",
       "true, false, \"never set\", \"not exported\" or \"unknown\"",
       "",
       "Set-OrganizationConfig -RejectDirectSend. Null in Exchange is \"never set\"; \"not "
       "exported\" where the organisation's settings were read without it.",
       {read_switch, write_switch},
       true},
      {"inbound_connectors_known", "true or false", "",
       "Whether this file holds all inbound connectors. Without them, whether one matches is "
       "undetermined.",
       within(&FileHead::tenant, flag(&policy::Tenant::inbound_connectors_known))},
      {"exported_at", "time", "not known", "When the settings were read.",
       moment(&FileHead::exported_at)},
      {"assumed", "list", "",
       "What the export that this file was made from lacked, and what that was taken as, a "
       "sentence "
       "each: nobody is said to be safe before it was looked up. Write what it is, and take the "
       "sentence away.",
       texts(&FileHead::assumed)},
  };
  return keys;
}

}  // namespace

const Keys<policy::Choices>& choice_keys() {
  using policy::Choices;
  static const Keys<Choices> keys = {
      {"onmicrosoft_senders", "counted or exempt", "",
       "Whether MAIL FROM at the tenant's own onmicrosoft.com domain counts as an accepted domain. "
       "The documented rule says yes; one report says no.",
       choice(&Choices::onmicrosoft_senders, onmicrosoft)},
      {"partner_address_match", "always or only restricted", "",
       "Whether a Partner connector matches by address although RestrictDomainsToIPAddresses is "
       "off. Microsoft's pages disagree; many tenants rely on it.",
       choice(&Choices::partner_address_match, address_match)},
      {"connector_match", "any or all", "",
       "Whether a Partner connector with a certificate and addresses needs either or both.",
       choice(&Choices::connector_match, connector_match)},
      {"associated_domains", "recipient, sender or ignored", "",
       "What AssociatedAcceptedDomains limits.", choice(&Choices::associated_domains, associated)},
      {"acs_exempt", "true or false", "",
       "Whether Azure Communication Services are exempt (fixed by Microsoft between 2025-11 and "
       "2026-02).",
       flag(&Choices::acs_exempt)},
      {"onpremises_recipient_match", "true or false", "",
       "Whether an OnPremises connector also matches by recipient domain where the sender's is not "
       "accepted.",
       flag(&Choices::onpremises_recipient_match)},
  };
  return keys;
}

namespace {

const Keys<DomainEntry>& domain_keys() {
  static const Keys<DomainEntry> keys = {
      {"name", "domain", required, "The domain, in Unicode or ASCII form.",
       within(&DomainEntry::domain, settings_file::domain(&policy::AcceptedDomain::name))},
      {"type", "Authoritative, InternalRelay or ExternalRelay", "", "DomainType.",
       within(&DomainEntry::domain, choice(&policy::AcceptedDomain::type, domain_types))},
      {"match_subdomains", "true or false", "", "MatchSubDomains.",
       within(&DomainEntry::domain, flag(&policy::AcceptedDomain::match_subdomains))},
      {"default", "true or false", "", "The tenant's default domain.",
       within(&DomainEntry::domain, flag(&policy::AcceptedDomain::is_default))},
      {"mx", "list of host names", "not known",
       "The domain's MX hosts; [] where it has none, [\".\"] where it says that it takes no mail "
       "(RFC 7505).",
       answer(&DnsRecords::mx, read_hosts)},
      {"spf", "text or list", "not known", "TXT records at the domain; [] where there is none.",
       answer(&DnsRecords::spf, read_answer)},
      {"dmarc", "text or list", "not known", "TXT records at _dmarc; [] where there is none.",
       answer(&DnsRecords::dmarc, read_answer)},
      {"dkim", "text or list", "not known", "TXT records at the DKIM selectors.",
       answer(&DnsRecords::dkim, read_answer)},
      {"dkim_signing", "true or false", "not known", "Get-DkimSigningConfig's Enabled.",
       within(&DomainEntry::records, flag(&DnsRecords::dkim_signing_enabled))},
  };
  return keys;
}

// --- connectors: a key a property ---

std::string read_property(const Value& value, const ConnectorProperty& property,
                          policy::InboundConnector& into) {
  using Kind = ConnectorProperty::Kind;
  PropertyValue taken;
  std::string wrong;
  if (property.kind == Kind::flag) {
    wrong = settings_file::read_flag(value, taken.emplace<bool>());
  } else if (property.kind == Kind::list) {
    wrong = settings_file::read_texts(value, taken.emplace<std::vector<std::string>>());
  } else if (property.kind == Kind::time && value.kind == Value::Kind::time) {
    taken = value.text;
  } else {
    wrong = settings_file::read_text(value, taken.emplace<std::string>());
  }
  if (!wrong.empty()) return wrong;
  const auto set = property.set(taken, into);
  return set ? std::string{} : set.error().what;
}

std::optional<std::string> write_property(const ConnectorProperty& property,
                                          const policy::InboundConnector& from) {
  const PropertyValue value = property.get(from);
  if (const bool* flag = std::get_if<bool>(&value)) return settings_file::write_flag(*flag);
  if (const auto* list = std::get_if<std::vector<std::string>>(&value)) return toml_text(*list);
  const auto& written = std::get<std::string>(value);
  if (property.kind != ConnectorProperty::Kind::time) return toml_text(written);
  return written.empty() ? std::nullopt : std::optional(written);
}

const Keys<policy::InboundConnector>& connector_keys() {
  using C = policy::InboundConnector;
  static const Keys<C> keys = [] {
    Keys<C> out;
    for (const ConnectorProperty& property : connector_properties()) {
      const bool is_time = property.kind == ConnectorProperty::Kind::time;
      out.emplace_back(
          property.key, property.type,
          property.required ? required : std::string_view(is_time ? "not known" : ""),
          property.meaning,
          Access<C>{[&property](const Value& value, C& into) {
                      return read_property(value, property, into);
                    },
                    [&property](const C& from) { return write_property(property, from); }});
    }
    return out;
  }();
  return keys;
}

std::string read_setting(const Value& value, Setting& into) {
  if (value.kind == Value::Kind::text && value.text == "never set") {
    into = Setting::never_set;
    return {};
  }
  if (value.kind != Value::Kind::boolean) return "must be true, false or \"never set\"";
  into = value.boolean ? Setting::on : Setting::off;
  return {};
}

std::optional<std::string> write_setting(Setting setting) {
  if (setting == Setting::unknown) return std::nullopt;
  if (setting == Setting::never_set) return toml_text("never set");
  return settings_file::write_flag(setting == Setting::on);
}

const Keys<TransportConfig>& transport_config_keys() {
  using T = TransportConfig;
  static const Keys<T> keys = {
      {"smtp_client_authentication_disabled",
       "true, false or \"never set\"",
       "not known",
       "SmtpClientAuthenticationDisabled: SMTP AUTH off for the organisation.",
       {[](const Value& value, T& into) {
          return read_setting(value, into.smtp_client_authentication_disabled);
        },
        [](const T& from) { return write_setting(from.smtp_client_authentication_disabled); }}},
  };
  return keys;
}

struct RuleKey {
  std::string_view type;
  Access<TransportRule> access;
};
RuleKey key_of(bool TransportRule::*at) {
  return {"true or false", flag(at)};
}
RuleKey key_of(std::string TransportRule::*at) {
  return {"text", text(at)};
}
RuleKey key_of(std::vector<std::string> TransportRule::*at) {
  return {"list", texts(at)};
}
RuleKey key_of(std::optional<int> TransportRule::*at) {
  // An SCL, or a place among the rules.
  return {"number", at == &TransportRule::set_scl ? number(at, -1, 9) : number(at, 0, 99999)};
}

const Keys<TransportRule>& transport_rule_keys() {
  using R = TransportRule;
  static const Keys<R> keys = [] {
    Keys<R> out = {{"name", "text", required, "Name.", text(&R::name)}};
    for (const RuleProperty& property : rule_properties()) {
      RuleKey key = std::visit([](auto at) { return key_of(at); }, property.member);
      out.emplace_back(property.key, key.type, key.type == "number" ? "none" : "", property.meaning,
                       std::move(key.access));
    }
    out.emplace_back("other_conditions", "list", "",
                     "Exchange's names of conditions that it has besides: \"SentTo\".",
                     texts(&R::other_conditions));
    out.emplace_back("other_exceptions", "list", "",
                     "Exchange's names of exceptions that it has besides: \"ExceptIfFrom\".",
                     texts(&R::other_exceptions));
    out.emplace_back("not_exported", "list", "",
                     "Exchange's names of properties that the export lacked: what hangs on them is "
                     "not determined.",
                     texts(&R::not_exported));
    out.emplace_back("when_changed", "time", "not known", "WhenChanged.", moment(&R::when_changed));
    return out;
  }();
  return keys;
}

const Keys<ConnectionFilter>& connection_filter_keys() {
  using F = ConnectionFilter;
  static const Keys<F> keys = {
      {"name", "text", required, "Name.", text(&F::name)},
      {"ip_allow_list", "list", "not known", "IPAllowList; [] where it is empty.",
       texts(&F::ip_allow_list)},
      {"enable_safe_list", "true or false", "not known", "EnableSafeList.",
       flag(&F::enable_safe_list)},
  };
  return keys;
}

const Keys<ContentFilter>& content_filter_keys() {
  using F = ContentFilter;
  static const Keys<F> keys = {
      {"name", "text", required, "Name.", text(&F::name)},
      {"allowed_sender_domains", "list", "not known", "AllowedSenderDomains; [] where it is empty.",
       texts(&F::allowed_sender_domains)},
      {"allowed_senders", "list", "not known", "AllowedSenders; [] where it is empty.",
       texts(&F::allowed_senders)},
  };
  return keys;
}

}  // namespace

void placed(DomainEntry& entry, const Place& where) {
  entry.domain.where = where;
}
void placed(TransportRule& rule, const Place& where) {
  rule.origin = where;
}
void placed(ConnectionFilter& filter, const Place& where) {
  filter.origin = where;
}
void placed(ContentFilter& filter, const Place& where) {
  filter.origin = where;
}

const settings_file::Layout<TenantFile>& tenant_layout() {
  using F = TenantFile;
  static const settings_file::Layout<F> layout{
      "postern tenant keys describes the file",
      {settings_file::head<F>(
           "Before the first table.", head_keys(), [](auto& f) -> auto& { return f.head; }),
       settings_file::table<F>(
           "choices",
           "What Microsoft's documents leave open. Each verdict that hangs on one of these says "
           "so.",
           choice_keys(), [](auto& f) -> auto& { return f.head.tenant.choices; }),
       settings_file::tables<F>(
           "accepted_domain", "One for each accepted domain.", domain_keys(),
           [](auto& f) -> auto& { return f.accepted_domains; }),
       settings_file::tables<F>(
           "inbound_connector",
           "One for each inbound connector. The names are Exchange's, in lower case.",
           connector_keys(), [](auto& f) -> auto& { return f.head.tenant.inbound_connectors; }),
       settings_file::table<F>(
           "transport_config", "Get-TransportConfig, as far as the audit looks at it.",
           transport_config_keys(), [](auto& f) -> auto& { return f.transport_config; }),
       settings_file::tables<F>(
           "transport_rule", "Get-TransportRule, as far as the audit looks at it.",
           transport_rule_keys(), [](auto& f) -> auto& { return f.transport_rules; }),
       settings_file::tables<F>(
           "connection_filter", "Get-HostedConnectionFilterPolicy.", connection_filter_keys(),
           [](auto& f) -> auto& { return f.connection_filters; }),
       settings_file::tables<F>(
           "content_filter", "Get-HostedContentFilterPolicy.", content_filter_keys(),
           [](auto& f) -> auto& { return f.content_filters; })},
      nullptr};
  return layout;
}

std::vector<std::string> lines_of(const policy::InboundConnector& connector) {
  const std::string text = settings_file::write_keys(connector_keys(), connector);
  std::vector<std::string> out;
  for (const std::string_view line : split(text, '\n')) {
    if (!line.empty()) out.emplace_back(line);
  }
  return out;
}

}  // namespace postern::tenant
