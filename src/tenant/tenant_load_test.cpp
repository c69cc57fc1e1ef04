#include <fstream>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "base/testing/reading.hpp"
#include "settings_file/testing/keys.hpp"
#include "tenant/keys.hpp"
#include "tenant/load.hpp"
#include "tenant/tenant_list.hpp"
#include "tenant/write.hpp"

namespace postern::tenant {
namespace {

using policy::RejectDirectSend;

std::string fault(std::string_view text, const std::string& name = "x.json") {
  const auto read = parse(text, name);
  return read ? "none" : read.error().line();
}

RejectDirectSend switch_in(const std::string& json) {
  const auto read = parse(json, "org.json");
  EXPECT_TRUE(read) << read.error().line();
  return read ? read->tenant.reject_direct_send : RejectDirectSend::unknown;
}

TEST(Switch, HasFourStatesThatAreNeverConfused) {
  EXPECT_EQ(switch_in(R"({"Name":"c","RejectDirectSend":true})"), RejectDirectSend::on);
  EXPECT_EQ(switch_in(R"({"Name":"c","RejectDirectSend":"False"})"), RejectDirectSend::off);
  EXPECT_EQ(switch_in(R"([{"Name":"c","RejectDirectSend":null}])"), RejectDirectSend::never_set);
  EXPECT_EQ(switch_in(R"({"Name":"c","CustomerLockboxEnabled":true})"), RejectDirectSend::unknown);
  EXPECT_EQ(
      fault(R"({"RejectDirectSend":"maybe"})"),
      "x.json#/RejectDirectSend: RejectDirectSend is neither true nor false; export it again");
}

const std::string connector_json = R"([{
  "Name": "Scan relay", "ConnectorType": "OnPremises", "Enabled": true,
  "SenderDomains": ["smtp:*;1"], "SenderIPAddresses": ["203.0.113.7", "198.51.100.1/25"],
  "TlsSenderCertificateName": null, "RequireTls": "False",
  "RestrictDomainsToIPAddresses": false, "AssociatedAcceptedDomains": null,
  "WhenChangedUTC": "/Date(1772500523000)/"
}, {
  "Name": "Gateway", "ConnectorType": "Partner", "Enabled": false, "SenderDomains": "smtp:*;1",
  "SenderIPAddresses": [], "TlsSenderCertificateName": "*.Gateway.example", "RequireTls": true,
  "RestrictDomainsToCertificate": true, "WhenChangedUTC": "2026-03-03T01:15:23Z"
}])";

TEST(Connectors, AreReadAsPowerShellWritesThem) {
  const auto read = parse(connector_json, "c.json");
  ASSERT_TRUE(read) << read.error().line();
  ASSERT_EQ(read->tenant.inbound_connectors.size(), 2u);
  const auto& relay = read->tenant.inbound_connectors[0];
  EXPECT_EQ(relay.type, policy::ConnectorType::on_premises);
  EXPECT_EQ(relay.sender_domains[0].text(), "*");
  EXPECT_EQ(relay.sender_ip_addresses[1].text(), "198.51.100.0/25");
  EXPECT_FALSE(relay.require_tls);
  EXPECT_EQ(relay.when_changed, parse_time("2026-03-03T01:15:23Z"));
  EXPECT_EQ(relay.where, "c.json#/0");
  const auto& gateway = read->tenant.inbound_connectors[1];
  EXPECT_FALSE(gateway.enabled);
  EXPECT_EQ(gateway.tls_sender_certificate_name, "*.gateway.example");
  EXPECT_TRUE(gateway.restrict_domains_to_certificate);
  EXPECT_TRUE(read->tenant.inbound_connectors_known);
}

TEST(Connectors, NoneIsNotTheSameAsNotExported) {
  EXPECT_TRUE(parse("", "InboundConnector.json")->tenant.inbound_connectors_known);
  EXPECT_TRUE(parse(" \r\n", "InboundConnector.json")->tenant.inbound_connectors_known);
  EXPECT_TRUE(parse("[]", "Get-InboundConnector.json")->tenant.inbound_connectors_known);
  EXPECT_TRUE(parse(R"({"inbound_connectors":[null],"org_config":[{}]})", "x.json")
                  ->tenant.inbound_connectors_known);
  EXPECT_FALSE(parse(R"({"RejectDirectSend":true})", "x.json")->tenant.inbound_connectors_known);
}

