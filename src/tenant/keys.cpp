#include "tenant/keys.hpp"

#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/domain.hpp"

namespace postern::tenant {
namespace {

using Kind = TomlValue::Kind;
using Text = std::optional<std::string>;

// --- reading ---

std::string read_bool(const TomlValue& value, bool& into) {
  if (value.kind != Kind::boolean) return "must be true or false";
  into = value.boolean;
  return {};
}
std::string read_bool(const TomlValue& value, std::optional<bool>& into) {
  bool plain = false;
  std::string wrong = read_bool(value, plain);
  if (wrong.empty()) into = plain;
  return wrong;
}
std::string read_text(const TomlValue& value, std::string& into) {
  if (value.kind != Kind::text) return "must be text in quotes";
  into = value.text;
  return {};
}
std::string read_list(const TomlValue& value, std::vector<std::string>& into) {
  if (value.kind != Kind::list) return "must be a list of texts";
  into = value.list;
  return {};
}
std::string read_domain(const std::string& text, std::string& into) {
  auto domain = normalise_domain(text);
  if (!domain) return domain.error().what;
  into = std::move(*domain);
  return {};
}
std::string read_answer(const TomlValue& value, DnsAnswer& into) {
  into.asked = true;
  into.origin = {value.where, ""};
  if (value.kind == Kind::text) {
    into.values = {value.text};
    return {};
  }
  return read_list(value, into.values);
}

template <class E, std::size_t N>
std::string read_choice(const TomlValue& value, E& into,
                        const std::array<std::pair<std::string_view, E>, N>& names) {
  std::string known;
  for (const auto& [name, meaning] : names) {
    if (value.kind == Kind::text && value.text == name) {
      into = meaning;
      return {};
    }
    known += fmt::format("{}\"{}\"", known.empty() ? "" : ", ", name);
  }
  return "must be one of " + known;
}

// --- writing ---

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
          out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
          out += c;
        }
    }
  }
  return out + '"';
}
std::string quoted_list(const std::vector<std::string>& items) {
  std::string out = "[";
  for (const std::string& item : items)
    out += (out.size() > 1 ? ", " : "") + quoted(item);
  return out + ']';
}
Text text_unless_empty(const std::string& text) {
  return text.empty() ? Text{} : quoted(text);
}
Text list_unless_empty(const std::vector<std::string>& items) {
  return items.empty() ? Text{} : quoted_list(items);
}
Text bool_unless(bool value, bool usual) {
  return value == usual ? Text{} : Text(value ? "true" : "false");
}
Text bool_if_known(std::optional<bool> value) {
  return value ? Text(*value ? "true" : "false") : Text{};
}
Text answer_if_asked(const DnsAnswer& answer) {
  return answer.asked ? Text(quoted_list(answer.values)) : Text{};
}

// --- named values ---

using policy::AssociatedDomains;
using policy::Cloud;
using policy::ConnectorMatch;
using policy::ConnectorType;
using policy::DomainType;
using policy::OnmicrosoftSenders;
using policy::PartnerAddressMatch;
using policy::RejectDirectSend;

template <class E, std::size_t N>
using Names = std::array<std::pair<std::string_view, E>, N>;

constexpr Names<Cloud, 6> clouds{{{"worldwide", Cloud::worldwide},
                                  {"gcc", Cloud::gcc},
                                  {"gcc-high", Cloud::gcc_high},
                                  {"dod", Cloud::dod},
                                  {"china", Cloud::china},
                                  {"none", Cloud::none}}};
constexpr Names<DomainType, 3> domain_types{{{"Authoritative", DomainType::authoritative},
                                             {"InternalRelay", DomainType::internal_relay},
                                             {"ExternalRelay", DomainType::external_relay}}};
constexpr Names<ConnectorType, 2> connector_types{
    {{"Partner", ConnectorType::partner}, {"OnPremises", ConnectorType::on_premises}}};
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

template <class E, std::size_t N>
Text named_unless(E value, E usual, const Names<E, N>& names) {
  if (value == usual) return {};
  for (const auto& [name, meaning] : names) {
    if (meaning == value) return quoted(name);
  }
  return {};
}

