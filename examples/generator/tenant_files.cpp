// The tenant as Exchange's cmdlets show it through ConvertTo-Json.
#include <cstddef>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "mail.hpp"

namespace postern::example {
namespace {

std::string accepted_domain(const char* name, bool is_default, bool match, const char* type) {
  return fmt::format(R"(  {{
    "DomainName": "{0}",
    "CatchAllRecipientID": null,
    "DomainType": "{3}",
    "MatchSubDomains": {2},
    "AddressBookEnabled": true,
    "Default": {1},
    "EmailOnly": false,
    "OutboundOnly": false,
    "SendingFromDomainDisabled": false,
    "InitialDomain": {4},
    "Name": "{0}",
    "Identity": "{0}",
    "WhenChangedUTC": "2025-11-04T09:12:44Z"
  }})",
                     name, is_default, match, type, std::string(name) == "contoso.onmicrosoft.com");
}

struct Connector {
  const char* name;
  const char* type;
  bool enabled;
  const char* sender_domains;
  const char* addresses;
  const char* certificate;
  bool require_tls;
  const char* comment;
};

std::string inbound_connector(const Connector& c) {
  return fmt::format(R"(  {{
    "Enabled": {2},
    "ConnectorType": "{1}",
    "ConnectorSource": "AdminUI",
    "Comment": "{7}",
    "SenderIPAddresses": [{4}],
    "SenderDomains": [{3}],
    "TrustedOrganizations": [],
    "ClientHostNames": [],
    "AssociatedAcceptedDomains": [],
    "RequireTls": {6},
    "RestrictDomainsToIPAddresses": false,
    "RestrictDomainsToCertificate": false,
    "CloudServicesMailEnabled": {8},
    "TreatMessagesAsInternal": false,
    "TlsSenderCertificateName": {5},
    "EFTestMode": false,
    "EFSkipLastIP": false,
    "EFSkipIPs": [],
    "EFUsers": [],
    "Name": "{0}",
    "Identity": "{0}",
    "WhenChangedUTC": "2026-03-18T14:02:10Z",
    "WhenCreatedUTC": "2025-02-11T08:40:00Z"
  }})",
                     c.name, c.type, c.enabled, c.sender_domains, c.addresses, c.certificate,
                     c.require_tls, c.comment, std::string(c.type) == "OnPremises");
}

std::string mx(const char* name, const char* host) {
  return fmt::format(
      R"(  {{"Name": "{}", "Type": 15, "TTL": 3600, "Section": 1, "Preference": 10, "NameExchange": "{}"}})",
      name, host);
}

std::string txt(const char* name, const char* text) {
  return fmt::format(
      R"(  {{"Name": "{}", "Type": 16, "TTL": 3600, "Section": 1, "Strings": ["{}"]}})", name,
      text);
}

std::string array(const std::vector<std::string>& items) {
  std::string out = "[\n";
  for (std::size_t i = 0; i < items.size(); ++i)
    out += items[i] + (i + 1 < items.size() ? ",\n" : "\n");
  return out + "]\n";
}

}  // namespace

