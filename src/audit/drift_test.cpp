// What counts as drift, and what does not.
#include "audit/drift.hpp"

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "tenant/connector_properties.hpp"

namespace postern::audit {
namespace {

AuditReport report(Status status, const std::string& value) {
  AuditReport out;
  out.tenant = "contoso.com";
  ControlResult control;
  control.control.id = "6.5.5";
  control.status = status;
  control.findings.push_back({status, "contoso.com", value, "there", {}, {}});
  out.results.push_back(control);
  out.entrances.push_back({"own domain", "anybody", Gate::open, "because"});
  for (const KeptSection& section : kept_sections())
    out.kept.*section.at = std::vector<KeptObject>{};
  return out;
}

policy::InboundConnector vendor() {
  policy::InboundConnector c;
  c.name = "Vendor";
  c.sender_domains = {*policy::parse_sender_domain("fabrikam.com")};
  c.sender_ip_addresses = {*Prefix::parse("203.0.113.0/26")};
  c.tls_sender_certificate_name = "mail.fabrikam.com";
  c.require_tls = true;
  return c;
}

tenant::Configuration contoso() {
  tenant::Configuration c;
  c.tenant.name = "contoso.com";
  c.tenant.accepted_domains = {{.name = "contoso.com", .where = {}}};
  c.accepted_domains_known = true;
  c.inbound_connectors_read = true;
  c.transport_rules.known = true;
  c.connection_filters.known = true;
  c.content_filters.known = true;
  return c;
}

AuditReport audit_of(const tenant::Configuration& c) {
  const auto policy = policy::Policy::compile(c.tenant);
  AuditReport out = run_audit(c, *policy, {});
  out.entrances.clear();  // they are the audit's tests' business
  return out;
}

AuditReport with(std::vector<policy::InboundConnector> connectors, bool read = true) {
  tenant::Configuration c = contoso();
  c.tenant.inbound_connectors = std::move(connectors);
  c.inbound_connectors_read = read;
  return audit_of(c);
}

// "connector Vendor: before -> after", then "? what: why", a line each.
std::string text_of(const Comparison& since) {
  std::string out;
  const auto line = [&](const std::string& text) { out += (out.empty() ? "" : "\n") + text; };
  for (const Drift& each : since.drift)
    line(each.control + " " + each.object + ": " + each.before + " -> " + each.after);
  for (const NotCompared& each : since.not_compared) {
    line("? " + each.control + (each.object.empty() ? "" : " " + each.object) + ": " + each.why);
  }
  return out;
}

// "object: before -> after", where Vendor becomes what `change` makes of it.
template <class Change>
std::string drift_of(Change change) {
  policy::InboundConnector after = vendor();
  change(after);
  return text_of(compare(earlier(with({vendor()})), with({after})));
}

TEST(DriftOfConnectors, SeesEveryProperty) {
  EXPECT_EQ(drift_of([](auto&) {}), "");
  EXPECT_EQ(drift_of([](auto& c) { c.sender_ip_addresses = {*Prefix::parse("203.0.113.0/24")}; }),
            "connector Vendor: SenderIPAddresses: 203.0.113.0/26 -> SenderIPAddresses: "
            "203.0.113.0/24");
  EXPECT_EQ(drift_of([](auto& c) { c.sender_domains = {*policy::parse_sender_domain("*")}; }),
            "connector Vendor: SenderDomains: fabrikam.com -> SenderDomains: *");
  EXPECT_EQ(drift_of([](auto& c) { c.require_tls = false; }),
            "connector Vendor: RequireTls: True -> RequireTls: False");
  EXPECT_EQ(drift_of([](auto& c) { c.tls_sender_certificate_name = "*.fabrikam.com"; }),
            "connector Vendor: TlsSenderCertificateName: mail.fabrikam.com -> "
            "TlsSenderCertificateName: *.fabrikam.com");
  EXPECT_EQ(drift_of([](auto& c) { c.comment = "x"; }),
            "connector Vendor: Comment: empty -> Comment: x");
  EXPECT_EQ(drift_of([](auto& c) { c.when_changed = 1; }), "") << "says nothing by itself";
  // And every other one that can be set.
  for (const tenant::ConnectorProperty& property : tenant::connector_properties()) {
    if (property.in_new == tenant::ConnectorProperty::InNew::never || property.name == "Name") {
      continue;
    }
    const std::string told = drift_of([&](policy::InboundConnector& c) {
      const tenant::PropertyValue old = property.get(c);
      tenant::PropertyValue other = std::vector<std::string>{"192.0.2.1"};
      if (const bool* flag = std::get_if<bool>(&old)) other = !*flag;
      if (std::holds_alternative<std::string>(old)) other = std::string("other.example");
      if (property.name == "ConnectorType") other = std::string("OnPremises");
      if (property.name == "SenderDomains" || property.name == "AssociatedAcceptedDomains") {
        other = std::vector<std::string>{"other.example"};
      }
      EXPECT_TRUE(property.set(other, c)) << property.name;
    });
    EXPECT_NE(told.find("-> " + std::string(property.name) + ": "), std::string::npos) << told;
  }
}

TEST(DriftOfConnectors, ComeAndGo) {
  const auto gone = compare(earlier(with({vendor()})), with({})).drift;
  ASSERT_EQ(gone.size(), 1u);
  EXPECT_EQ(gone[0].object, "Vendor");
  EXPECT_TRUE(gone[0].after.empty());
  EXPECT_NE(gone[0].before.find("SenderIPAddresses: 203.0.113.0/26"), std::string::npos);
  const auto come = compare(earlier(with({})), with({vendor()})).drift;
  ASSERT_EQ(come.size(), 1u);
  EXPECT_TRUE(come[0].before.empty());
}

TEST(DriftOfConnectors, ThatAreNotKnownIsSaid) {
  const AuditReport known = with({vendor()});
  const AuditReport unknown = with({}, false);
  const std::string many = "? inbound connectors: ";
  EXPECT_EQ(text_of(compare(earlier(known), known)), "");
  EXPECT_EQ(text_of(compare(earlier(unknown), unknown)),
            many + "the inbound connectors were read neither then nor now");
  EXPECT_EQ(text_of(compare(earlier(unknown), known)),
            many + "the baseline holds no inbound connectors: make it anew");
  EXPECT_EQ(text_of(compare(earlier(known), unknown)),
            many + "the inbound connectors were not read this time");
}

// What contoso's settings become by `change`.
template <class Change>
std::string settings_drift(Change change) {
  tenant::Configuration c = contoso();
  tenant::TransportRule rule;
  rule.name = "Quarantine";
  rule.quarantine = true;
  rule.from_scope = "NotInOrganization";
  c.transport_rules.value = {rule};
  c.exported["Get-TransportRule"] = {{"Quarantine", {{"BlindCopyTo", "empty"}}}};
  c.connection_filters.value = {{"Default", std::vector<std::string>{}, false, {}}};
  c.content_filters.value = {
      {"Default", std::vector<std::string>{}, std::vector<std::string>{}, {}}};
  const EarlierAudit before = earlier(audit_of(c));
  change(c);
  return text_of(compare(before, audit_of(c)));
}

TEST(DriftOfSettings, SeesAcceptedDomains) {
  EXPECT_EQ(settings_drift([](auto&) {}), "");
  EXPECT_EQ(settings_drift([](auto& c) {
              c.tenant.accepted_domains[0].type = policy::DomainType::internal_relay;
              c.tenant.accepted_domains[0].match_subdomains = true;
            }),
            "accepted domain contoso.com: DomainType: Authoritative; MatchSubDomains: False -> "
            "DomainType: InternalRelay; MatchSubDomains: True");
  EXPECT_EQ(settings_drift([](auto& c) {
              c.tenant.accepted_domains.push_back({.name = "evil.onmicrosoft.com", .where = {}});
            }),
            "accepted domain evil.onmicrosoft.com:  -> DomainType: Authoritative");
}

TEST(DriftOfSettings, SeesMailFlowRules) {
  EXPECT_EQ(settings_drift([](auto& c) { c.transport_rules.value.clear(); }),
            "mail-flow rule Quarantine: State: Enabled; Mode: Enforce; FromScope: "
            "NotInOrganization; Quarantine: True -> ");
  EXPECT_EQ(settings_drift([](auto& c) { c.transport_rules.value[0].enabled = false; }),
            "mail-flow rule Quarantine: State: Enabled -> State: Disabled");
  EXPECT_EQ(settings_drift([](auto& c) { c.transport_rules.value[0].set_scl = -1; }),
            "mail-flow rule Quarantine: SetSCL: empty -> SetSCL: -1");
  EXPECT_EQ(
      settings_drift([](auto& c) { c.transport_rules.value[0].other_conditions = {"SentTo"}; }),
      "mail-flow rule Quarantine: other conditions: empty -> other conditions: SentTo");
  EXPECT_EQ(
      settings_drift([](auto& c) { c.transport_rules.value[0].not_exported = {"Quarantine"}; }),
      "? mail-flow rule Quarantine: now without Quarantine");
}

TEST(DriftOfSettings, SeesFilters) {
  EXPECT_EQ(settings_drift([](auto& c) {
              c.content_filters.value[0].allowed_senders = {"news@fabrikam.com"};
            }),
            "spam policy Default: AllowedSenders: empty -> AllowedSenders: news@fabrikam.com");
  EXPECT_EQ(settings_drift([](auto& c) { c.connection_filters.value[0].ip_allow_list.reset(); }),
            "? connection filter Default: now without IPAllowList");
}

// What an export holds besides what is looked at, as one cmdlet shows it.
std::string drift_of_exported(const std::string& cmdlet, const std::string& property,
                              const std::string& before, const std::string& after) {
  const auto with = [&](const std::string& value) {
    tenant::Configuration c = contoso();
    tenant::TransportRule rule;
    rule.name = "Rule";
    c.transport_rules.value = {rule};
    c.content_filters.value = {{"Default", {}, {}, {}}};
    c.connection_filters.value = {{"Default", {}, {}, {}}};
    c.tenant.inbound_connectors = {vendor()};
    c.exported["Get-TransportRule"] = {{"Rule", {{"Name", "Rule"}}}};
    auto& objects = c.exported[cmdlet];
    if (objects.empty())
      objects.push_back({cmdlet == "Get-AcceptedDomain"     ? "contoso.com"
                         : cmdlet == "Get-InboundConnector" ? "vendor"
                                                            : "Default",
                         {}});
    objects[0].properties.emplace_back(property, value);
    return audit_of(c);
  };
  std::string out;
  for (const Drift& each : compare(earlier(with(before)), with(after)).drift)
    out += each.control + " " + each.object + ": " + each.before + " -> " + each.after;
  return out;
}

TEST(DriftOfSettings, SeesWhatIsNotLookedAtToo) {
  EXPECT_EQ(drift_of_exported("Get-TransportRule", "BlindCopyTo", "empty", "spy@evil.example"),
            "mail-flow rule Rule: BlindCopyTo: empty -> BlindCopyTo: spy@evil.example");
  EXPECT_EQ(drift_of_exported("Get-HostedContentFilterPolicy", "SpamAction", "Quarantine", "None"),
            "spam policy Default: SpamAction: Quarantine -> SpamAction: None");
  EXPECT_EQ(
      drift_of_exported("Get-HostedConnectionFilterPolicy", "IPBlockList", "empty", "1.2.3.4"),
      "connection filter Default: IPBlockList: empty -> IPBlockList: 1.2.3.4");
  EXPECT_EQ(
      drift_of_exported("Get-AcceptedDomain", "SendingFromDomainDisabled", "False", "True"),
      "accepted domain contoso.com: SendingFromDomainDisabled: False -> SendingFromDomainDisabled: "
      "True");
  EXPECT_EQ(drift_of_exported("Get-InboundConnector", "EFUsers", "a@contoso.com", "b@contoso.com"),
            "connector Vendor: EFUsers: a@contoso.com -> EFUsers: b@contoso.com");
  EXPECT_EQ(drift_of_exported("Get-TransportRule", "Mode", "Audit", "AuditAndNotify"),
            "mail-flow rule Rule: Mode as exported: Audit -> Mode as exported: AuditAndNotify");
  EXPECT_EQ(drift_of_exported("Get-TransportRule", "BlindCopyTo", "x", "x"), "");
}

TEST(DriftOfSettings, ARuleThatTellsNeitherIsNotCompared) {
  tenant::Configuration c = contoso();
  tenant::TransportRule rule;
  rule.name = "Rule";
  c.transport_rules.value = {rule};
  const std::string told =
      "? mail-flow rule Rule: its other properties: not both tell them, or its WhenChanged; "
      "export all properties";
  EXPECT_EQ(text_of(compare(earlier(audit_of(c)), audit_of(c))), told);
  tenant::Configuration dated = c;
  dated.transport_rules.value[0].when_changed = 1;
  EXPECT_EQ(text_of(compare(earlier(audit_of(c)), audit_of(dated))), told);
  EXPECT_EQ(text_of(compare(earlier(audit_of(dated)), audit_of(dated))), "");
}

TEST(DriftOfTenants, AnothersBaselineIsNotCompared) {
  tenant::Configuration other = contoso();
  other.tenant.name = "fabrikam.com";
  other.tenant.accepted_domains[0].name = "fabrikam.com";
  EXPECT_EQ(text_of(compare(earlier(audit_of(contoso())), audit_of(other))),
            "? tenant contoso.com: the baseline is another tenant's: none of its domains "
            "(contoso.com) is one of this one's (fabrikam.com)");
  // A domain in common is enough, whatever it is called.
  other.tenant.accepted_domains.push_back({.name = "contoso.com", .where = {}});
  EXPECT_EQ(compare(earlier(audit_of(contoso())), audit_of(other)).not_compared.size(), 0u);
}

TEST(DriftOfTenants, WithoutDomainsTheNameMustDo) {
  tenant::Configuration unread = contoso();
  unread.tenant.accepted_domains.clear();
  unread.accepted_domains_known = false;
  const EarlierAudit before = earlier(audit_of(contoso()));
  EXPECT_EQ(text_of(compare(before, audit_of(unread), Extent::one_control)), "");
  unread.tenant.name = "contoso";
  EXPECT_EQ(
      text_of(compare(before, audit_of(unread), Extent::one_control)),
      "? tenant contoso.com: whether the baseline is this tenant's is not known, since one of "
      "the two does not tell its accepted domains");
}

TEST(Drift, TheSameIsNone) {
  const auto now = report(Status::fail, "False");
  EXPECT_EQ(text_of(compare(earlier(now), now)), "");
}

TEST(Drift, WhereItWasFoundDoesNotMatter) {
  const auto before = earlier(report(Status::fail, "False"));
  auto now = report(Status::fail, "False");
  now.results[0].findings[0].where = "elsewhere";
  EXPECT_TRUE(compare(before, now).drift.empty());
}

TEST(Drift, AnotherStatusOrValueIsTold) {
  const auto drift =
      compare(earlier(report(Status::pass, "True")), report(Status::fail, "False")).drift;
  ASSERT_EQ(drift.size(), 1u);
  EXPECT_EQ(drift[0].control, "6.5.5");
  EXPECT_EQ(drift[0].object, "the tenant");
  EXPECT_EQ(drift[0].before, "pass: True");
  EXPECT_EQ(drift[0].after, "fail: False");
}

// Unread then or now: neither a change nor proof of none.
TEST(Drift, WhatWasNotDeterminedIsNotCompared) {
  const AuditReport unread = report(Status::not_determined, "was not read");
  const AuditReport passes = report(Status::pass, "True");
  EXPECT_EQ(text_of(compare(earlier(unread), unread)),
            "? 6.5.5 the tenant: then and now not determined: was not read");
  EXPECT_EQ(text_of(compare(earlier(unread), passes)),
            "? 6.5.5 the tenant: then not determined: was not read; now pass: True");
  EXPECT_EQ(text_of(compare(earlier(passes), unread)),
            "? 6.5.5 the tenant: then pass: True; now not determined: was not read");
}

TEST(Drift, ObjectsComeAndGo) {
  auto before = report(Status::pass, "True");
  before.results[0].findings.push_back({Status::pass, "old.example", "x", {}, {}, {}});
  auto now = report(Status::pass, "True");
  now.results[0].findings.push_back({Status::pass, "new.example", "y", {}, {}, {}});
  const auto drift = compare(earlier(before), now).drift;
  ASSERT_EQ(drift.size(), 2u);
  EXPECT_EQ(drift[0].object, "old.example");
  EXPECT_TRUE(drift[0].after.empty());
  EXPECT_EQ(drift[1].object, "new.example");
  EXPECT_TRUE(drift[1].before.empty());
}

TEST(Drift, TheTenantIsTheSameWhateverItIsCalled) {
  auto now = report(Status::pass, "True");
  now.tenant = now.results[0].findings[0].object = "contoso.onmicrosoft.com";
  EXPECT_TRUE(compare(earlier(report(Status::pass, "True")), now).drift.empty());
}

TEST(Drift, AControlThatWasNotAskedForIsNone) {
  auto before = report(Status::pass, "True");
  ControlResult another;
  another.control.id = "POSTERN-X";
  before.results.push_back(another);
  auto now = report(Status::pass, "True");
  now.entrances[0].state = Gate::not_determined;  // one control alone does not determine it
  EXPECT_EQ(text_of(compare(earlier(before), now, Extent::one_control)), "");
  EXPECT_NE(text_of(compare(earlier(before), now)).find("? POSTERN-X: this control was not judged"),
            std::string::npos);
  EXPECT_NE(text_of(compare(earlier(now), before)).find("? POSTERN-X: the baseline does not hold"),
            std::string::npos);
}

TEST(Drift, AnEntranceThatOpenedIsTold) {
  auto before = report(Status::pass, "True");
  before.entrances[0].state = Gate::shut;
  const auto drift = compare(earlier(before), report(Status::pass, "True")).drift;
  ASSERT_EQ(drift.size(), 1u);
  EXPECT_EQ(drift[0].control, "entrance");
  EXPECT_EQ(drift[0].before, "shut");
  EXPECT_EQ(drift[0].after, "open");
}

}  // namespace
}  // namespace postern::audit
