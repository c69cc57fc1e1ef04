// A line of the list of what Exchange refuses, a case.
#include "tenant/connector_limits.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "tenant/connector_properties.hpp"

namespace postern::tenant {
namespace {

using policy::ConnectorType;
using policy::InboundConnector;

policy::Tenant contoso() {
  policy::Tenant tenant;
  tenant.accepted_domains.emplace_back().name = "contoso.com";
  tenant.inbound_connectors.emplace_back().name = "News";
  return tenant;
}

InboundConnector good(ConnectorType type = ConnectorType::partner) {
  InboundConnector c;
  c.name = "Vendor";
  c.type = type;
  c.sender_domains = {*policy::parse_sender_domain("*")};
  c.sender_ip_addresses = {*Prefix::parse("203.0.113.0/24")};
  c.where = "c.toml:1:1";
  return c;
}

// What is refused of a good connector after `change`: "Name is empty", …; several with "; ".
template <class Change>
std::string refused(Change change, ConnectorType type = ConnectorType::partner) {
  InboundConnector c = good(type);
  change(c);
  std::string out;
  for (const Error& fault : refused_by_exchange(c, contoso())) {
    EXPECT_EQ(fault.where, "c.toml:1:1");
    EXPECT_FALSE(fault.remedy.empty());
    const std::size_t from = fault.what.find("': ") + 3;
    const std::size_t to = fault.what.rfind(", which Exchange refuses");
    EXPECT_NE(to, std::string::npos) << fault.what;
    out += (out.empty() ? "" : "; ") + fault.what.substr(from, to - from);
  }
  return out;
}

constexpr auto on_premises = ConnectorType::on_premises;

TEST(ExchangeTakes, WhatIsGood) {
  EXPECT_EQ(refused([](auto&) {}), "");
  EXPECT_EQ(refused([](auto&) {}, on_premises), "");
}

TEST(ExchangeRefuses, Names) {
  EXPECT_EQ(refused([](auto& c) { c.name = ""; }), "Name is empty");
  EXPECT_EQ(refused([](auto& c) { c.name = std::string(64, 'a'); }), "");
  EXPECT_EQ(refused([](auto& c) { c.name = std::string(65, 'a'); }),
            "Name is longer than 64 characters");
  EXPECT_EQ(refused([](auto& c) { c.name = " Vendor"; }), "Name begins or ends with white space");
  EXPECT_EQ(refused([](auto& c) { c.name = "a\x1b[1mb"; }), "Name holds a control character");
  EXPECT_EQ(refused([](auto& c) { c.name = "nEWS"; }), "Name is that of another connector, 'News'");
  const policy::Tenant tenant = contoso();
  InboundConnector changed = good();
  changed.name = "NEWS";
  EXPECT_TRUE(refused_by_exchange(changed, tenant, &tenant.inbound_connectors.front()).empty());
}

TEST(ExchangeRefuses, NamesOfUmlautsByCharactersNotOctets) {
  std::string umlauts;
  for (int i = 0; i < 64; ++i)
    umlauts += "\u00fc";
  EXPECT_EQ(refused([&](auto& c) { c.name = umlauts; }), "");
  std::string faces;
  for (int i = 0; i < 33; ++i)
    faces += "\U0001F600";  // two code units each
  EXPECT_EQ(refused([&](auto& c) { c.name = faces; }), "Name is longer than 64 characters");
}

TEST(ExchangeRefuses, Comments) {
  EXPECT_EQ(refused([](auto& c) { c.comment = std::string(1024, 'a'); }), "");
  EXPECT_EQ(refused([](auto& c) { c.comment = std::string(1025, 'a'); }),
            "Comment is longer than 1024 characters");
}

std::string with_address(const char* address, ConnectorType type = ConnectorType::partner) {
  return refused([&](auto& c) { c.sender_ip_addresses = {*Prefix::parse(address)}; }, type);
}

TEST(ExchangeRefuses, Addresses) {
  EXPECT_EQ(with_address("2001:db8::1"), "SenderIPAddresses lists 2001:db8::1, IPv6");
  EXPECT_EQ(with_address("203.0.112.0/23"),
            "SenderIPAddresses lists 203.0.112.0/23, wider than /24");
  EXPECT_FALSE(Prefix::parse("203.0.113.1-203.0.113.9")) << "a range is refused where it is read";
  for (const char* reserved : {"10.0.0.1", "172.16.0.0/24", "172.31.255.255", "192.168.1.0/24",
                               "127.0.0.1", "169.254.0.1", "100.64.0.1", "100.127.255.0/24",
                               "224.0.0.1", "239.255.255.255", "0.0.0.1", "255.255.255.255"}) {
    EXPECT_EQ(
        with_address(reserved).find(std::string("SenderIPAddresses lists ") + reserved + ": "), 0u)
        << reserved;
  }
  // Their neighbours, and documentation, are let through.
  for (const char* free : {"9.255.255.255", "11.0.0.0", "172.15.255.255", "172.32.0.0",
                           "192.167.255.255", "192.169.0.0", "126.255.255.255", "128.0.0.0",
                           "169.253.255.255", "169.255.0.0", "100.63.255.255", "100.128.0.0",
                           "223.255.255.255", "1.0.0.0", "192.0.2.1", "198.51.100.0/24"}) {
    EXPECT_EQ(with_address(free), "") << free;
  }
  EXPECT_EQ(refused([](auto& c) {
              c.sender_ip_addresses = {*Prefix::parse("198.51.100.1/25"),
                                       *Prefix::parse("198.51.100.9/25")};
            }),
            "SenderIPAddresses lists 198.51.100.0/25 twice");
}

TEST(ExchangeRefuses, ItsOwnAddressesOnPremises) {
  for (const char* own : {"40.92.0.0/24", "40.93.255.255", "40.107.1.2", "52.100.0.0/24",
                          "52.103.255.255", "104.47.0.0/24", "104.47.127.255"}) {
    EXPECT_NE(with_address(own, on_premises).find("Exchange Online's own"), std::string::npos)
        << own;
    EXPECT_EQ(with_address(own), "") << "of a Partner: " << own;
  }
  for (const char* other : {"40.94.0.0", "40.106.255.255", "52.104.0.0", "104.47.128.0"})
    EXPECT_EQ(with_address(other, on_premises), "") << other;
}

TEST(ExchangeRefuses, CertificateNames) {
  const auto named = [](const char* name, bool tls, ConnectorType type) {
    return refused(
        [&](auto& c) {
          c.tls_sender_certificate_name = name;
          c.require_tls = tls;
        },
        type);
  };
  EXPECT_EQ(named("*.contoso.com", true, ConnectorType::partner), "");
  EXPECT_EQ(named("a b", true, ConnectorType::partner),
            "TlsSenderCertificateName is 'a b', no name");
  EXPECT_EQ(named("mail.contoso.com", false, ConnectorType::partner),
            "TlsSenderCertificateName stands without RequireTls");
  EXPECT_EQ(named("mail.contoso.com", false, on_premises),
            "TlsSenderCertificateName stands without RequireTls");
  EXPECT_EQ(named("mail.protection.outlook.com", true, on_premises),
            "TlsSenderCertificateName is mail.protection.outlook.com, a service provider's, on an "
            "OnPremises connector");
}

TEST(ExchangeRefuses, OnPremisesWithoutASourceOrWithARestriction) {
  EXPECT_EQ(refused([](auto& c) { c.sender_ip_addresses.clear(); }, on_premises),
            "ConnectorType OnPremises has neither an address nor a certificate name");
  EXPECT_EQ(refused([](auto& c) { c.restrict_domains_to_ip_addresses = true; }, on_premises),
            "RestrictDomainsToIPAddresses is on for an OnPremises connector, which can't restrict");
}

TEST(ExchangeRefuses, RestrictionsToNothingAndBothAtOnce) {
  EXPECT_EQ(refused([](auto& c) {
              c.restrict_domains_to_ip_addresses = true;
              c.sender_ip_addresses.clear();
            }),
            "RestrictDomainsToIPAddresses is on without addresses");
  EXPECT_EQ(refused([](auto& c) { c.restrict_domains_to_certificate = true; }),
            "RestrictDomainsToCertificate is on without a certificate name");
  EXPECT_EQ(refused([](auto& c) {
              c.restrict_domains_to_ip_addresses = c.restrict_domains_to_certificate = true;
              c.tls_sender_certificate_name = "a.example";
              c.require_tls = true;
            }),
            "RestrictDomainsToIPAddresses is on together with RestrictDomainsToCertificate");
}

TEST(ExchangeRefuses, HybridRightsOfPartners) {
  EXPECT_EQ(refused([](auto& c) { c.cloud_services_mail_enabled = true; }),
            "CloudServicesMailEnabled is on for a Partner connector");
  EXPECT_EQ(refused([](auto& c) { c.treat_messages_as_internal = true; }),
            "TreatMessagesAsInternal is on for a Partner connector");
  EXPECT_EQ(refused([](auto& c) { c.cloud_services_mail_enabled = true; }, on_premises), "");
  EXPECT_EQ(
      refused([](auto& c) { c.cloud_services_mail_enabled = c.treat_messages_as_internal = true; },
              on_premises),
      "TreatMessagesAsInternal is on together with CloudServicesMailEnabled");
}

TEST(ExchangeRefuses, SenderDomains) {
  EXPECT_EQ(refused([](auto& c) { c.sender_domains.clear(); }), "SenderDomains is empty");
  for (const int cost : {0, 101}) {
    EXPECT_EQ(refused([&](auto& c) { c.sender_domains.front().cost = cost; }),
              "SenderDomains has a cost of " + std::to_string(cost) + " for *");
  }
  EXPECT_EQ(refused([](auto& c) { c.sender_domains.front().cost = 100; }), "");
  EXPECT_EQ(refused([](auto& c) {
              c.sender_domains = {{policy::SenderDomain::Kind::exact, "a..b", 1}};
            }),
            "SenderDomains names 'a..b', no domain");
}

TEST(ExchangeRefuses, DomainsThatAreNotAccepted) {
  EXPECT_EQ(refused([](auto& c) { c.associated_accepted_domains = {"contoso.com"}; }), "");
  EXPECT_EQ(refused([](auto& c) { c.associated_accepted_domains = {"fabrikam.com"}; }),
            "AssociatedAcceptedDomains names fabrikam.com, no accepted domain of the tenant");
}

// A new property: find out what Exchange refuses of it (connector_limits.cpp), and say it here.
TEST(ExchangeRefuses, SomethingOfEachPropertyButOfThoseItTakesAsTheyCome) {
  const std::map<std::string_view, std::function<void(InboundConnector&)>> wrong = {
      {"Name", [](auto& c) { c.name = ""; }},
      {"ConnectorType",
       [](auto& c) {
         c.type = on_premises;
         c.sender_ip_addresses.clear();
       }},
      {"SenderDomains", [](auto& c) { c.sender_domains.clear(); }},
      {"SenderIPAddresses", [](auto& c) { c.sender_ip_addresses = {*Prefix::parse("10.0.0.1")}; }},
      {"TlsSenderCertificateName", [](auto& c) { c.tls_sender_certificate_name = "a b"; }},
      {"RestrictDomainsToIPAddresses",
       [](auto& c) {
         c.restrict_domains_to_ip_addresses = true;
         c.sender_ip_addresses.clear();
       }},
      {"RestrictDomainsToCertificate", [](auto& c) { c.restrict_domains_to_certificate = true; }},
      {"AssociatedAcceptedDomains",
       [](auto& c) { c.associated_accepted_domains = {"fabrikam.com"}; }},
      {"CloudServicesMailEnabled", [](auto& c) { c.cloud_services_mail_enabled = true; }},
      {"TreatMessagesAsInternal", [](auto& c) { c.treat_messages_as_internal = true; }},
      {"Comment", [](auto& c) { c.comment = std::string(1025, 'a'); }},
  };
  // Both values of a flag, and lists that no page of the cmdlets limits; Exchange writes the last
  // two.
  const std::set<std::string_view> any = {"Enabled",       "RequireTls",   "TrustedOrganizations",
                                          "EFSkipIPs",     "EFSkipLastIP", "Guid",
                                          "WhenChangedUTC"};
  for (const ConnectorProperty& property : connector_properties()) {
    const auto change = wrong.find(property.name);
    ASSERT_NE(change != wrong.end(), any.contains(property.name))
        << property.name << ": what of it does Exchange refuse?";
    if (change == wrong.end()) continue;
    EXPECT_NE(refused(change->second).find(std::string(property.name) + " "), std::string::npos)
        << property.name << ": " << refused(change->second);
  }
  EXPECT_EQ(wrong.size() + any.size(), connector_properties().size());
}

TEST(AnotherMailSystem, HasNoSuchLimits) {
  policy::Tenant tenant = contoso();
  tenant.cloud = policy::Cloud::none;
  InboundConnector c = good();
  c.sender_ip_addresses = {*Prefix::parse("10.0.0.0/8")};
  c.sender_domains.clear();
  EXPECT_TRUE(refused_by_exchange(c, tenant).empty());
}

}  // namespace
}  // namespace postern::tenant
