// Why not: the nearest connector, and that supplying what it lacks settles it.
#include "policy/near_miss.hpp"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "policy/testing/random_world.hpp"

namespace postern::policy {
namespace {

Tenant contoso() {
  Tenant tenant;
  tenant.reject_direct_send = RejectDirectSend::on;
  AcceptedDomain domain;
  domain.name = "contoso.com";
  tenant.accepted_domains = {domain};
  InboundConnector scanner;
  scanner.name = "Scan relay";
  scanner.type = ConnectorType::on_premises;
  scanner.sender_ip_addresses = {*Prefix::parse("203.0.113.7")};
  InboundConnector crm;
  crm.name = "CRM";
  crm.sender_domains = {*parse_sender_domain("fabrikam.com")};
  crm.tls_sender_certificate_name = "mail.crm.example";
  crm.require_tls = true;
  tenant.inbound_connectors = {scanner, crm};
  return tenant;
}

Submission mail(std::string_view ip, std::string_view from) {
  Submission s;
  s.client_ip = IpAddress::parse(ip);
  s.authenticated = Known::no;
  s.tls = Known::no;
  s.certificate.state = ClientCertificate::State::none;
  s.reverse_path = {ReversePath::State::address, from};
  s.recipient_domain = "contoso.com";
  return s;
}

std::string told(const Tenant& tenant, const Submission& s) {
  const Policy policy = *Policy::compile(tenant);
  const auto miss = nearest_connector(policy, s);
  if (!miss) return "none";
  std::string out = policy.connector(miss->connector).name;
  for (const Lack& lack : miss->lacks)
    out.append("; ").append(lack.text);
  return out;
}

TEST(NearMiss, AnAddressBesideTheConnectorsIsNamed) {
  EXPECT_EQ(told(contoso(), mail("203.0.113.8", "contoso.com")),
            "Scan relay; the client's address 203.0.113.8 is not in its SenderIPAddresses "
            "(203.0.113.7)");
}

TEST(NearMiss, MailThatAConnectorTookHasNone) {
  EXPECT_EQ(told(contoso(), mail("203.0.113.7", "contoso.com")), "none");
}

TEST(NearMiss, ATenantWithoutConnectorsHasNone) {
  Tenant tenant = contoso();
  tenant.inbound_connectors.clear();
  EXPECT_EQ(told(tenant, mail("203.0.113.8", "contoso.com")), "none");
}

TEST(NearMiss, ACertificateForAnotherNameIsNamed) {
  Tenant tenant = contoso();
  tenant.inbound_connectors.erase(tenant.inbound_connectors.begin());
  Submission s = mail("203.0.113.8", "fabrikam.com");
  s.tls = Known::yes;
  s.certificate.state = ClientCertificate::State::presented;
  s.certificate.subject = "other.crm.example";
  EXPECT_EQ(told(tenant, s),
            "CRM; the certificate is for other.crm.example, not for mail.crm.example");
}

TEST(NearMiss, AConnectorThatIsSwitchedOffComesLast) {
  Tenant tenant = contoso();
  tenant.inbound_connectors[0].enabled = false;
  const std::string found = told(tenant, mail("203.0.113.8", "contoso.com"));
  EXPECT_TRUE(found.starts_with("CRM; ")) << found;
  tenant.inbound_connectors.pop_back();
  EXPECT_TRUE(told(tenant, mail("203.0.113.7", "contoso.com")).starts_with("Scan relay; it is sw"));
}

// With the one thing that it lacks supplied, a connector takes the mail.
TEST(NearMiss, SupplyingWhatItLacksSettlesIt) {
  RandomWorld world(41);
  int settled = 0;
  for (int round = 0; round < 6000; ++round) {
    const Tenant tenant = world.tenants().front();
    const Policy policy = *Policy::compile(tenant);
    Submission s = world.submission();
    s.authenticated = Known::no;
    const auto miss = nearest_connector(policy, s);
    if (!miss) continue;
    ASSERT_FALSE(miss->lacks.empty());
    if (miss->lacks.size() != 1) continue;
    const InboundConnector& connector = policy.connector(miss->connector);
    const Lack& lack = miss->lacks.front();
    const bool by_address = lack.what == Lack::What::address || lack.what == Lack::What::source;
    if (by_address && !connector.sender_ip_addresses.empty() &&
        lack.text.find("do not count") == std::string::npos) {
      s.client_ip = connector.sender_ip_addresses.front().first();
    } else if (lack.what == Lack::What::tls) {
      s.tls = Known::yes;
    } else {
      continue;
    }
    const Verdict verdict = decide(policy, s);
    ASSERT_NE(verdict.connector, no_connector) << round << ' ' << lack.text;
    ASSERT_EQ(name_of(verdict.action), "accept") << round << ' ' << lack.text;
    ++settled;
  }
  EXPECT_GT(settled, 200);
}

}  // namespace
}  // namespace postern::policy
