#include "tenant/export_kinds.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "base/ascii.hpp"

namespace postern::tenant {
namespace {

struct KindName {
  std::string_view key;  // lower case letters only, without "get" and a plural's s
  Kind kind;
};
constexpr std::array<KindName, 23> kind_names{{
    {"organizationconfig", Kind::organization_config},
    {"orgconfig", Kind::organization_config},
    {"accepteddomain", Kind::accepted_domain},
    {"inboundconnector", Kind::inbound_connector},
    {"outboundconnector", Kind::outbound_connector},
    {"transportrule", Kind::transport_rule},
    {"mailflowrule", Kind::transport_rule},
    {"transportconfig", Kind::transport_config},
    {"hostedconnectionfilterpolicy", Kind::connection_filter},
    {"hostedconnectionfilterpolicie", Kind::connection_filter},
    {"connfilter", Kind::connection_filter},
    {"connectionfilter", Kind::connection_filter},
    {"hostedcontentfilterpolicy", Kind::content_filter},
    {"hostedcontentfilterpolicie", Kind::content_filter},
    {"contentfilter", Kind::content_filter},
    {"dkimsigningconfig", Kind::dkim_signing},
    {"dkimconfig", Kind::dkim_signing},
    {"spfrecord", Kind::spf_record},
    {"dkimrecord", Kind::dkim_record},
    {"dmarcrecord", Kind::dmarc_record},
    {"mxrecord", Kind::mx_record},
    {"dnsrecord", Kind::dns_answer},
    {"resolvednsname", Kind::dns_answer},
}};

// Microsoft365DSC's reports name each object's resource: "EXOInboundConnector".
Kind kind_of_resource(const Record& record) {
  const auto resource = record.find("ResourceName");
  std::string_view name;
  if (!resource || resource->get(name) != simdjson::SUCCESS || !name.starts_with("EXO")) {
    return Kind::unknown;
  }
  return kind_of_key(name.substr(3));
}

}  // namespace

Kind kind_of_key(std::string_view key) {
  std::string plain;
  for (const char c : key) {
    const char lower = ascii_lower(c);
    if (lower >= 'a' && lower <= 'z') plain += lower;
  }
  if (plain.starts_with("get")) plain.erase(0, 3);
  if (plain.ends_with('s') && plain != "dns") plain.pop_back();
  for (const KindName& name : kind_names) {
    if (plain == name.key) return name.kind;
  }
  return Kind::unknown;
}

Kind kind_of_file(const std::string& file) {
  const std::size_t slash = file.find_last_of("/\\");
  std::string stem = slash == std::string::npos ? file : file.substr(slash + 1);
  return kind_of_key(stem.substr(0, stem.find('.')));
}

Kind kind_of_object(const Record& r) {
  if (const Kind resource = kind_of_resource(r); resource != Kind::unknown) return resource;
  // Outbound connectors share ConnectorType with inbound ones, and have what only sending needs.
  if (!r.has("SenderDomains") &&
      (r.has("RecipientDomains") || r.has("SmartHosts") || r.has("UseMXRecord"))) {
    return Kind::outbound_connector;
  }
  if (r.has("SenderDomains") || (r.has("ConnectorType") && r.has("SenderIPAddresses"))) {
    return Kind::inbound_connector;
  }
  if (r.has("DomainName") && (r.has("DomainType") || r.has("MatchSubDomains"))) {
    return Kind::accepted_domain;
  }
  if (r.has("RejectDirectSend") || r.has("OAuth2ClientProfileEnabled") ||
      r.has("HybridConfigurationStatus") || r.has("CustomerLockboxEnabled")) {
    return Kind::organization_config;
  }
  if (r.has("SmtpClientAuthenticationDisabled") || r.has("TLSReceiveDomainSecureList")) {
    return Kind::transport_config;
  }
  if (r.has("FromScope") || (r.has("RuleVersion") && r.has("Conditions"))) {
    return Kind::transport_rule;
  }
  if (r.has("IPAllowList")) return Kind::connection_filter;
  if (r.has("AllowedSenderDomains")) return Kind::content_filter;
  if (r.has("Selector1CNAME")) return Kind::dkim_signing;
  if (r.has("NameExchange") || r.has("Strings")) return Kind::dns_answer;
  return Kind::unknown;
}

std::string_view cmdlet_of(Kind kind) noexcept {
  static constexpr std::array<std::pair<Kind, std::string_view>, 8> cmdlets{
      {{Kind::organization_config, "Get-OrganizationConfig"},
       {Kind::accepted_domain, "Get-AcceptedDomain"},
       {Kind::inbound_connector, "Get-InboundConnector"},
       {Kind::transport_rule, "Get-TransportRule"},
       {Kind::transport_config, "Get-TransportConfig"},
       {Kind::connection_filter, "Get-HostedConnectionFilterPolicy"},
       {Kind::content_filter, "Get-HostedContentFilterPolicy"},
       {Kind::dkim_signing, "Get-DkimSigningConfig"}}};
  for (const auto& [of, name] : cmdlets) {
    if (of == kind) return name;
  }
  return "DNS records";
}

bool may_be_none(Kind kind) noexcept {
  switch (kind) {
    case Kind::inbound_connector:
    case Kind::outbound_connector:
    case Kind::transport_rule:
    case Kind::dkim_signing:
      return true;
    default:
      return false;
  }
}

}  // namespace postern::tenant
