#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "policy/policy.hpp"

namespace postern::policy {
namespace {

Tenant contoso() {
  Tenant tenant;
  tenant.name = "contoso.com";
  AcceptedDomain domain;
  domain.name = "contoso.com";
  domain.where = "a.json#/0";
  tenant.accepted_domains = {domain};
  InboundConnector connector;
  connector.name = "Relay";
  connector.where = "c.json#/0";
  connector.sender_domains = {*parse_sender_domain("*")};
  connector.sender_ip_addresses = {*Prefix::parse("192.0.2.0/24")};
  tenant.inbound_connectors = {connector};
  return tenant;
}

std::string only_fault(const Tenant& tenant) {
  const auto policy = Policy::compile(tenant);
  if (policy) return "none";
  EXPECT_EQ(policy.error().size(), 1u);
  return policy.error().front().line();
}

TEST(Compile, AcceptsASoundTenant) {
  EXPECT_EQ(only_fault(contoso()), "none");
}

TEST(Compile, NamesADomainThatIsNone) {
  Tenant tenant = contoso();
  tenant.accepted_domains[0].name = "contoso com";
  EXPECT_EQ(only_fault(tenant),
            "a.json#/0: accepted domain 'contoso com' is not a domain name; write it like "
            "contoso.com");
}

TEST(Compile, NamesADomainThatStandsTwice) {
  Tenant tenant = contoso();
  tenant.accepted_domains.push_back(tenant.accepted_domains[0]);
  tenant.accepted_domains[1].where = "a.json#/1";
  EXPECT_EQ(only_fault(tenant),
            "a.json#/1: accepted domain 'contoso.com' stands twice (also in tenant 'contoso.com', "
            "a.json#/0); a domain belongs to one tenant, once");
}

TEST(Compile, NamesTwoTenantsThatClaimADomain) {
  const std::vector<Tenant> tenants = {contoso(), contoso()};
  const auto policy = Policy::compile(tenants);
  ASSERT_FALSE(policy);
  EXPECT_NE(policy.error().front().what.find("stands twice"), std::string::npos);
}

TEST(Compile, HoldsConnectorsToExchangesAddressLimits) {
  Tenant tenant = contoso();
  tenant.inbound_connectors[0].sender_ip_addresses = {*Prefix::parse("192.0.0.0/16")};
  EXPECT_NE(only_fault(tenant).find("connector 'Relay' lists 192.0.0.0/16, wider than /24, which "
                                    "Exchange refuses; split it into /24 blocks"),
            std::string::npos)
      << only_fault(tenant);
  tenant.inbound_connectors[0].sender_ip_addresses = {*Prefix::parse("192.0.2.0/24")};
  EXPECT_EQ(only_fault(tenant), "none");
  tenant.inbound_connectors[0].sender_ip_addresses = {*Prefix::parse("2001:db8::/64")};
  EXPECT_NE(only_fault(tenant).find("name IPv4 addresses"), std::string::npos);
  tenant.cloud = Cloud::none;  // another mail server has no such limit
  EXPECT_EQ(only_fault(tenant), "none");
}

TEST(Compile, ReportsEveryFaultAtOnce) {
  Tenant tenant = contoso();
  tenant.accepted_domains[0].name = "";
  tenant.inbound_connectors[0].name = " ";
  tenant.inbound_connectors.push_back(contoso().inbound_connectors[0]);
  tenant.inbound_connectors.push_back(contoso().inbound_connectors[0]);
  tenant.inbound_connectors.back().name = "RELAY";
  tenant.inbound_connectors.back().tls_sender_certificate_name = "*.*.contoso.com";
  const auto policy = Policy::compile(tenant);
  ASSERT_FALSE(policy);
  EXPECT_EQ(policy.error().size(), 4u);
}

TEST(Compile, OwnerFollowsMatchSubDomains) {
  Tenant tenant = contoso();
  AcceptedDomain wide;
  wide.name = "fabrikam.com";
  wide.match_subdomains = true;
  tenant.accepted_domains.push_back(wide);
  const auto policy = Policy::compile(tenant);
  ASSERT_TRUE(policy);
  EXPECT_EQ(policy->owner_of("contoso.com"), 0u);
  EXPECT_EQ(policy->owner_of("mail.contoso.com"), no_tenant);
  EXPECT_EQ(policy->owner_of("a.b.fabrikam.com"), 0u);
  EXPECT_EQ(policy->owner_of("com"), no_tenant);
  EXPECT_EQ(policy->owner_of(""), no_tenant);
  EXPECT_EQ(policy->tenant_count(), 1u);
  EXPECT_EQ(policy->tenant_name(0), "contoso.com");
}

TEST(Compile, NoTenantsMeansNobodyOwnsAnything) {
  const auto policy = Policy::compile(std::span<const Tenant>());
  ASSERT_TRUE(policy);
  Submission s;
  s.authenticated = Known::no;
  s.recipient_domain = "contoso.com";
  EXPECT_EQ(decide(*policy, s).reason, Reason::relay_denied);
}

}  // namespace
}  // namespace postern::policy