std::string read_switch(const TomlValue& value, FileHead& head) {
  head.organization_config_known = true;
  RejectDirectSend& into = head.tenant.reject_direct_send;
  if (value.kind == Kind::boolean) {
    into = value.boolean ? RejectDirectSend::on : RejectDirectSend::off;
  } else if (value.kind == Kind::text && value.text == "never set") {
    into = RejectDirectSend::never_set;
  } else if (value.kind == Kind::text && value.text == "unknown") {
    into = RejectDirectSend::unknown;
    head.organization_config_known = false;
  } else {
    return "must be true, false, \"never set\" or \"unknown\"";
  }
  return {};
}

Text write_switch(const FileHead& head) {
  switch (head.tenant.reject_direct_send) {
    case RejectDirectSend::on:
      return "true";
    case RejectDirectSend::off:
      return "false";
    case RejectDirectSend::never_set:
      return quoted("never set");
    case RejectDirectSend::unknown:
      break;
  }
  return quoted("unknown");
}

std::string read_time(const TomlValue& value, std::optional<UnixTime>& into) {
  if (value.kind == Kind::text || value.kind == Kind::time) into = parse_time(value.text);
  return into ? std::string{} : "must be a time like 2026-10-01T08:00:00Z";
}
Text write_time(const std::optional<UnixTime>& time) {
  return time ? Text(format_time(*time)) : Text{};
}

}  // namespace

const std::vector<Key<FileHead>>& head_keys() {
  static const std::vector<Key<FileHead>> keys = {
      {"name", "text", "the default domain", "What reports call the tenant.",
       [](const TomlValue& v, FileHead& h) { return read_text(v, h.tenant.name); },
       [](const FileHead& h) { return text_unless_empty(h.tenant.name); }},
      {"cloud", "worldwide, gcc, gcc-high, dod, china or none", "worldwide",
       "Which Microsoft cloud. GCC High and DoD lack RejectDirectSend; none is a mail system that "
       "is not Exchange Online (no limit on address blocks, IPv6 allowed).",
       [](const TomlValue& v, FileHead& h) { return read_choice(v, h.tenant.cloud, clouds); },
       [](const FileHead& h) { return named_unless(h.tenant.cloud, Cloud::worldwide, clouds); }},
      {"reject_direct_send", "true, false, \"never set\" or \"unknown\"", "\"unknown\"",
       "Set-OrganizationConfig -RejectDirectSend. Null in Exchange is \"never set\".", read_switch,
       write_switch},
      {"inbound_connectors_known", "true or false", "true",
       "Whether this file holds all inbound connectors. Without them, whether one matches is "
       "undetermined.",
       [](const TomlValue& v, FileHead& h) {
         return read_bool(v, h.tenant.inbound_connectors_known);
       },
       [](const FileHead& h) { return bool_unless(h.tenant.inbound_connectors_known, true); }},
      {"exported_at", "time", "not known", "When the settings were read.",
       [](const TomlValue& v, FileHead& h) { return read_time(v, h.exported_at); },
       [](const FileHead& h) { return write_time(h.exported_at); }},
  };
  return keys;
}

const std::vector<Key<policy::Choices>>& choice_keys() {
  using policy::Choices;
  static const std::vector<Key<Choices>> keys = {
      {"onmicrosoft_senders", "counted or exempt", "counted",
       "Whether MAIL FROM at the tenant's own onmicrosoft.com domain counts as an accepted domain. "
       "The documented rule says yes; one report says no.",
       [](const TomlValue& v, Choices& c) {
         return read_choice(v, c.onmicrosoft_senders, onmicrosoft);
       },
       [](const Choices& c) {
         return named_unless(c.onmicrosoft_senders, OnmicrosoftSenders::counted, onmicrosoft);
       }},
      {"partner_address_match", "always or only restricted", "always",
       "Whether a Partner connector matches by address although RestrictDomainsToIPAddresses is "
       "off. Microsoft's pages disagree; many tenants rely on it.",
       [](const TomlValue& v, Choices& c) {
         return read_choice(v, c.partner_address_match, address_match);
       },
       [](const Choices& c) {
         return named_unless(c.partner_address_match, PartnerAddressMatch::always, address_match);
       }},
      {"connector_match", "any or all", "any",
       "Whether a Partner connector with a certificate and addresses needs either or both.",
       [](const TomlValue& v, Choices& c) {
         return read_choice(v, c.connector_match, connector_match);
       },
       [](const Choices& c) {
         return named_unless(c.connector_match, ConnectorMatch::any, connector_match);
       }},
      {"associated_domains", "recipient, sender or ignored", "recipient",
       "What AssociatedAcceptedDomains limits.",
       [](const TomlValue& v, Choices& c) {
         return read_choice(v, c.associated_domains, associated);
       },
       [](const Choices& c) {
         return named_unless(c.associated_domains, AssociatedDomains::recipient, associated);
       }},
      {"acs_exempt", "true or false", "true",
       "Whether Azure Communication Services are exempt (fixed by Microsoft between 2025-11 and "
       "2026-02).",
       [](const TomlValue& v, Choices& c) { return read_bool(v, c.acs_exempt); },
       [](const Choices& c) { return bool_unless(c.acs_exempt, true); }},
      {"onpremises_recipient_match", "true or false", "true",
       "Whether an OnPremises connector also matches by recipient domain where the sender's is not "
       "accepted.",
       [](const TomlValue& v, Choices& c) { return read_bool(v, c.onpremises_recipient_match); },
       [](const Choices& c) { return bool_unless(c.onpremises_recipient_match, true); }},
  };
  return keys;
}

