#include "audit/audit.hpp"

#include <gtest/gtest.h>

#include "audit/testing/judging.hpp"
#include "policy/clouds.hpp"
#include "tenant/dns_records.hpp"

namespace postern::audit {
namespace {

TEST(DirectSend, FollowsTheSwitch) {
  EXPECT_EQ(judge("6.5.5", switch_is("true")), "pass contoso.com: True");
  EXPECT_EQ(judge("6.5.5", switch_is("false")), "fail contoso.com: False");
  EXPECT_EQ(judge("6.5.5", switch_is("null")),
            "fail contoso.com: null: never set, so the platform's default applies, which is off");
}

TEST(DirectSend, AbsentIsNotDeterminedAndNeverAFail) {
  EXPECT_EQ(judge("6.5.5", switch_is("")),
            "not determined contoso.com: the organisation configuration was exported without "
            "RejectDirectSend");
  EXPECT_EQ(judge("6.5.5", domain),
            "not determined contoso.com: no organisation configuration was read");
}

TEST(DirectSend, SaysWhereItWasFound) {
  const Loaded loaded = load(switch_is("false"));
  const auto findings = evaluate(shipped("6.5.5"), loaded.configuration, loaded.policy);
  EXPECT_EQ(findings.front().where, "export.json#/OrganizationConfig/RejectDirectSend");
}

TEST(DirectSend, DoesNotApplyWhereTheCloudLacksIt) {
  const Loaded loaded = load(switch_is("false"));
  tenant::Configuration configuration = loaded.configuration;
  configuration.tenant.cloud = policy::Cloud::gcc_high;
  EXPECT_EQ(evaluate(shipped("6.5.5"), configuration, loaded.policy).front().status,
            Status::not_applicable);
}

TEST(Spf, NeedsOneRecordThatRefusesStrangers) {
  const auto spf = [](const std::string& records) { return judge("POSTERN-SPF", dns(records)); };
  EXPECT_EQ(spf(txt("contoso.com", "v=spf1 -all")), "pass contoso.com: v=spf1 -all");
  EXPECT_EQ(spf(txt("contoso.com", "v=spf1 a ~all")), "pass contoso.com: v=spf1 a ~all");
  EXPECT_EQ(spf(txt("contoso.com", "v=spf1 redirect=x.example")),
            "not determined contoso.com: v=spf1 redirect=x.example");
  EXPECT_EQ(spf(txt("contoso.com", "v=spf1 redirect=_spf.x.example") + "," +
                txt("_spf.x.example", "v=spf1 -all")),
            "pass contoso.com: v=spf1 redirect=_spf.x.example");
  EXPECT_EQ(spf(txt("contoso.com", "v=spf1 +all redirect=x.example")),
            "fail contoso.com: v=spf1 +all redirect=x.example");
  EXPECT_EQ(spf(txt("contoso.com", "v=spf1 a -all exp=why.contoso.com")),
            "pass contoso.com: v=spf1 a -all exp=why.contoso.com");
  EXPECT_EQ(spf(txt("contoso.com", "v=spf10 -all")),
            "fail contoso.com: no SPF record: v=spf10 -all");
  EXPECT_EQ(spf(txt("contoso.com", "v=spf1 ip4:192.0.2.300 -all")),
            "fail contoso.com: v=spf1 ip4:192.0.2.300 -all");
  EXPECT_EQ(spf(txt("contoso.com", "v=spf1 include:spf.protection.outlook.com -all")),
            "pass contoso.com: v=spf1 include:spf.protection.outlook.com -all");
  EXPECT_EQ(spf(txt("contoso.com", "v=spf1 ?all")), "fail contoso.com: v=spf1 ?all");
  EXPECT_EQ(spf(txt("contoso.com", "v=spf1 +all")), "fail contoso.com: v=spf1 +all");
  EXPECT_EQ(spf(txt("contoso.com", "something else")), "fail contoso.com: no SPF record");
  EXPECT_EQ(spf(txt("contoso.com", "v=spf1 -all") + "," + txt("contoso.com", "v=spf1 ~all")),
            "fail contoso.com: 2 SPF records, which is an error (RFC 7208, 3.2)");
  EXPECT_EQ(spf(txt("fabrikam.com", "v=spf1 -all")),
            "not determined contoso.com: its TXT records were not read");
}

TEST(Dmarc, MustBeEnforcedWholly) {
  const auto dmarc = [](const std::string& record) {
    return judge("POSTERN-DMARC", dns(txt("_dmarc.contoso.com", record)));
  };
  EXPECT_EQ(dmarc("v=DMARC1; p=reject"), "pass contoso.com: v=DMARC1; p=reject");
  EXPECT_EQ(dmarc("v=DMARC1;p=Quarantine;pct=100").substr(0, 5), "pass ");
  EXPECT_EQ(dmarc("v=DMARC1; p=none").substr(0, 5), "fail ");
  EXPECT_EQ(dmarc("v=DMARC1; p=reject; pct=20").substr(0, 5), "fail ");
  EXPECT_EQ(dmarc("v=DMARC1; p=reject; sp=none").substr(0, 5), "fail ");
  EXPECT_EQ(dmarc("v=DMARC1; p=reject; np=none").substr(0, 5), "fail ");
  EXPECT_EQ(dmarc("v=DMARC1; p=quarantine; t=y"), "fail contoso.com: v=DMARC1; p=quarantine; t=y");
  EXPECT_EQ(dmarc("V=DMARC1; p=reject"), "pass contoso.com: V=DMARC1; p=reject");
  EXPECT_EQ(dmarc("V=dmarc1; p=reject"), "fail contoso.com: no DMARC record: V=dmarc1; p=reject");
  EXPECT_EQ(dmarc("v=DMARC10; p=reject"), "fail contoso.com: no DMARC record: v=DMARC10; p=reject");
  EXPECT_EQ(dmarc("no such thing"), "fail contoso.com: no DMARC record");
  EXPECT_EQ(judge("POSTERN-DMARC", domain),
            "not determined contoso.com: its DMARC record was not read");
}

// A receiver goes up the tree (RFC 9989, 4.10): so does the control.
TEST(Dmarc, OfAParentCountsAndWhereNobodyLookedItIsNotDetermined) {
  const auto below = [](const std::string& records) {
    return judge("POSTERN-DMARC",
                 R"("AcceptedDomain": [{"DomainName": "mail.contoso.com"}], "DnsRecords": [)" +
                     txt("_dmarc.mail.contoso.com", "no such thing") + records + "]");
  };
  EXPECT_EQ(below("," + txt("_dmarc.contoso.com", "v=DMARC1; p=reject")),
            "pass mail.contoso.com: v=DMARC1; p=reject (of contoso.com)");
  EXPECT_EQ(below("," + txt("_dmarc.contoso.com", "nor this")),
            "fail mail.contoso.com: no DMARC record");
  EXPECT_EQ(below(""),
            "not determined mail.contoso.com: it goes by _dmarc.contoso.com where that has a "
            "record, which was not read");
}

TEST(Dkim, FollowsTheSigningConfiguration) {
  const auto dkim = [](const std::string& enabled) {
    return judge("POSTERN-DKIM", domain + R"(, "DkimSigningConfig": [{"Domain": "contoso.com",
        "Name": "contoso.com", "Selector1CNAME": "x", "Enabled": )" +
                                     enabled + "}]");
  };
  EXPECT_EQ(dkim("true"), "pass contoso.com: signing");
  EXPECT_EQ(dkim("false"), "fail contoso.com: not signing");
  EXPECT_EQ(judge("POSTERN-DKIM", domain).substr(0, 14), "not determined");
}

TEST(Filters, AllowListsAndSafeListStandOpen) {
  const auto filter = [](const std::string& members) {
    return R"("HostedConnectionFilterPolicy": [{"Name": "Default", )" + members + "}]";
  };
  const std::string open = filter(R"("IPAllowList": ["192.0.2.1"], "EnableSafeList": true)");
  const std::string shut = filter(R"("IPAllowList": [], "EnableSafeList": false)");
  EXPECT_EQ(judge("POSTERN-IP-ALLOW", open), "fail Default: 192.0.2.1");
  EXPECT_EQ(judge("POSTERN-IP-ALLOW", shut), "pass Default: empty");
  EXPECT_EQ(judge("POSTERN-IP-ALLOW", domain), "not determined connection filter: was not read");
  EXPECT_EQ(judge("POSTERN-SAFE-LIST", open), "fail Default: on");
  EXPECT_EQ(judge("POSTERN-SAFE-LIST", shut), "pass Default: off");
  EXPECT_EQ(judge("POSTERN-SAFE-LIST", filter(R"("IPAllowList": [])")),
            "not determined Default: EnableSafeList was not exported");
  EXPECT_EQ(judge("POSTERN-IP-ALLOW", R"("HostedConnectionFilterPolicy": [])").substr(0, 14),
            "not determined");
}

// Absent is not empty: what an export lacks passes nothing.
TEST(Filters, ListsThatWereNotExportedAreNotDetermined) {
  EXPECT_EQ(judge("POSTERN-IP-ALLOW", R"("HostedConnectionFilterPolicy": [{"Name": "Default",
      "EnableSafeList": false}])"),
            "not determined Default: IPAllowList was not exported");
  const auto policy = [](const std::string& members) {
    return judge(
        "POSTERN-ALLOWED-DOMAINS",
        domain + R"(, "HostedContentFilterPolicy": [{"Name": "Default", )" + members + "}]");
  };
  EXPECT_EQ(policy(R"("SpamAction": "MoveToJmf")"),
            "not determined Default: AllowedSenderDomains was not exported\n"
            "not determined Default: AllowedSenders was not exported");
  EXPECT_EQ(policy(R"("AllowedSenderDomains": [])"),
            "pass Default: none\nnot determined Default: AllowedSenders was not exported");
  EXPECT_EQ(policy(R"("AllowedSenderDomains": null, "AllowedSenders": null)"), "pass Default: none")
      << "null is how an empty list is exported";
}