TEST(Connectors, NamesWhatDoesNotFit) {
  EXPECT_EQ(fault(R"([{"Name":"a","ConnectorType":"Partner","SenderDomains":["smtp:a.*.com;1"]}])"),
            "x.json#/0/SenderDomains: SenderDomains entry 'smtp:a.*.com;1' has an embedded "
            "wildcard; use *, contoso.com or *.contoso.com");
  EXPECT_NE(fault(R"([{"Name":"a","ConnectorType":2,"SenderDomains":[]}])").find("EnumsAsStrings"),
            std::string::npos);
  EXPECT_NE(fault(R"([{"Name":"a","ConnectorType":"Partner","SenderDomains":["@{Address=x}"]}])")
                .find("-Depth 5"),
            std::string::npos);
  EXPECT_NE(
      fault(
          R"([{"Name":"a","ConnectorType":"Partner","SenderDomains":[],"SenderIPAddresses":["10.0.0.1-10.0.0.9"]}])")
          .find("not an IP address"),
      std::string::npos);
}

TEST(Domains, DefaultNamesTheTenant) {
  const auto read = parse(
      R"({"value":[{"DomainName@odata.type":"#String","DomainName":"Fabrikam.com","DomainType":"InternalRelay",
          "MatchSubDomains":true,"Default":false},
          {"DomainName":"contoso.com","DomainType":"Authoritative","Default":true}]})",
      "AcceptedDomain.json");
  ASSERT_TRUE(read) << read.error().line();
  EXPECT_EQ(read->tenant.name, "contoso.com");
  EXPECT_EQ(read->tenant.accepted_domains[0].name, "fabrikam.com");
  EXPECT_TRUE(read->tenant.accepted_domains[0].match_subdomains);
  EXPECT_EQ(read->tenant.accepted_domains[0].type, policy::DomainType::internal_relay);
}

TEST(Encoding, WindowsPowerShellsUtf16IsRead) {
  const std::string json = R"({"Name":"Contoso Österreich","RejectDirectSend":true})";
  std::string utf16 = "\xff\xfe";
  for (const char c : std::string(R"({"Name":"c","RejectDirectSend":true})"))
    utf16 += {c, '\0'};
  EXPECT_EQ(parse(utf16, "x.json")->tenant.reject_direct_send, RejectDirectSend::on);
  EXPECT_EQ(parse("\xef\xbb\xbf" + json, "x.json")->tenant.name, "Contoso Österreich");
}

TEST(BadInput, IsOneClearLine) {
  EXPECT_EQ(fault(""), "x.json: is empty; export the settings again");
  EXPECT_EQ(fault("{\"RejectDirectSend\": tr"),
            "x.json:1:24: ends in the middle of its JSON; the export was cut short; make it again");
  EXPECT_EQ(fault("{\n  \"a\": 1,\n  oops\n}"),
            "x.json:3:3: is not valid JSON here; export the settings again");
  EXPECT_EQ(fault(std::string("{\"a\":\0}", 7)).find("x.json: holds NUL bytes"), 0u);
  EXPECT_NE(fault(std::string(5000, '[') + std::string(5000, ']')).find("nested too deeply"),
            std::string::npos);
  EXPECT_NE(fault("{\"unrelated\":1}").find("holds no section that Postern knows"),
            std::string::npos);
  EXPECT_EQ(load("/nonexistent/tenant.json").error().line(),
            "/nonexistent/tenant.json: can't be read (No such file or directory); check the path "
            "and its permissions");
}