const std::vector<Key<DomainEntry>>& domain_keys() {
  static const std::vector<Key<DomainEntry>> keys = {
      {"name", "domain", "required", "The domain, in Unicode or ASCII form.",
       [](const TomlValue& v, DomainEntry& d) {
         std::string wrong = read_text(v, d.domain.name);
         return wrong.empty() ? read_domain(v.text, d.domain.name) : wrong;
       },
       [](const DomainEntry& d) { return Text(quoted(d.domain.name)); }},
      {"type", "Authoritative, InternalRelay or ExternalRelay", "Authoritative", "DomainType.",
       [](const TomlValue& v, DomainEntry& d) {
         return read_choice(v, d.domain.type, domain_types);
       },
       [](const DomainEntry& d) {
         return named_unless(d.domain.type, DomainType::authoritative, domain_types);
       }},
      {"match_subdomains", "true or false", "false", "MatchSubDomains.",
       [](const TomlValue& v, DomainEntry& d) { return read_bool(v, d.domain.match_subdomains); },
       [](const DomainEntry& d) { return bool_unless(d.domain.match_subdomains, false); }},
      {"default", "true or false", "false", "The tenant's default domain.",
       [](const TomlValue& v, DomainEntry& d) { return read_bool(v, d.domain.is_default); },
       [](const DomainEntry& d) { return bool_unless(d.domain.is_default, false); }},
      {"mx", "list of host names", "not known", "The domain's MX hosts; [] where it has none.",
       [](const TomlValue& v, DomainEntry& d) {
         d.has_records = true;
         std::string wrong = read_answer(v, d.records.mx);
         for (std::string& host : d.records.mx.values) {
           if (wrong.empty()) wrong = read_domain(std::string(host), host);
         }
         return wrong;
       },
       [](const DomainEntry& d) { return answer_if_asked(d.records.mx); }},
      {"spf", "text or list", "not known", "TXT records at the domain; [] where there is none.",
       [](const TomlValue& v, DomainEntry& d) {
         d.has_records = true;
         return read_answer(v, d.records.spf);
       },
       [](const DomainEntry& d) { return answer_if_asked(d.records.spf); }},
      {"dmarc", "text or list", "not known", "TXT records at _dmarc; [] where there is none.",
       [](const TomlValue& v, DomainEntry& d) {
         d.has_records = true;
         return read_answer(v, d.records.dmarc);
       },
       [](const DomainEntry& d) { return answer_if_asked(d.records.dmarc); }},
      {"dkim", "text or list", "not known", "TXT records at the DKIM selectors.",
       [](const TomlValue& v, DomainEntry& d) {
         d.has_records = true;
         return read_answer(v, d.records.dkim);
       },
       [](const DomainEntry& d) { return answer_if_asked(d.records.dkim); }},
      {"dkim_signing", "true or false", "not known", "Get-DkimSigningConfig's Enabled.",
       [](const TomlValue& v, DomainEntry& d) {
         d.has_records = true;
         return read_bool(v, d.records.dkim_signing_enabled);
       },
       [](const DomainEntry& d) { return bool_if_known(d.records.dkim_signing_enabled); }},
  };
  return keys;
}

