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

AuditReport with(std::vector<policy::InboundConnector> connectors, bool read = true) {
  tenant::Configuration configuration;
  configuration.tenant.inbound_connectors = std::move(connectors);
  configuration.inbound_connectors_read = read;
  const auto policy = policy::Policy::compile(configuration.tenant);
  return run_audit(configuration, *policy, {});
}

// "object: before -> after", where Vendor becomes what `change` makes of it.
template <class Change>
std::string drift_of(Change change) {
  policy::InboundConnector after = vendor();
  change(after);
  std::string out;
  for (const Drift& each : compare(earlier(with({vendor()})), with({after})))
    out += each.control + " " + each.object + ": " + each.before + " -> " + each.after;
  return out;
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
  const auto gone = compare(earlier(with({vendor()})), with({}));
  ASSERT_EQ(gone.size(), 1u);
  EXPECT_EQ(gone[0].object, "Vendor");
  EXPECT_TRUE(gone[0].after.empty());
  EXPECT_NE(gone[0].before.find("SenderIPAddresses: 203.0.113.0/26"), std::string::npos);
  const auto come = compare(earlier(with({})), with({vendor()}));
  ASSERT_EQ(come.size(), 1u);
  EXPECT_TRUE(come[0].before.empty());
}

TEST(DriftOfConnectors, ThatAreNotKnownIsSaid) {
  const AuditReport known = with({vendor()});
  const AuditReport unknown = with({}, false);
  EXPECT_EQ(not_compared(earlier(known), known), "");
  EXPECT_EQ(not_compared(earlier(unknown), unknown), "");
  EXPECT_NE(not_compared(earlier(unknown), known).find("the baseline holds no"), std::string::npos);
  EXPECT_NE(not_compared(earlier(known), unknown).find("were not read"), std::string::npos);
  EXPECT_TRUE(compare(earlier(unknown), known).empty());
  EXPECT_TRUE(compare(earlier(known), unknown).empty());
}

TEST(Drift, TheSameIsNone) {
  const auto now = report(Status::fail, "False");
  EXPECT_TRUE(compare(earlier(now), now).empty());
}

TEST(Drift, WhereItWasFoundDoesNotMatter) {
  const auto before = earlier(report(Status::fail, "False"));
  auto now = report(Status::fail, "False");
  now.results[0].findings[0].where = "elsewhere";
  EXPECT_TRUE(compare(before, now).empty());
}

TEST(Drift, AnotherStatusOrValueIsTold) {
  const auto drift = compare(earlier(report(Status::pass, "True")), report(Status::fail, "False"));
  ASSERT_EQ(drift.size(), 1u);
  EXPECT_EQ(drift[0].control, "6.5.5");
  EXPECT_EQ(drift[0].object, "the tenant");
  EXPECT_EQ(drift[0].before, "pass: True");
  EXPECT_EQ(drift[0].after, "fail: False");
}

TEST(Drift, ObjectsComeAndGo) {
  auto before = report(Status::pass, "True");
  before.results[0].findings.push_back({Status::pass, "old.example", "x", {}, {}, {}});
  auto now = report(Status::pass, "True");
  now.results[0].findings.push_back({Status::pass, "new.example", "y", {}, {}, {}});
  const auto drift = compare(earlier(before), now);
  ASSERT_EQ(drift.size(), 2u);
  EXPECT_EQ(drift[0].object, "old.example");
  EXPECT_TRUE(drift[0].after.empty());
  EXPECT_EQ(drift[1].object, "new.example");
  EXPECT_TRUE(drift[1].before.empty());
}

TEST(Drift, TheTenantIsTheSameWhateverItIsCalled) {
  auto now = report(Status::pass, "True");
  now.tenant = now.results[0].findings[0].object = "contoso.onmicrosoft.com";
  EXPECT_TRUE(compare(earlier(report(Status::pass, "True")), now).empty());
}

TEST(Drift, AControlThatWasNotAskedForIsNone) {
  auto before = report(Status::pass, "True");
  ControlResult another;
  another.control.id = "POSTERN-X";
  before.results.push_back(another);
  auto now = report(Status::pass, "True");
  now.entrances[0].state = Gate::not_determined;  // one control alone does not determine it
  EXPECT_TRUE(compare(earlier(before), now).empty());
}

TEST(Drift, AnEntranceThatOpenedIsTold) {
  auto before = report(Status::pass, "True");
  before.entrances[0].state = Gate::shut;
  const auto drift = compare(earlier(before), report(Status::pass, "True"));
  ASSERT_EQ(drift.size(), 1u);
  EXPECT_EQ(drift[0].control, "entrance");
  EXPECT_EQ(drift[0].before, "shut");
  EXPECT_EQ(drift[0].after, "open");
}

}  // namespace
}  // namespace postern::audit
