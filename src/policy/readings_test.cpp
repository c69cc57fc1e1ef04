// What hangs on a choice, and what does not.
#include "policy/readings.hpp"

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace postern::policy {
namespace {

Tenant contoso() {
  Tenant tenant;
  tenant.name = "contoso.com";
  tenant.reject_direct_send = RejectDirectSend::on;
  for (const char* name : {"contoso.com", "contoso.onmicrosoft.com"}) {
    AcceptedDomain domain;
    domain.name = name;
    tenant.accepted_domains.push_back(domain);
  }
  return tenant;
}

InboundConnector partner(std::string_view address) {
  InboundConnector connector;
  connector.name = "CRM";
  connector.sender_domains = {*parse_sender_domain("*")};
  connector.sender_ip_addresses = {*Prefix::parse(address)};
  return connector;
}

Submission mail(std::string_view address, std::string_view domain = "contoso.com") {
  Submission s;
  s.client_ip = IpAddress::parse(address);
  s.authenticated = Known::no;
  s.tls = Known::yes;
  s.certificate.state = ClientCertificate::State::none;
  s.reverse_path = {ReversePath::State::address, domain};
  s.recipient_domain = "contoso.com";
  return s;
}

std::string said(const Reading& reading) {
  std::string out(name_of(reading.action));
  for (const std::string_view key : keys_of(reading.hangs_on))
    out += " " + std::string(key);
  return out;
}

std::string said(const Tenant& tenant, const Submission& submission, Choice settled = {}) {
  return said(Readings::of(tenant, settled)->decide(submission));
}

TEST(Readings, AnAddressOnAPartnerConnectorHangsOnTheChoice) {
  Tenant tenant = contoso();
  tenant.inbound_connectors = {partner("203.0.113.7")};
  EXPECT_EQ(said(tenant, mail("203.0.113.7")), "undetermined partner_address_match");
  EXPECT_EQ(said(tenant, mail("203.0.113.8")), "reject");
  tenant.inbound_connectors[0].restrict_domains_to_ip_addresses = true;
  EXPECT_EQ(said(tenant, mail("203.0.113.7")), "accept") << "all readings agree on this form";
  tenant.inbound_connectors[0].restrict_domains_to_ip_addresses = false;
  tenant.inbound_connectors[0].type = ConnectorType::on_premises;
  EXPECT_EQ(said(tenant, mail("203.0.113.7")), "accept");
}

TEST(Readings, ASettledChoiceIsNotTried) {
  Tenant tenant = contoso();
  tenant.inbound_connectors = {partner("203.0.113.7")};
  const Choice settled = Choice::partner_address_match;
  EXPECT_EQ(said(tenant, mail("203.0.113.7"), settled), "accept");
  tenant.choices.partner_address_match = PartnerAddressMatch::only_restricted;
  EXPECT_EQ(said(tenant, mail("203.0.113.7"), settled), "reject");
  EXPECT_EQ(said(tenant, mail("203.0.113.7")), "undetermined partner_address_match")
      << "whatever the tenant file takes";
}

TEST(Readings, EachChoiceIsNamedWhereItMatters) {
  Tenant tenant = contoso();
  EXPECT_EQ(said(tenant, mail("203.0.113.7", "contoso.onmicrosoft.com")),
            "undetermined onmicrosoft_senders");
  Submission acs = mail("203.0.113.7");
  acs.azure_communication_services = true;
  EXPECT_EQ(said(tenant, acs), "undetermined acs_exempt");
  EXPECT_EQ(said(tenant, mail("203.0.113.7")), "reject");

  tenant.inbound_connectors = {partner("203.0.113.7")};
  tenant.inbound_connectors[0].restrict_domains_to_ip_addresses = true;
  tenant.inbound_connectors[0].tls_sender_certificate_name = "mail.crm.example";
  EXPECT_EQ(said(tenant, mail("203.0.113.7")), "undetermined connector_match");

  tenant.inbound_connectors = {partner("203.0.113.7")};
  tenant.inbound_connectors[0].restrict_domains_to_ip_addresses = true;
  tenant.inbound_connectors[0].associated_accepted_domains = {"contoso.onmicrosoft.com"};
  EXPECT_EQ(said(tenant, mail("203.0.113.7")), "undetermined associated_domains");
}

TEST(Readings, TwoChoicesThatBothMatterAreBothNamed) {
  Tenant tenant = contoso();
  tenant.inbound_connectors = {partner("203.0.113.7")};
  tenant.inbound_connectors[0].associated_accepted_domains = {"contoso.onmicrosoft.com"};
  EXPECT_EQ(said(tenant, mail("203.0.113.7")),
            "undetermined partner_address_match associated_domains");
}

TEST(Readings, TheSwitchIsTurnedInAllOfThem) {
  Tenant tenant = contoso();
  tenant.reject_direct_send = RejectDirectSend::off;
  tenant.inbound_connectors = {partner("203.0.113.7")};
  const Readings readings = *Readings::of(tenant);
  EXPECT_EQ(said(readings.decide(mail("203.0.113.7"))), "accept");
  EXPECT_EQ(said(readings.with_reject_direct_send(true).decide(mail("203.0.113.7"))),
            "undetermined partner_address_match");
}

TEST(Readings, AMissingFactIsNamedBesideTheChoice) {
  Tenant tenant = contoso();
  tenant.inbound_connectors = {partner("203.0.113.7")};
  tenant.inbound_connectors[0].tls_sender_certificate_name = "mail.crm.example";
  Submission s = mail("203.0.113.7");
  s.certificate.state = ClientCertificate::State::unknown;
  const Reading reading = Readings::of(tenant)->decide(s);
  EXPECT_EQ(reading.action, Action::undetermined);
  EXPECT_TRUE(has(reading.missing, Fact::certificate));
}

// What is left out as irrelevant must be so: every combination of every choice, tried plainly.
TEST(Readings, AgreeWithEveryCombinationTriedPlainly) {
  std::mt19937 random(5);
  const auto chance = [&](unsigned percent) { return random() % 100 < percent; };
  int hanging = 0;
  for (int round = 0; round < 300; ++round) {
    Tenant tenant = contoso();
    for (int i = static_cast<int>(random() % 3); i > 0; --i) {
      InboundConnector connector = partner(chance(50) ? "203.0.113.7" : "203.0.113.0/28");
      connector.name += std::to_string(i);
      connector.type = chance(70) ? ConnectorType::partner : ConnectorType::on_premises;
      connector.enabled = !chance(10);
      connector.restrict_domains_to_ip_addresses = chance(30);
      if (chance(30)) connector.sender_ip_addresses.clear();
      if (chance(30)) connector.tls_sender_certificate_name = "mail.crm.example";
      if (chance(30)) connector.associated_accepted_domains = {"contoso.onmicrosoft.com"};
      tenant.inbound_connectors.push_back(connector);
    }
    Submission s =
        mail(chance(60) ? "203.0.113.7" : "203.0.113.200", chance(50)   ? "contoso.com"
                                                           : chance(50) ? "contoso.onmicrosoft.com"
                                                                        : "adatum.com");
    s.azure_communication_services = chance(20);
    if (chance(20)) s.client_ip.reset();
    if (chance(20)) s.certificate.state = ClientCertificate::State::unknown;
    if (chance(30)) s.recipient_domain = "contoso.onmicrosoft.com";

    bool all_alike = true;
    const Action own = decide(*Policy::compile(tenant), s).action;
    Tenant other = tenant;
    for (int n = 0; n < 96; ++n) {
      Choices& c = other.choices;
      c.onmicrosoft_senders = static_cast<OnmicrosoftSenders>(n % 2);
      c.partner_address_match = static_cast<PartnerAddressMatch>(n / 2 % 2);
      c.connector_match = static_cast<ConnectorMatch>(n / 4 % 2);
      c.acs_exempt = n / 8 % 2 == 0;
      c.onpremises_recipient_match = n / 16 % 2 == 0;
      c.associated_domains = static_cast<AssociatedDomains>(n / 32);
      all_alike = all_alike && decide(*Policy::compile(other), s).action == own;
    }
    const Reading reading = Readings::of(tenant)->decide(s);
    EXPECT_EQ(reading.action, all_alike ? own : Action::undetermined) << round;
    EXPECT_EQ(reading.hangs_on == Choice::none, all_alike) << round;
    hanging += all_alike ? 0 : 1;
  }
  EXPECT_GT(hanging, 20);
}

}  // namespace
}  // namespace postern::policy