const std::vector<Key<policy::InboundConnector>>& connector_keys() {
  using C = policy::InboundConnector;
  static const std::vector<Key<C>> keys = {
      {"name", "text", "required", "Name.",
       [](const TomlValue& v, C& c) { return read_text(v, c.name); },
       [](const C& c) { return Text(quoted(c.name)); }},
      {"type", "Partner or OnPremises", "required", "ConnectorType.",
       [](const TomlValue& v, C& c) { return read_choice(v, c.type, connector_types); },
       [](const C& c) { return Text(quoted(policy::name_of(c.type))); }},
      {"enabled", "true or false", "true", "Enabled.",
       [](const TomlValue& v, C& c) { return read_bool(v, c.enabled); },
       [](const C& c) { return bool_unless(c.enabled, true); }},
      {"sender_domains", "list", "[]",
       "SenderDomains: \"*\", \"contoso.com\", \"*.contoso.com\"; a cost may follow: "
       "\"smtp:contoso.com;5\".",
       [](const TomlValue& v, C& c) {
         std::vector<std::string> texts;
         if (auto wrong = read_list(v, texts); !wrong.empty()) return wrong;
         for (const std::string& text : texts) {
           auto sender = policy::parse_sender_domain(text);
           if (!sender) return sender.error().what;
           c.sender_domains.push_back(std::move(*sender));
         }
         return std::string{};
       },
       [](const C& c) {
         std::vector<std::string> texts;
         for (const auto& sender : c.sender_domains) {
           texts.push_back(sender.cost == 1
                               ? sender.text()
                               : fmt::format("smtp:{};{}", sender.text(), sender.cost));
         }
         return list_unless_empty(texts);
       }},
      {"sender_ip_addresses", "list", "[]", "SenderIPAddresses: IPv4, /24 to /32.",
       [](const TomlValue& v, C& c) {
         std::vector<std::string> texts;
         if (auto wrong = read_list(v, texts); !wrong.empty()) return wrong;
         for (const std::string& text : texts) {
           const auto prefix = Prefix::parse(text);
           if (!prefix) return prefix.error().what;
           c.sender_ip_addresses.push_back(*prefix);
         }
         return std::string{};
       },
       [](const C& c) {
         std::vector<std::string> texts;
         for (const Prefix& prefix : c.sender_ip_addresses)
           texts.push_back(prefix.text());
         return list_unless_empty(texts);
       }},
      {"tls_sender_certificate_name", "text", "none", "TlsSenderCertificateName.",
       [](const TomlValue& v, C& c) {
         if (v.kind != Kind::text) return std::string("must be text in quotes");
         auto name = policy::parse_certificate_name(v.text);
         if (!name) return name.error().what;
         c.tls_sender_certificate_name = std::move(*name);
         return std::string{};
       },
       [](const C& c) { return text_unless_empty(c.tls_sender_certificate_name); }},
      {"require_tls", "true or false", "false",
       "RequireTls. Exchange's own default for a new Partner connector is true; say it.",
       [](const TomlValue& v, C& c) { return read_bool(v, c.require_tls); },
       [](const C& c) { return bool_unless(c.require_tls, false); }},
      {"restrict_domains_to_ip_addresses", "true or false", "false",
       "RestrictDomainsToIPAddresses.",
       [](const TomlValue& v, C& c) { return read_bool(v, c.restrict_domains_to_ip_addresses); },
       [](const C& c) { return bool_unless(c.restrict_domains_to_ip_addresses, false); }},
      {"restrict_domains_to_certificate", "true or false", "false", "RestrictDomainsToCertificate.",
       [](const TomlValue& v, C& c) { return read_bool(v, c.restrict_domains_to_certificate); },
       [](const C& c) { return bool_unless(c.restrict_domains_to_certificate, false); }},
      {"associated_accepted_domains", "list of domains", "[]", "AssociatedAcceptedDomains.",
       [](const TomlValue& v, C& c) {
         std::string wrong = read_list(v, c.associated_accepted_domains);
         for (std::string& domain : c.associated_accepted_domains) {
           if (wrong.empty()) wrong = read_domain(std::string(domain), domain);
         }
         return wrong;
       },
       [](const C& c) { return list_unless_empty(c.associated_accepted_domains); }},
      {"cloud_services_mail_enabled", "true or false", "false",
       "CloudServicesMailEnabled; no effect on attribution.",
       [](const TomlValue& v, C& c) { return read_bool(v, c.cloud_services_mail_enabled); },
       [](const C& c) { return bool_unless(c.cloud_services_mail_enabled, false); }},
      {"treat_messages_as_internal", "true or false", "false",
       "TreatMessagesAsInternal; no effect on attribution.",
       [](const TomlValue& v, C& c) { return read_bool(v, c.treat_messages_as_internal); },
       [](const C& c) { return bool_unless(c.treat_messages_as_internal, false); }},
      {"trusted_organizations", "list", "[]", "TrustedOrganizations; no effect on attribution.",
       [](const TomlValue& v, C& c) { return read_list(v, c.trusted_organizations); },
       [](const C& c) { return list_unless_empty(c.trusted_organizations); }},
      {"ef_skip_ips", "list", "[]", "EFSkipIPs; no effect on attribution.",
       [](const TomlValue& v, C& c) { return read_list(v, c.ef_skip_ips); },
       [](const C& c) { return list_unless_empty(c.ef_skip_ips); }},
      {"ef_skip_last_ip", "true or false", "false", "EFSkipLastIP; no effect on attribution.",
       [](const TomlValue& v, C& c) { return read_bool(v, c.ef_skip_last_ip); },
       [](const C& c) { return bool_unless(c.ef_skip_last_ip, false); }},
      {"comment", "text", "none", "Comment.",
       [](const TomlValue& v, C& c) { return read_text(v, c.comment); },
       [](const C& c) { return text_unless_empty(c.comment); }},
      {"when_changed", "time", "not known",
       "WhenChangedUTC. Evidence older than this does not tell what the connector would have "
       "matched.",
       [](const TomlValue& v, C& c) { return read_time(v, c.when_changed); },
       [](const C& c) { return write_time(c.when_changed); }},
  };
  return keys;
}