TEST(Filters, AnAllowedDomainOfYourOwnIsSaidSo) {
  const Loaded loaded = load(domain + R"(, "HostedContentFilterPolicy": [{"Name": "Default",
      "AllowedSenderDomains": ["CONTOSO.com"]}])");
  const auto findings =
      evaluate(shipped("POSTERN-ALLOWED-DOMAINS"), loaded.configuration, loaded.policy);
  EXPECT_EQ(findings.front().status, Status::fail);
  EXPECT_NE(findings.front().advice.find("your own"), std::string::npos);
  EXPECT_EQ(judge("POSTERN-ALLOWED-DOMAINS", R"("HostedContentFilterPolicy": [{"Name": "Default",
      "AllowedSenderDomains": [], "AllowedSenders": []}])"),
            "pass Default: none");
}

TEST(Filters, AnAllowedSenderOfYourOwnDomainFailsAndIsTakenOffByACommand) {
  const auto policy = [](const std::string& senders) {
    return domain + R"(, "HostedContentFilterPolicy": [{"Name": "Default",
      "AllowedSenderDomains": [], "AllowedSenders": [)" +
           senders + "]}]";
  };
  EXPECT_EQ(judge("POSTERN-ALLOWED-DOMAINS", policy(R"("news@fabrikam.com")")),
            "pass Default: none");
  const Loaded loaded = load(policy(R"("news@fabrikam.com", "ceo@Contoso.com")"));
  const auto findings =
      evaluate(shipped("POSTERN-ALLOWED-DOMAINS"), loaded.configuration, loaded.policy);
  ASSERT_EQ(findings.size(), 2u);
  EXPECT_EQ(findings[1].status, Status::fail);
  EXPECT_EQ(findings[1].value, "ceo@Contoso.com");
  EXPECT_EQ(findings[1].advice, "ceo@Contoso.com is your own: everybody who claims it is let in");
  EXPECT_EQ(findings[1].command,
            "Set-HostedContentFilterPolicy -Identity 'Default' -AllowedSenders "
            "@{Remove='ceo@Contoso.com'}");
}

