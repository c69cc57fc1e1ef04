#include "plan/coverage.hpp"

#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "plan/testing/fewest_reader.hpp"
#include "plan/testing/tenant_in_memory.hpp"

namespace postern::plan {
namespace {

// What the plan proposes, from senders made by hand.

impact::Shape shape(const char* ip, std::uint64_t messages, const char* domain = "contoso.com") {
  impact::Shape out;
  if (*ip != '\0') out.client_ip = IpAddress::parse(ip);
  out.authenticated = policy::Known::no;
  out.tls = policy::Known::no;
  out.certificate = policy::ClientCertificate::State::none;
  out.observed = policy::ObservedAttribution::State::default_connector;
  out.reverse_path = policy::ReversePath::State::address;
  out.sender_domain = domain;
  out.recipient_domain = "contoso.com";
  out.messages = messages;
  return out;
}

impact::Sender sender(const char* name, std::vector<impact::Shape> shapes,
                      policy::ConnectorType type = policy::ConnectorType::on_premises) {
  impact::Sender out;
  out.name = name;
  out.kind =
      type == policy::ConnectorType::partner ? impact::Kind::online_service : impact::Kind::device;
  out.looks = impact::Looks::legitimate;
  out.standing = impact::Standing::certain;
  out.source_is_vouched_for = true;
  for (const impact::Shape& each : shapes)
    out.messages += each.messages;
  out.shapes = std::move(shapes);
  out.remedy.what = "a connector";
  out.remedy.connector = testing::connector(name, type, {"*"}, {});
  return out;
}

Coverage cover_under(policy::Tenant tenant, std::vector<impact::Sender> senders,
                     const impact::Context& context = {}) {
  impact::Report report;
  report.senders = std::move(senders);
  tenant.reject_direct_send = policy::RejectDirectSend::on;
  return plan::cover(report, context, *Replay::under(tenant, {}));
}

Coverage cover(std::vector<impact::Sender> senders, const impact::Context& context = {}) {
  return cover_under(testing::contoso(), std::move(senders), context);
}

policy::Tenant contoso_and_its_domains() {
  policy::Tenant out = testing::contoso();
  for (unsigned i = 0; i < testing::most_domains; ++i)
    out.accepted_domains.emplace_back().name = testing::domain_at(i);
  return out;
}

std::string addresses_of(const Proposal& proposal) {
  std::string out;
  for (const Prefix& prefix : proposal.connector.sender_ip_addresses)
    out += (out.empty() ? "" : " ") + prefix.text();
  return out;
}

TEST(Cover, AnAddressThatAlsoSentWhatLooksForgedIsLeftOut) {
  impact::Sender forged = sender("Mallory", {shape("203.0.113.5", 2)});
  forged.looks = impact::Looks::forged;
  forged.standing = impact::Standing::presumed;
  const Coverage coverage =
      cover({sender("Scanner", {shape("203.0.113.5", 20), shape("203.0.113.6", 20)}), forged});
  ASSERT_EQ(coverage.proposals.size(), 1u);
  EXPECT_EQ(addresses_of(coverage.proposals[0]), "203.0.113.6");
  ASSERT_EQ(coverage.left_out.size(), 1u);
  EXPECT_EQ(coverage.left_out[0].sender, 0u);
  EXPECT_NE(coverage.left_out[0].why.find("203.0.113.5 also sent mail that looks forged"),
            std::string::npos);
}

TEST(Cover, MailWithoutAnAddressIsLeftOutAndTheRestIsNot) {
  const Coverage coverage = cover(
      {sender("Scanner", {shape("", 3), shape("203.0.113.6", 20), shape("", 4, "x.example")})});
  ASSERT_EQ(coverage.proposals.size(), 1u);
  EXPECT_EQ(addresses_of(coverage.proposals[0]), "203.0.113.6");
  ASSERT_EQ(coverage.left_out.size(), 1u) << "said once";
  EXPECT_NE(coverage.left_out[0].why.find("client address is not known"), std::string::npos);
}

TEST(Cover, ASenderWithoutAnyAddressGetsNoConnector) {
  const Coverage coverage = cover({sender("Scanner", {shape("", 3)})});
  EXPECT_TRUE(coverage.proposals.empty());
  EXPECT_EQ(coverage.left_out.size(), 1u);
}

TEST(Cover, TheGatewaysAddressesGetNoPlainConnector) {
  impact::Sender gateway =
      sender("Gateway", {shape("198.51.100.200", 50)}, policy::ConnectorType::partner);
  gateway.kind = impact::Kind::third_party_mx;
  gateway.remedy.connector->restrict_domains_to_ip_addresses = true;
  Coverage coverage = cover({gateway});
  EXPECT_TRUE(coverage.proposals.empty());
  ASSERT_EQ(coverage.left_out.size(), 1u);
  EXPECT_NE(coverage.left_out[0].why.find("lock-down connector"), std::string::npos);
  gateway.remedy.connector->restrict_domains_to_ip_addresses = false;
  gateway.remedy.connector->restrict_domains_to_certificate = true;
  EXPECT_TRUE(cover({gateway}).proposals.empty());
}

TEST(Cover, OnlyWhoIsKnownForCertainGetsAConnector) {
  for (const auto standing : {impact::Standing::presumed, impact::Standing::open}) {
    impact::Sender one = sender("Scanner", {shape("203.0.113.6", 20)});
    one.standing = standing;
    EXPECT_TRUE(cover({one}).proposals.empty());
  }
  impact::Sender let_break = sender("Forwarder", {shape("203.0.113.6", 20)});
  let_break.loss_accepted = true;
  EXPECT_TRUE(cover({let_break}).proposals.empty());
}

// Whoever forwards the tenant's own mail brings signatures that pass.
TEST(Cover, ASourceThatNobodyVouchesForGetsNoConnector) {
  impact::Sender one = sender("Club", {shape("192.0.2.90", 20)}, policy::ConnectorType::partner);
  one.source_is_vouched_for = false;
  const Coverage coverage = cover({one});
  EXPECT_TRUE(coverage.proposals.empty());
  EXPECT_NE(coverage.left_out.at(0).why.find("SRS"), std::string::npos);
}

// A restriction would refuse what Exchange exempts from the switch.
TEST(Cover, APartnerConnectorByAddressRestrictsUnlessSomebodyIsExempt) {
  const auto partner = policy::ConnectorType::partner;
  const impact::Sender crm = sender("CRM", {shape("192.0.2.10", 5)}, partner);
  const Coverage alone = cover({crm});
  EXPECT_TRUE(alone.proposals.at(0).connector.restrict_domains_to_ip_addresses);
  EXPECT_NE(alone.proposals[0].warnings.at(0).find("as soon as it is there"), std::string::npos);
  impact::Sender acs = sender("ACS", {shape("192.0.2.20", 5)}, partner);
  acs.remedy.connector.reset();
  acs.reason = policy::Reason::azure_communication_services;
  EXPECT_FALSE(cover({crm, acs}).proposals.at(0).connector.restrict_domains_to_ip_addresses);
}

TEST(Cover, SenderDomainsAreExactAndOfTheDefaultCost) {
  const Coverage coverage = cover({sender(
      "CRM", {shape("192.0.2.10", 5, "contoso.com"), shape("192.0.2.10", 5, "fabrikam.com")},
      policy::ConnectorType::partner)});
  ASSERT_EQ(coverage.proposals.size(), 1u);
  const auto& domains = coverage.proposals[0].connector.sender_domains;
  ASSERT_EQ(domains.size(), 2u);
  for (const policy::SenderDomain& domain : domains) {
    EXPECT_EQ(domain.kind, policy::SenderDomain::Kind::exact);
    EXPECT_EQ(domain.cost, 1);
  }
  EXPECT_EQ(domains[0].name, "contoso.com");
  EXPECT_EQ(domains[1].name, "fabrikam.com");
}

TEST(Cover, ConnectorsAreCalledAfterWhoTheyAreFor) {
  const auto name = [](std::vector<impact::Sender> senders) {
    const Coverage coverage = cover(std::move(senders));
    return coverage.proposals.size() == 1 ? coverage.proposals[0].connector.name : "not one";
  };
  const auto partner = policy::ConnectorType::partner;
  EXPECT_EQ(name({sender("CRM", {shape("192.0.2.10", 5)}, partner)}), "Postern - CRM");
  EXPECT_EQ(name({sender("CRM", {shape("192.0.2.10", 5)}, partner),
                  sender("ERP", {shape("192.0.2.20", 5)}, partner)}),
            "Postern - senders as contoso.com");
  EXPECT_EQ(name({sender("CRM", {shape("192.0.2.10", 5), shape("192.0.2.10", 5, "fabrikam.com")},
                         partner),
                  sender("ERP", {shape("192.0.2.20", 5), shape("192.0.2.20", 5, "fabrikam.com")},
                         partner)}),
            "Postern - senders as contoso.com and others");
  EXPECT_EQ(name({sender("O'Brien; \"Zoë\" <a@b_c.d-e 9Z>", {shape("192.0.2.10", 5)}, partner)}),
            "Postern - OBrien Zo a@b_c.d-e 9Z");
  EXPECT_EQ(name({sender(std::string(80, 'x').c_str(), {shape("192.0.2.10", 5)}, partner)}),
            "Postern - " + std::string(54, 'x'));
  impact::Sender signed_one =
      sender(std::string(80, 'x').c_str(), {shape("192.0.2.10", 5)}, partner);
  signed_one.remedy.connector->tls_sender_certificate_name = "mail.crm.example";
  EXPECT_EQ(name({signed_one}), "Postern - " + std::string(40, 'x') + " (certificate)");
}

// Whoever shares the certificate is kept out by DMARC alone.
TEST(Cover, ACertificatesWarningSaysWhoSaysThatItIsPresented) {
  impact::Shape seen = shape("192.0.2.10", 5);
  seen.tls = policy::Known::yes;
  seen.certificate = policy::ClientCertificate::State::presented;
  seen.subject = "mail.crm.example";
  impact::Sender recorded = sender("CRM", {seen}, policy::ConnectorType::partner);
  recorded.remedy.connector->tls_sender_certificate_name = "mail.crm.example";
  recorded.remedy.risk = "whoever holds it can send as you";
  const auto warnings = [&](const impact::Sender& from) {
    return cover({from}).proposals.at(0).warnings;
  };
  using Warnings = std::vector<std::string>;
  EXPECT_EQ(warnings(recorded), Warnings{"whoever holds it can send as you"});

  impact::Sender answered = recorded;
  answered.answered_certificate = "mail.crm.example";
  answered.pin = "senders.toml:4:1";
  EXPECT_EQ(warnings(answered),
            (Warnings{"that 'CRM' presents mail.crm.example is your answer (senders.toml:4:1)",
                      "whoever holds it can send as you"}));

  impact::Sender presumed = sender("CRM", {shape("192.0.2.10", 5)}, policy::ConnectorType::partner);
  presumed.remedy.connector->tls_sender_certificate_name = "*.crm.example";
  presumed.remedy.risk = "shared by all customers";
  EXPECT_EQ(warnings(presumed),
            (Warnings{"the evidence does not record certificates: that it presents *.crm.example "
                      "is what the service data say",
                      "shared by all customers"}));
}

// Another connector of the plan may let in what that one alone would refuse.
TEST(Cover, WhatTheTrialOfOneConnectorFoundIsNoWarningOfThePlan) {
  impact::Sender crm = sender("CRM", {shape("192.0.2.10", 5)}, policy::ConnectorType::partner);
  crm.remedy.risk = "addresses of a service change";
  crm.remedy.trial = "tried on this evidence, it would refuse 160 messages of 2 other senders";
  const Coverage coverage = cover({crm});
  for (const std::string& warning : coverage.proposals.at(0).warnings)
    EXPECT_EQ(warning.find("tried on this evidence"), std::string::npos) << warning;
  EXPECT_EQ(
      impact::risk_alone(crm.remedy),
      "addresses of a service change; tried on this evidence, it would refuse 160 messages of "
      "2 other senders");
}

TEST(Cover, JunkedMailIsWarnedOf) {
  impact::Sender junked = sender("Scanner", {shape("203.0.113.6", 20)});
  junked.delivery[static_cast<std::size_t>(evidence::Delivery::junk)] = 7;
  const Coverage coverage = cover({junked});
  ASSERT_EQ(coverage.proposals.at(0).warnings.size(), 1u);
  EXPECT_EQ(coverage.proposals[0].warnings[0], "7 message(s) of 'Scanner' went to junk");
}

TEST(Cover, WhatAnOwnDevicesAddressSendsNeedsNoOtherConnector) {
  const auto partner = policy::ConnectorType::partner;
  const Coverage coverage =
      cover({sender("Scanner", {shape("203.0.113.6", 20)}),
             sender("Payroll", {shape("203.0.113.6", 3)}, partner),
             sender("CRM", {shape("203.0.113.6", 5), shape("192.0.2.10", 5)}, partner)});
  ASSERT_EQ(coverage.proposals.size(), 2u);
  EXPECT_EQ(addresses_of(coverage.proposals[0]), "192.0.2.10");
  EXPECT_EQ(coverage.proposals[0].senders, std::vector<std::size_t>({2}));
  EXPECT_EQ(addresses_of(coverage.proposals[1]), "203.0.113.6");
  EXPECT_EQ(coverage.proposals[1].senders, std::vector<std::size_t>({0, 1, 2}));
}

TEST(Cover, TlsIsDemandedWhereAllThatAConnectorIsForHadIt) {
  const auto partner = policy::ConnectorType::partner;
  impact::Shape secure = shape("192.0.2.10", 5, "contoso.com");
  secure.tls = policy::Known::yes;
  EXPECT_TRUE(cover({sender("CRM", {secure}, partner)}).proposals.at(0).connector.require_tls);
  const Coverage both =
      cover({sender("CRM", {secure}, partner), sender("ERP", {shape("192.0.2.20", 5)}, partner)});
  ASSERT_EQ(both.proposals.size(), 1u);
  EXPECT_FALSE(both.proposals[0].connector.require_tls);
}

TEST(Cover, WhatOneLineDoesNotCarryIsSeveralConnectors) {
  std::vector<impact::Shape> shapes;
  std::vector<std::string> addresses;
  for (int i = 0; i < 1000; ++i) {
    addresses.push_back("198.51." + std::to_string(i / 100) + "." + std::to_string(i % 100 * 2));
    shapes.push_back(shape(addresses.back().c_str(), 1));
  }
  const Coverage coverage = cover({sender("CRM", shapes, policy::ConnectorType::partner)});
  EXPECT_EQ(coverage.proposals.size(), 2u);
  std::set<std::string> listed;
  for (const Proposal& proposal : coverage.proposals) {
    EXPECT_EQ(proposal.senders, std::vector<std::size_t>({0}));
    EXPECT_NE(proposal.warnings.back().find("2 connectors"), std::string::npos);
    for (const Prefix& prefix : proposal.connector.sender_ip_addresses)
      EXPECT_TRUE(listed.insert(prefix.text()).second);
  }
  EXPECT_EQ(listed, std::set<std::string>(addresses.begin(), addresses.end()));
}

// --- held against a second reader ---

TEST(Cover, NoSecondReaderFindsFewerConnectors) {
  std::mt19937 random(5);
  const auto first_octet = 2u;
  for (int round = 0; round < 60; ++round) {
    std::vector<impact::Sender> senders;
    unsigned own = 0;           // addresses of own devices
    testing::Pairs others = 0;  // of what others send
    for (auto left = 1 + random() % 12; left > 0; --left) {
      const bool is_own = random() % 5 == 0;
      const auto address = static_cast<unsigned>(random() % testing::most_addresses);
      std::vector<impact::Shape> shapes;
      for (unsigned domain = 0; domain < testing::most_domains; ++domain) {
        if (random() % 3 != 0 && !(domain == 2 && shapes.empty())) continue;
        const std::string ip = testing::address_at(first_octet, address).text();
        shapes.push_back(shape(ip.c_str(), 5, testing::domain_at(domain).c_str()));
        if (!is_own) others |= 1u << (address * testing::most_domains + domain);
      }
      if (is_own) own |= 1u << address;
      senders.push_back(
          sender(("S" + std::to_string(left)).c_str(), shapes,
                 is_own ? policy::ConnectorType::on_premises : policy::ConnectorType::partner));
    }
    for (unsigned i = 0; i < testing::most_addresses; ++i) {
      if ((own >> i & 1) != 0) others &= ~(7u << i * testing::most_domains);
    }
    const Coverage coverage = cover_under(contoso_and_its_domains(), senders);
    std::size_t blocks = 0;
    testing::Pairs in = 0;
    for (const Proposal& proposal : coverage.proposals) {
      const auto& connector = proposal.connector;
      blocks += connector.sender_ip_addresses.size();
      if (connector.type != policy::ConnectorType::partner) continue;
      std::vector<std::string> domains;
      for (const policy::SenderDomain& domain : connector.sender_domains)
        domains.push_back(domain.name);
      in |= testing::pairs_of(connector.sender_ip_addresses, domains, first_octet);
    }
    ASSERT_EQ(in, others) << round;
    auto [connectors, addresses] = testing::fewest(others, first_octet);
    if (own != 0) ++connectors;
    addresses += testing::blocks_of(own, 0, 256, first_octet);
    ASSERT_EQ(std::pair(coverage.proposals.size(), blocks), std::pair(connectors, addresses))
        << round;
  }
}

}  // namespace
}  // namespace postern::plan