const std::vector<Key<TransportConfig>>& transport_config_keys() {
  static const std::vector<Key<TransportConfig>> keys = {
      {"smtp_client_authentication_disabled", "true or false", "not known",
       "SmtpClientAuthenticationDisabled: SMTP AUTH off for the organisation.",
       [](const TomlValue& v, TransportConfig& t) {
         return read_bool(v, t.smtp_client_authentication_disabled);
       },
       [](const TransportConfig& t) {
         return bool_if_known(t.smtp_client_authentication_disabled);
       }},
  };
  return keys;
}

const std::vector<Key<TransportRule>>& transport_rule_keys() {
  using R = TransportRule;
  static const std::vector<Key<R>> keys = {
      {"name", "text", "required", "Name.",
       [](const TomlValue& v, R& r) { return read_text(v, r.name); },
       [](const R& r) { return Text(quoted(r.name)); }},
      {"enabled", "true or false", "true", "State.",
       [](const TomlValue& v, R& r) { return read_bool(v, r.enabled); },
       [](const R& r) { return bool_unless(r.enabled, true); }},
      {"enforced", "true or false", "true", "Mode is Enforce.",
       [](const TomlValue& v, R& r) { return read_bool(v, r.enforced); },
       [](const R& r) { return bool_unless(r.enforced, true); }},
      {"sender_domain_is", "list", "[]", "SenderDomainIs.",
       [](const TomlValue& v, R& r) { return read_list(v, r.sender_domain_is); },
       [](const R& r) { return list_unless_empty(r.sender_domain_is); }},
      {"from", "list", "[]", "From.", [](const TomlValue& v, R& r) { return read_list(v, r.from); },
       [](const R& r) { return list_unless_empty(r.from); }},
      {"from_address_contains_words", "list", "[]", "FromAddressContainsWords.",
       [](const TomlValue& v, R& r) { return read_list(v, r.from_address_contains_words); },
       [](const R& r) { return list_unless_empty(r.from_address_contains_words); }},
      {"from_address_matches_patterns", "list", "[]", "FromAddressMatchesPatterns.",
       [](const TomlValue& v, R& r) { return read_list(v, r.from_address_matches_patterns); },
       [](const R& r) { return list_unless_empty(r.from_address_matches_patterns); }},
      {"sender_ip_ranges", "list", "[]", "SenderIpRanges.",
       [](const TomlValue& v, R& r) { return read_list(v, r.sender_ip_ranges); },
       [](const R& r) { return list_unless_empty(r.sender_ip_ranges); }},
      {"header_contains_message_header", "text", "none", "HeaderContainsMessageHeader.",
       [](const TomlValue& v, R& r) { return read_text(v, r.header_contains_message_header); },
       [](const R& r) { return text_unless_empty(r.header_contains_message_header); }},
      {"except_if_header", "text", "none", "ExceptIfHeaderContainsMessageHeader.",
       [](const TomlValue& v, R& r) { return read_text(v, r.except_if_header); },
       [](const R& r) { return text_unless_empty(r.except_if_header); }},
      {"from_scope", "text", "none", "FromScope.",
       [](const TomlValue& v, R& r) { return read_text(v, r.from_scope); },
       [](const R& r) { return text_unless_empty(r.from_scope); }},
      {"set_scl", "number", "none", "SetSCL; -1 skips spam filtering.",
       [](const TomlValue& v, R& r) {
         if (v.kind != Kind::integer || v.integer < -1 || v.integer > 9) {
           return std::string("must be a number from -1 to 9");
         }
         r.set_scl = static_cast<int>(v.integer);
         return std::string{};
       },
       [](const R& r) { return r.set_scl ? Text(std::to_string(*r.set_scl)) : Text{}; }},
      {"quarantine", "true or false", "false", "Quarantine.",
       [](const TomlValue& v, R& r) { return read_bool(v, r.quarantine); },
       [](const R& r) { return bool_unless(r.quarantine, false); }},
      {"delete_message", "true or false", "false", "DeleteMessage.",
       [](const TomlValue& v, R& r) { return read_bool(v, r.delete_message); },
       [](const R& r) { return bool_unless(r.delete_message, false); }},
      {"rejects", "true or false", "false", "Whether the rule rejects with a reason.",
       [](const TomlValue& v, R& r) { return read_bool(v, r.rejects); },
       [](const R& r) { return bool_unless(r.rejects, false); }},
      {"set_header_name", "text", "none", "SetHeaderName.",
       [](const TomlValue& v, R& r) { return read_text(v, r.set_header_name); },
       [](const R& r) { return text_unless_empty(r.set_header_name); }},
      {"set_header_value", "text", "none", "SetHeaderValue.",
       [](const TomlValue& v, R& r) { return read_text(v, r.set_header_value); },
       [](const R& r) { return text_unless_empty(r.set_header_value); }},
  };
  return keys;
}