TEST(Filters, YourOwnIsWhatThePolicyCallsYourOwn) {
  EXPECT_EQ(judge("POSTERN-ALLOWED-DOMAINS", R"("AcceptedDomain": [
      {"DomainName": "contoso.com", "DomainType": "InternalRelay", "MatchSubDomains": true},
      {"DomainName": "xn--mnchen-3ya.example"}, {"DomainName": "fabrikam.com"}],
      "HostedContentFilterPolicy": [{"Name": "Default", "AllowedSenderDomains": [],
      "AllowedSenders": ["boss@hr.contoso.com", "a@m\u00fcnchen.example", "x@hr.fabrikam.com",
      "y@notcontoso.com"]}])"),
            "pass Default: none\n"
            "fail Default: boss@hr.contoso.com\n"
            "fail Default: a@m\u00fcnchen.example");
}

TEST(Rules, ABypassNeedsAConditionOnTheSource) {
  const auto rule = [](const std::string& members) {
    return judge("POSTERN-BYPASS-RULES",
                 rules(R"({"Name": "R", "RuleVersion": "1", "FromScope": null, "SetSCL": -1, )" +
                       members + R"(, "Mode": "Enforce", "SenderIpRanges": null})"));
  };
  EXPECT_EQ(rule(R"("State": "Enabled", "SenderDomainIs": ["contoso.com"])"),
            "fail R: SCL -1 for sender domain contoso.com");
  EXPECT_EQ(rule(R"("State": "Enabled")"), "fail R: SCL -1 without a condition on the source");
  EXPECT_EQ(rule(R"("State": "Enabled", "SenderIpRanges": ["192.0.2.1"])"),
            "pass R: SCL -1 for listed addresses");
  EXPECT_EQ(rule(R"("State": "Disabled")"), "pass mail-flow rules: none sets SCL -1");
  EXPECT_EQ(rule(R"("State": "Enabled", "Mode": "Audit")"),
            "pass mail-flow rules: none sets SCL -1");
  EXPECT_EQ(judge("POSTERN-BYPASS-RULES", domain), "not determined mail-flow rules: were not read");
}