void write_tenant(const std::string& folder) {
  write_file(folder + "/OrganizationConfig.json", R"({
  "Name": "contoso.onmicrosoft.com",
  "DisplayName": "Contoso",
  "AuditDisabled": false,
  "CustomerLockboxEnabled": true,
  "OAuth2ClientProfileEnabled": true,
  "RejectDirectSend": null,
  "SendFromAliasEnabled": false,
  "WhenChangedUTC": "2026-09-02T06:10:31Z"
}
)");
  write_file(
      folder + "/AcceptedDomain.json",
      array({accepted_domain("contoso.com", true, false, "Authoritative"),
             accepted_domain("fabrikam.com", false, true, "InternalRelay"),
             accepted_domain("adatum.com", false, false, "Authoritative"),
             accepted_domain("contoso.onmicrosoft.com", false, false, "Authoritative"),
             accepted_domain("contoso.mail.onmicrosoft.com", false, false, "Authoritative")}));
  write_file(
      folder + "/InboundConnector.json",
      array({inbound_connector({"Inbound from on-premises", "OnPremises", true, R"("smtp:*;1")", "",
                                R"("*.contoso.com")", true, "hybrid"}),
             inbound_connector({"Newsletter", "Partner", true, R"("smtp:fabrikam.com;1")",
                                R"("198.51.100.64/26")", "null", true, "monthly newsletter"}),
             inbound_connector({"Help desk", "Partner", true, R"("smtp:mail.helpdesk.example;1")",
                                "", "null", true, "believed to let the help desk in"}),
             inbound_connector({"Old scanner relay", "OnPremises", false, R"("smtp:*;1")",
                                R"("203.0.113.10")", "null", false, "switched off in spring"})}));
  write_file(folder + "/TransportRule.json", R"([
  {
    "Name": "Mark external mail",
    "State": "Enabled",
    "Mode": "Enforce",
    "Priority": 0,
    "FromScope": "NotInOrganization",
    "SenderDomainIs": null,
    "SenderIpRanges": null,
    "From": null,
    "FromAddressContainsWords": null,
    "FromAddressMatchesPatterns": null,
    "HeaderContainsMessageHeader": null,
    "ExceptIfHeaderContainsMessageHeader": null,
    "ExceptIfHeaderContainsWords": null,
    "DeleteMessage": false,
    "RejectMessageReasonText": null,
    "PrependSubject": "[External] ",
    "SetSCL": null,
    "Quarantine": false
  },
  {
    "Name": "Let the scanners through",
    "State": "Enabled",
    "Mode": "Enforce",
    "Priority": 1,
    "FromScope": null,
    "SenderDomainIs": ["contoso.com"],
    "SenderIpRanges": null,
    "From": null,
    "FromAddressContainsWords": null,
    "FromAddressMatchesPatterns": null,
    "HeaderContainsMessageHeader": null,
    "ExceptIfHeaderContainsMessageHeader": null,
    "ExceptIfHeaderContainsWords": null,
    "DeleteMessage": false,
    "RejectMessageReasonText": null,
    "SetSCL": -1,
    "Quarantine": false
  }
]
)");
  write_file(folder + "/TransportConfig.json", R"({
  "Name": "Transport Settings",
  "TLSReceiveDomainSecureList": [],
  "SmtpClientAuthenticationDisabled": false,
  "ExternalPostmasterAddress": null
}
)");
  write_file(folder + "/HostedConnectionFilterPolicy.json", R"({
  "Name": "Default",
  "IsDefault": true,
  "IPAllowList": ["203.0.113.25"],
  "IPBlockList": [],
  "EnableSafeList": false
}
)");
  write_file(folder + "/HostedContentFilterPolicy.json", R"([
  {
    "Name": "Default",
    "IsDefault": true,
    "AllowedSenders": [],
    "AllowedSenderDomains": [],
    "SpamAction": "MoveToJmf"
  }
]
)");
  write_file(folder + "/DkimSigningConfig.json", R"([
  {"Domain": "contoso.com", "Enabled": true, "Status": "Valid", "Selector1CNAME": "selector1-contoso-com._domainkey.contoso.onmicrosoft.com"},
  {"Domain": "fabrikam.com", "Enabled": true, "Status": "Valid", "Selector1CNAME": "selector1-fabrikam-com._domainkey.contoso.onmicrosoft.com"},
  {"Domain": "adatum.com", "Enabled": false, "Status": "CnameMissing", "Selector1CNAME": "selector1-adatum-com._domainkey.contoso.onmicrosoft.com"}
]
)");
  write_file(
      folder + "/DnsRecords.json",
      array({mx("contoso.com", "contoso-com.mail.protection.outlook.com"),
             mx("fabrikam.com", "fabrikam-com.mail.protection.outlook.com"),
             mx("adatum.com", "mx1.gateway.example"),
             txt("contoso.com",
                 "v=spf1 ip4:203.0.113.25 include:spf.crm.example "
                 "include:spf.protection.outlook.com -all"),
             txt("fabrikam.com",
                 "v=spf1 include:spf.newsletter.example include:spf.protection.outlook.com ~all"),
             txt("adatum.com", "v=spf1 include:spf.protection.outlook.com ?all"),
             txt("_dmarc.contoso.com", "v=DMARC1; p=none; rua=mailto:dmarc@contoso.com"),
             txt("_dmarc.fabrikam.com", "v=DMARC1; p=reject; rua=mailto:dmarc@contoso.com"),
             txt("_dmarc.adatum.com", "v=DMARC1; p=quarantine; pct=20")}));
}

}  // namespace postern::example