TEST(Toml, ATextIsAListOfOne) {
  const auto read = parse(
      "[[inbound_connector]]\nname = \"a\"\ntype = \"Partner\"\n"
      "sender_domains = \"*\"\n",
      "t.toml");
  ASSERT_TRUE(read) << read.error().line();
  EXPECT_EQ(read->tenant.inbound_connectors.at(0).sender_domains.at(0).text(), "*");
  EXPECT_EQ(read->tenant.inbound_connectors.at(0).where, "t.toml:1:1");
}

TEST(Toml, SaysWhereAKeyIsWrong) {
  EXPECT_EQ(fault("name = \"c\"\nreject_direct_sent = true\n", "t.toml"),
            "t.toml:2:1: unknown key 'reject_direct_sent' in the file; did you mean "
            "'reject_direct_send'?");
  EXPECT_EQ(fault("reject_direct_send = \"perhaps\"\n", "t.toml"),
            "t.toml:1:22: reject_direct_send: must be true, false, \"never set\", \"not exported\" "
            "or \"unknown\"");
  EXPECT_EQ(fault("[[accepted_domain]]\nmx = []\n", "t.toml"),
            "t.toml:1:1: accepted_domain without name; add name = …");
  EXPECT_EQ(fault("a = \n", "t.toml").find("t.toml:1:"), 0u);
}

void expect_round_trip(const Configuration& before) {
  const std::string text = to_toml(before);
  const auto after = parse(text, "t.toml");
  ASSERT_TRUE(after) << after.error().line() << "\n" << text;
  std::string again = to_toml(*after);
  // Comments name the source; the rest must be the same.
  EXPECT_EQ(text.substr(text.find("\n\n")), again.substr(again.find("\n\n")));
  EXPECT_EQ(after->tenant.reject_direct_send, before.tenant.reject_direct_send);
  EXPECT_EQ(after->tenant.inbound_connectors.size(), before.tenant.inbound_connectors.size());
  EXPECT_EQ(after->tenant.inbound_connectors_known, before.tenant.inbound_connectors_known);
}

TEST(Convert, WhatIsWrittenReadsBackTheSame) {
  expect_round_trip(*parse(connector_json, "c.json"));
  expect_round_trip(
      *parse(R"({"RejectDirectSend":null,"Name":"quote \" and \\ and \n"})", "c.json"));
  expect_round_trip(*parse(R"(
name = "all of it"
cloud = "none"
reject_direct_send = false
exported_at = 2026-10-01T08:00:00Z
[choices]
onmicrosoft_senders = "exempt"
partner_address_match = "only restricted"
connector_match = "all"
associated_domains = "sender"
acs_exempt = false
onpremises_recipient_match = false
[[accepted_domain]]
name = "bücher.example"
spf = "v=spf1 -all"
dmarc = []
mx = ["mx.example"]
dkim_signing = true
[[inbound_connector]]
name = "x"
type = "Partner"
sender_domains = ["smtp:*.a.example;7", "*"]
sender_ip_addresses = ["2001:db8::/32"]
[transport_config]
smtp_client_authentication_disabled = "never set"
[[transport_rule]]
name = "r"
set_scl = -1
except_if_header_words = ["Internal"]
other_conditions = ["SentTo"]
other_exceptions = ["ExceptIfFrom"]
not_exported = ["SenderIpRanges"]
when_changed = 2026-10-01T08:00:00Z
[[connection_filter]]
name = "Default"
ip_allow_list = ["192.0.2.1"]
[[connection_filter]]
name = "Empty"
ip_allow_list = []
[[connection_filter]]
name = "Not exported"
[[content_filter]]
name = "Default"
allowed_sender_domains = ["contoso.com"]
)",
                           "t.toml"));
}

TEST(Convert, TheShippedPageOfKeysIsCurrent) {
  EXPECT_EQ(testing::octets_of(POSTERN_SOURCE_DIR "/docs/tenant-file.md"), describe_keys())
      << "run: postern tenant keys --out docs/tenant-file.md";
}

TEST(TenantList, EveryKeyIsOnThePage) {
  EXPECT_NE(testing::octets_of(POSTERN_SOURCE_DIR "/docs/live.md").find(describe_list_keys()),
            std::string::npos)
      << "docs/live.md needs this table:\n"
      << describe_list_keys();
}