// A rule that was exported without what it hangs on is neither a bypass nor none.
TEST(Rules, WithoutTheirPropertiesAreNotDetermined) {
  const auto rule = [](const std::string& members) {
    return judge("POSTERN-BYPASS-RULES",
                 rules(R"({"Name": "R", "FromScope": null, )" + members + "}"));
  };
  EXPECT_EQ(rule(R"("State": "Enabled", "Mode": "Enforce")"),
            "not determined R: SetSCL was not exported");
  EXPECT_EQ(rule(R"("State": "Enabled", "Mode": "Enforce", "SetSCL": null)"),
            "pass mail-flow rules: none sets SCL -1");
  EXPECT_EQ(rule(R"("State": "Disabled")"), "pass mail-flow rules: none sets SCL -1");
  EXPECT_EQ(rule(R"("State": "Enabled", "Mode": "Enforce", "SetSCL": -1)"),
            "not determined R: SCL -1, and SenderIpRanges was not exported");
  EXPECT_EQ(rule(R"("SetSCL": -1, "SenderIpRanges": [])"),
            "not determined R: SCL -1, and State, Mode was not exported");
}

TEST(Connectors, MustNameTheirSource) {
  const auto connector = [](const std::string& members) {
    return judge("POSTERN-CONNECTORS",
                 connectors(R"({"Name": "C", "Enabled": true, "SenderDomains": ["smtp:*;1"], )" +
                            members + "}"));
  };
  EXPECT_EQ(connector(R"("ConnectorType": "Partner")"),
            "fail C: Partner scoped by sender domain alone");
  EXPECT_EQ(connector(R"("ConnectorType": "OnPremises")"),
            "fail C: OnPremises without address and certificate");
  EXPECT_EQ(connector(R"("ConnectorType": "Partner", "RestrictDomainsToIPAddresses": true)"),
            "fail C: restricts its sender domains to an empty list");
  EXPECT_EQ(connector(R"("ConnectorType": "Partner", "SenderIPAddresses": ["192.0.2.1"])"),
            "pass C: Partner, source named");
  EXPECT_EQ(connector(R"("ConnectorType": "Partner", "TlsSenderCertificateName": "*.sendgrid.net",
      "RequireTls": true)"),
            "fail C: *.sendgrid.net is shared by all customers of that provider");
  EXPECT_EQ(judge("POSTERN-CONNECTORS", domain),
            "not determined inbound connectors: were not read");
  EXPECT_EQ(judge("POSTERN-CONNECTORS", connectors("")), "pass inbound connectors: none");
  EXPECT_EQ(judge("POSTERN-CONNECTORS", connectors(R"({"Name": "C", "Enabled": false,
      "ConnectorType": "Partner", "SenderDomains": ["smtp:*;1"]})")),
            "not applicable C: disabled, so it does nothing");
}