const std::vector<Key<ConnectionFilter>>& connection_filter_keys() {
  using F = ConnectionFilter;
  static const std::vector<Key<F>> keys = {
      {"name", "text", "required", "Name.",
       [](const TomlValue& v, F& f) { return read_text(v, f.name); },
       [](const F& f) { return Text(quoted(f.name)); }},
      {"ip_allow_list", "list", "[]", "IPAllowList.",
       [](const TomlValue& v, F& f) { return read_list(v, f.ip_allow_list); },
       [](const F& f) { return list_unless_empty(f.ip_allow_list); }},
      {"enable_safe_list", "true or false", "not known", "EnableSafeList.",
       [](const TomlValue& v, F& f) { return read_bool(v, f.enable_safe_list); },
       [](const F& f) { return bool_if_known(f.enable_safe_list); }},
  };
  return keys;
}

const std::vector<Key<ContentFilter>>& content_filter_keys() {
  using F = ContentFilter;
  static const std::vector<Key<F>> keys = {
      {"name", "text", "required", "Name.",
       [](const TomlValue& v, F& f) { return read_text(v, f.name); },
       [](const F& f) { return Text(quoted(f.name)); }},
      {"allowed_sender_domains", "list", "[]", "AllowedSenderDomains.",
       [](const TomlValue& v, F& f) { return read_list(v, f.allowed_sender_domains); },
       [](const F& f) { return list_unless_empty(f.allowed_sender_domains); }},
      {"allowed_senders", "list", "[]", "AllowedSenders.",
       [](const TomlValue& v, F& f) { return read_list(v, f.allowed_senders); },
       [](const F& f) { return list_unless_empty(f.allowed_senders); }},
  };
  return keys;
}

}  // namespace postern::tenant