TEST(ScubaGear, ARealExportIsRead) {
  const std::string path =
      POSTERN_SOURCE_DIR "/../shared/suites/scubagear/ProviderSettingsExport.json";
  if (!std::ifstream(path)) GTEST_SKIP() << "no ScubaGear export at " << path;
  const auto read = load(path);
  ASSERT_TRUE(read) << read.error().line();
  EXPECT_EQ(read->tenant.cloud, policy::Cloud::gcc);
  // This export selects properties of the organisation, and this one is not among them.
  EXPECT_EQ(read->tenant.reject_direct_send, RejectDirectSend::unknown);
  EXPECT_TRUE(read->organization_config_known);
  ASSERT_EQ(read->tenant.inbound_connectors.size(), 1u);
  EXPECT_EQ(read->tenant.inbound_connectors[0].sender_domains[0].text(), "test.domain.com");
  EXPECT_TRUE(read->dns.known);
  EXPECT_FALSE(read->dns.value.at("tqhjy.onmicrosoft.com").spf.values.empty());
  EXPECT_EQ(read->transport_config.value.smtp_client_authentication_disabled, Setting::on);
  EXPECT_EQ(read->sources.front(), "ScubaGear ProviderSettingsExport 1.8.0");
  EXPECT_EQ(read->exported_at, parse_time("2026-05-04T17:15:48Z"));
}

// Exchange's lists as PowerShell writes them where it did not look into them: never a domain.
TEST(Lists, AreNotTheNamesOfTheirTypes) {
  const auto connector = [](const std::string& domains, const std::string& addresses) {
    return fault(R"({"Name": "A", "ConnectorType": "Partner", "SenderDomains": )" + domains +
                     R"(, "SenderIPAddresses": )" + addresses + "}",
                 "InboundConnector.json");
  };
  EXPECT_EQ(connector(R"(["smtp:*;1"])", "[]"), "none");
  EXPECT_EQ(connector(R"(["system.collections.example"])", "[]"), "none");
  for (const char* type : {R"("System.Collections.Hashtable")", R"(["System.Object[]"])",
                           R"("Microsoft.Exchange.Data.MultiValuedProperty`1[System.String]")"}) {
    EXPECT_NE(connector(type, "[]").find("SenderDomains"), std::string::npos) << type;
    EXPECT_NE(connector(R"(["smtp:*;1"])", type).find("SenderIPAddresses"), std::string::npos)
        << type;
  }
}

TEST(TenantKeys, EachIsAMemberOfItsOwn) {
  settings_file::testing::expect_keys_of_their_own(tenant_layout());
}

// A new choice, or more that the audit looks at: its row in keys.cpp. Connectors have their own
// table (connector_properties.cpp), which the compiler holds complete.
TEST(TenantKeys, EachMemberHasOne) {
  using settings_file::testing::expect_a_key_each;
  using settings_file::testing::members_of;
  const auto& layout = tenant_layout();
  expect_a_key_each(
      layout, members_of<policy::Tenant>() + members_of<FileHead>(), {""},
      {"tenant", "accepted_domains", "inbound_connectors", "choices", "organization_config_known"});
  expect_a_key_each(layout, members_of<policy::Choices>(), {"choices"}, {});
  expect_a_key_each(layout, members_of<policy::AcceptedDomain>() + members_of<DnsRecords>(),
                    {"accepted_domain"}, {"where"});
  expect_a_key_each(layout, members_of<TransportConfig>(), {"transport_config"}, {});
  expect_a_key_each(layout, members_of<TransportRule>(), {"transport_rule"}, {"origin"});
  expect_a_key_each(layout, members_of<ConnectionFilter>(), {"connection_filter"}, {"origin"});
  expect_a_key_each(layout, members_of<ContentFilter>(), {"content_filter"}, {"origin"});
}

TEST(TenantListKeys, EachMemberHasOne) {
  settings_file::testing::expect_a_key_each(
      describe_list_keys(), settings_file::testing::members_of<ListedTenant>(), {"where"});
}

}  // namespace
}  // namespace postern::tenant