// What every customer of a provider sends from names nobody, whatever the connector's type.
TEST(Connectors, BySourcesThatOthersShareFail) {
  const auto connector = [](const std::string& type, const std::string& source) {
    return judge("POSTERN-CONNECTORS",
                 connectors(R"({"Name": "C", "Enabled": true, "SenderDomains": ["smtp:*;1"],
                     "RequireTls": true, "ConnectorType": ")" +
                            type + "\", " + source + "}"));
  };
  EXPECT_EQ(connector("OnPremises", R"("TlsSenderCertificateName": "*.sendgrid.net")"),
            "fail C: *.sendgrid.net is shared by all customers of that provider");
  EXPECT_EQ(connector("Partner", R"("SenderIPAddresses": ["192.0.2.1", "40.107.1.0/24"])"),
            "fail C: 40.107.1.0/24 is Exchange Online's own, from which every tenant sends");
  EXPECT_EQ(connector("Partner", R"("SenderIPAddresses": ["167.89.0.0/24"])"),
            "fail C: 167.89.0.0/24 is of SendGrid, whose every customer sends from there");
  EXPECT_EQ(connector("OnPremises", R"("SenderIPAddresses": ["192.0.2.1"])"),
            "pass C: OnPremises, source named");
}

const std::string lock_down = R"({"Name": "C", "Enabled": true, "SenderDomains": ["smtp:*;1"],
    "ConnectorType": "Partner", "SenderIPAddresses": ["192.0.2.1"],
    "RestrictDomainsToIPAddresses": true})";

TEST(Connectors, ALockDownIsRightOnlyBehindAThirdPartyMx) {
  const std::string with = connectors(lock_down) + R"(, "DnsRecords": [)";
  EXPECT_EQ(judge("POSTERN-CONNECTORS",
                  with + mx("contoso.com", "contoso-com.mail.protection.outlook.com") + "]"),
            "fail C: restricts * although the MX of contoso.com is Microsoft's");
  EXPECT_EQ(judge("POSTERN-CONNECTORS",
                  with + mx("contoso.com", "mx.gateway.example") + "," +
                      mx("contoso.com", "contoso-com.mail.protection.outlook.com") + "]"),
            "fail C: restricts * although an MX of contoso.com is Microsoft's");
  EXPECT_EQ(judge("POSTERN-CONNECTORS", with + mx("contoso.com", "mx.gateway.example") + "]"),
            "pass C: lock-down: everything else is refused");
}

TEST(Connectors, ALockDownWithoutTheMxIsNotDetermined) {
  EXPECT_EQ(judge("POSTERN-CONNECTORS", connectors(lock_down)),
            "not determined C: restricts *, and the MX of contoso.com was not read");
  EXPECT_EQ(judge("POSTERN-CONNECTORS", R"("InboundConnector": [)" + lock_down + "]"),
            "not determined C: restricts *, and no accepted domains were read");
  // Limited to the domains behind the gateway, it refuses nothing of the others.
  std::string limited = lock_down;
  limited.replace(limited.find(R"("Enabled")"), 0,
                  R"("AssociatedAcceptedDomains": ["fabrikam.com"], )");
  const std::string two = R"("AcceptedDomain": [{"DomainName": "contoso.com"},
      {"DomainName": "fabrikam.com"}], "InboundConnector": [)" +
                          limited + R"(], "DnsRecords": [)";
  EXPECT_EQ(judge("POSTERN-CONNECTORS",
                  two + mx("contoso.com", "contoso-com.mail.protection.outlook.com") + "," +
                      mx("fabrikam.com", "mx.gateway.example") + "]"),
            "pass C: lock-down: everything else is refused");
}

TEST(LockDown, IsNeededWhereTheMxIsElsewhere) {
  const std::string elsewhere =
      R"(, "DnsRecords": [)" + mx("contoso.com", "mx.gateway.example") + "]";
  const std::string id = "POSTERN-LOCK-DOWN";
  EXPECT_EQ(judge(id, connectors(lock_down) + elsewhere),
            "pass contoso.com: MX is mx.gateway.example, with a lock-down connector");
  EXPECT_EQ(judge(id, connectors("") + R"(, "TransportRule": [])" + elsewhere),
            "fail contoso.com: MX is mx.gateway.example, and nothing refuses mail past it");
  EXPECT_EQ(judge(id, connectors("") + R"(, "TransportRule": [{"Name": "R", "RuleVersion": "1",
      "FromScope": "NotInOrganization", "State": "Enabled", "Mode": "Enforce", "Quarantine": true,
      "ExceptIfHeaderContainsMessageHeader": "X-MS-Exchange-Organization-AuthAs",
      "ExceptIfHeaderContainsWords": ["Internal"], "SenderDomainIs": null, "From": null,
      "FromAddressContainsWords": null, "FromAddressMatchesPatterns": null, "SenderIpRanges": null,
      "HeaderContainsMessageHeader": null}])" +
                          elsewhere),
            "pass contoso.com: MX is mx.gateway.example, with a lock-down rule");
  EXPECT_EQ(judge(id, connectors("") + R"(, "TransportRule": [{"Name": "R",
      "FromScope": "NotInOrganization", "State": "Enabled", "Mode": "Enforce", "Quarantine": true,
      "ExceptIfHeaderContainsMessageHeader": "X-MS-Exchange-Organization-AuthAs",
      "ExceptIfHeaderContainsWords": ["Internal"]}])" +
                          elsewhere),
            "not determined contoso.com: MX is mx.gateway.example, and whether a rule stops mail "
            "past it is not known");
  EXPECT_EQ(judge(id, domain + elsewhere),
            "not determined contoso.com: MX is mx.gateway.example, and connectors or rules were "
            "not read");
  EXPECT_EQ(judge(id, domain), "not determined contoso.com: its MX was not read");
  EXPECT_EQ(judge(id, dns(mx("contoso.com", "contoso-com.mail.protection.outlook.com"))),
            "not applicable contoso.com: MX is Microsoft's");
  EXPECT_EQ(judge(id, dns(mx("contoso.com", "."))),
            "not applicable contoso.com: its MX says that it takes no mail (RFC 7505)");
}

// Rules act in the order of their priority, and one may end it for what it takes.
TEST(LockDown, ARuleBehindOneThatStopsProcessingIsNone) {
  const auto rule = [](const std::string& name, int priority, bool stop,
                       const std::string& members) {
    return R"({"Name": ")" + name + R"(", "RuleVersion": "1", "State": "Enabled",
      "Mode": "Enforce", "FromScope": "NotInOrganization", "From": null, "SenderIpRanges": null,
      "FromAddressContainsWords": null, "FromAddressMatchesPatterns": null, "SetHeaderName": null,
      "SetHeaderValue": null, "HeaderContainsMessageHeader": null, "Priority": )" +
           std::to_string(priority) + R"(, "StopRuleProcessing": )" + (stop ? "true" : "false") +
           members + "}";
  };
  const std::string gateway = R"(, "Quarantine": true, "SenderDomainIs": null,
      "ExceptIfHeaderContainsMessageHeader": "X-MS-Exchange-Organization-AuthAs",
      "ExceptIfHeaderContainsWords": ["Internal"])";
  const std::string all = R"(, "PrependSubject": "[EXT]", "SenderDomainIs": null,
      "ExceptIfHeaderContainsMessageHeader": null, "ExceptIfHeaderContainsWords": null)";
  const std::string partner = R"(, "SetSCL": -1, "SenderDomainIs": ["fabrikam.com"])";
  const auto with = [&](const std::string& other) {
    return judge("POSTERN-LOCK-DOWN", connectors("") + R"(, "TransportRule": [)" +
                                          rule("Gateway", 1, true, gateway) + "," + other +
                                          R"(], "DnsRecords": [)" +
                                          mx("contoso.com", "mx.gateway.example") + "]");
  };
  EXPECT_EQ(with(rule("Banner", 0, true, all)),
            "fail contoso.com: MX is mx.gateway.example, and nothing refuses mail past it");
  EXPECT_EQ(with(rule("Banner", 0, false, all)),
            "pass contoso.com: MX is mx.gateway.example, with a lock-down rule");
  EXPECT_EQ(with(rule("Banner", 2, true, all)),
            "pass contoso.com: MX is mx.gateway.example, with a lock-down rule");
  EXPECT_EQ(with(rule("Partner", 0, true, partner)),
            "not determined contoso.com: MX is mx.gateway.example, and whether a rule stops mail "
            "past it is not known");
}

// Without the domains nobody knows whether an MX is elsewhere.
TEST(LockDown, IsNotDeterminedWithoutTheDomains) {
  EXPECT_EQ(judge("POSTERN-LOCK-DOWN", R"("InboundConnector": [], "TransportRule": [])"),
            "not determined unnamed tenant: no accepted domains were read");
}

// Signature services and session controllers have domains of their own accepted.
TEST(Domains, OfServicesAreLeftOutOfTheControlsOfRecords) {
  const std::string domains =
      R"("AcceptedDomain": [{"DomainName": "contoso.com"}, {"DomainName": "x.smtp.excl.cloud"},
         {"DomainName": "sbc2.carrier.example"}])";
  for (const std::string id :
       {"POSTERN-SPF", "POSTERN-DKIM", "POSTERN-DMARC", "POSTERN-LOCK-DOWN"}) {
    const std::string found = judge(id, domains);
    EXPECT_NE(
        found.find("not applicable x.smtp.excl.cloud: is Exclaimer's (signatures): its records "
                   "are not yours"),
        std::string::npos)
        << found;
    EXPECT_NE(found.find("not applicable sbc2.carrier.example: is a session controller's"),
              std::string::npos)
        << found;
    EXPECT_NE(found.find("not determined contoso.com"), std::string::npos) << found;
  }
}

TEST(LockDown, EachCloudsFrontDoorIsMicrosofts) {
  const std::string id = "POSTERN-LOCK-DOWN";
  for (const policy::CloudRow& row : policy::clouds()) {
    for (const std::string_view suffix : row.mail->front_doors) {
      EXPECT_EQ(judge(id, dns(mx("contoso.com", "contoso-com." + std::string(suffix)))),
                "not applicable contoso.com: MX is Microsoft's");
    }
  }
}

TEST(SmtpAuth, IsAPropertyThatMayBeAbsentOrNull) {
  const auto auth = [](const std::string& value) {
    return judge("POSTERN-SMTP-AUTH",
                 R"("TransportConfig": {"SmtpClientAuthenticationDisabled": )" + value + "}");
  };
  const std::string name = "TransportConfig.SmtpClientAuthenticationDisabled: ";
  EXPECT_EQ(auth("true"), "pass " + name + "True");
  EXPECT_EQ(auth("false"), "fail " + name + "False");
  EXPECT_EQ(judge("POSTERN-SMTP-AUTH", domain), "not determined " + name + "is not in the export");
}

// --- the entrances ---

// "open shut open" and so on, in their order.
std::string entrances(const std::string& sections) {
  const Loaded loaded = load(sections);
  std::string out;
  for (const Entrance& entrance : find_entrances(loaded.configuration, loaded.policy)) {
    out += (out.empty() ? "" : ", ") + std::string(name_of(entrance.state));
  }
  return out;
}

const std::string microsoft_mx = mx("contoso.com", "contoso-com.mail.protection.outlook.com");
const std::string gateway_mx = mx("contoso.com", "mx.gateway.example");
const std::string enforced = txt("_dmarc.contoso.com", "v=DMARC1; p=reject");
const std::string watched = txt("_dmarc.contoso.com", "v=DMARC1; p=none");

std::string door(const std::string& value, const std::string& connector,
                 const std::string& records) {
  return switch_is(value) + R"(, "InboundConnector": [)" + connector + R"(], "DnsRecords": [)" +
         records + R"(], "TransportRule": [])";
}

TEST(Entrances, TheSwitchShutsTheFirstAlone) {
  EXPECT_EQ(entrances(door("false", "", gateway_mx + "," + watched)), "open, open, open");
  EXPECT_EQ(entrances(door("true", "", gateway_mx + "," + watched)), "shut, open, open");
}

TEST(Entrances, ALockDownShutsTheFirstTwo) {
  EXPECT_EQ(entrances(door("false", lock_down, gateway_mx + "," + watched)), "shut, shut, open");
}

TEST(Entrances, DmarcShutsTheThirdAlone) {
  EXPECT_EQ(entrances(door("false", "", gateway_mx + "," + enforced)), "open, open, shut");
  const std::string testing = txt("_dmarc.contoso.com", "v=DMARC1; p=quarantine; t=y");
  EXPECT_EQ(entrances(door("false", "", gateway_mx + "," + testing)), "open, open, open");
}

std::string first_entrance(const std::string& sections) {
  const Loaded loaded = load(sections);
  const Entrance entrance = find_entrances(loaded.configuration, loaded.policy)[0];
  return std::string(name_of(entrance.state)) + ": " + entrance.because;
}

std::string restricting(const std::string& name, const std::string& more) {
  return R"({"Name": ")" + name + R"(", "Enabled": true, "ConnectorType": "Partner",
      "SenderIPAddresses": ["203.0.113.7"], "RestrictDomainsToIPAddresses": true, )" +
         more + "}";
}

// A connector that refuses contoso.com from elsewhere refuses no name below it.
TEST(Entrances, ASubdomainThatNoConnectorRefusesIsAWayInToo) {
  const std::string domains = R"("AcceptedDomain": [{"DomainName": "contoso.com",
      "DomainType": "InternalRelay", "MatchSubDomains": true}],
      "OrganizationConfig": {"CustomerLockboxEnabled": false, "RejectDirectSend": false},
      "InboundConnector": [)";
  EXPECT_EQ(first_entrance(domains +
                           restricting("C", R"("SenderDomains": ["smtp:contoso.com;1"])") + "]"),
            "open: name-below.contoso.com is accepted: RejectDirectSend is False");
  EXPECT_EQ(
      first_entrance(domains + restricting("C", R"("SenderDomains": ["smtp:contoso.com;1"])") +
                     "," + restricting("D", R"("SenderDomains": ["smtp:*.contoso.com;1"])") + "]"),
      "shut: refused with 5.7.51");
}

// Each of them is refused to itself, and not to the other.
TEST(Entrances, FromOneDomainOfYourOwnToAnotherIsAWayInToo) {
  const auto limited = [](const std::string& name) {
    return restricting(name, R"("SenderDomains": ["smtp:)" + name +
                                 R"(;1"], "AssociatedAcceptedDomains": [")" + name + R"("])");
  };
  EXPECT_EQ(first_entrance(R"("AcceptedDomain": [{"DomainName": "contoso.com"},
      {"DomainName": "fabrikam.com"}],
      "OrganizationConfig": {"CustomerLockboxEnabled": false, "RejectDirectSend": false},
      "InboundConnector": [)" +
                           limited("contoso.com") + "," + limited("fabrikam.com") + "]"),
            "open: contoso.com to fabrikam.com is accepted: RejectDirectSend is False");
}

TEST(Entrances, WithMicrosoftsMxThereIsNoSide) {
  EXPECT_EQ(entrances(door("true", "", microsoft_mx + "," + enforced)),
            "shut, not applicable, shut");
}

// The control and the entrance tell the same of one MX.
TEST(Entrances, ReadAnMxAsTheControlDoes) {
  const auto past = [](const std::string& sections) {
    const Loaded loaded = load(sections);
    const Entrance entrance = find_entrances(loaded.configuration, loaded.policy)[1];
    return std::string(name_of(entrance.state)) + ": " + entrance.because;
  };
  EXPECT_EQ(past(door("true", "", microsoft_mx + "," + gateway_mx)),
            "open: the MX of contoso.com is mx.gateway.example, and mail past it is accepted");
  const std::string no_mx = domain + R"(, "mx_records": [{"domain": "contoso.com", "rdata": []}],
      "InboundConnector": [], "TransportRule": [])";
  EXPECT_EQ(past(no_mx),
            "not determined: contoso.com has no MX, and mail goes to the server of its own name");
  EXPECT_EQ(past(connectors("") + R"(, "DnsRecords": [)" + gateway_mx + "]"),
            "not determined: the MX of contoso.com is mx.gateway.example, and mail-flow rules were "
            "not read");
}

// "shut: refused with 5.7.68", of the first in another cloud.
std::string own_domain_in(policy::Cloud cloud, const std::string& sections) {
  Loaded loaded = load(sections);
  loaded.configuration.tenant.cloud = cloud;
  const auto policy = policy::Policy::compile(loaded.configuration.tenant);
  EXPECT_TRUE(policy);
  const Entrance entrance = find_entrances(loaded.configuration, *policy).front();
  return std::string(name_of(entrance.state)) + ": " + entrance.because;
}

TEST(Entrances, NoLineOfSettingsSaysThatAGateRefuses) {
  for (const char* value : {"true", "false"}) {
    const std::string told =
        own_domain_in(policy::Cloud::none, door(value, "", gateway_mx + "," + watched));
    EXPECT_TRUE(told.starts_with("not determined: ")) << told;
    EXPECT_NE(told.find("its mode decides"), std::string::npos) << told;
  }
}

TEST(Entrances, WhereThereIsNoSwitchThatIsWhyItIsOpen) {
  EXPECT_EQ(own_domain_in(policy::Cloud::gcc_high, door("true", "", gateway_mx + "," + watched)),
            "open: contoso.com is accepted: GCC High has no RejectDirectSend");
  EXPECT_TRUE(
      own_domain_in(policy::Cloud::dod, door("true", lock_down, gateway_mx)).starts_with("shut: "));
}

TEST(Entrances, AreNotDeterminedWithoutTheFacts) {
  EXPECT_EQ(entrances(domain), "not determined, not determined, not determined");
}

}  // namespace
}  // namespace postern::audit
