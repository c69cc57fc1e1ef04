// Connectors that do nothing, and those that do something although nobody sees it.
#include "difference/idle.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "difference/testing/checked_pair.hpp"

namespace postern::difference {
namespace {

using policy::InboundConnector;
using policy::RejectDirectSend;
using policy::Tenant;

InboundConnector partner(std::string name, std::string_view sender, std::string_view address) {
  InboundConnector out;
  out.name = std::move(name);
  out.sender_domains = {*policy::parse_sender_domain(sender)};
  if (!address.empty()) out.sender_ip_addresses = {*Prefix::parse(address)};
  return out;
}

Tenant contoso() {
  Tenant tenant;
  tenant.reject_direct_send = RejectDirectSend::on;
  policy::AcceptedDomain domain;
  domain.name = "contoso.com";
  tenant.accepted_domains = {domain};
  return tenant;
}

std::string told(const Tenant& tenant) {
  std::string out;
  for (const IdleConnector& idle : idle_connectors(tenant).idle) {
    out += idle.name + (idle.why == IdleConnector::Why::never_matches ? ": never matches\n"
                        : idle.why == IdleConnector::Why::covered
                            ? ": covered by " + idle.covered_by + "\n"
                            : ": no effect\n");
  }
  return out;
}

TEST(IdleConnectors, AConnectorThatTakesMailIsNone) {
  Tenant tenant = contoso();
  tenant.inbound_connectors = {partner("crm", "contoso.com", "203.0.113.7")};
  EXPECT_EQ(told(tenant), "");
}

TEST(IdleConnectors, OneInsideAnotherIsCovered) {
  Tenant tenant = contoso();
  tenant.inbound_connectors = {partner("narrow", "*", "203.0.113.7"),
                               partner("wide", "*", "203.0.113.0/24")};
  EXPECT_EQ(told(tenant), "narrow: covered by wide\n");
}

TEST(IdleConnectors, ASenderDomainAloneWithoutTlsDoesNothing) {
  Tenant tenant = contoso();
  tenant.inbound_connectors = {partner("by domain", "fabrikam.com", "")};
  EXPECT_EQ(told(tenant), "by domain: never matches\n");
  tenant.inbound_connectors[0].require_tls = true;
  EXPECT_EQ(told(tenant), "") << "it refuses mail without TLS";
}

TEST(IdleConnectors, AddressesThatTheChoicesDoNotCountNeverMatch) {
  Tenant tenant = contoso();
  tenant.choices.partner_address_match = policy::PartnerAddressMatch::only_restricted;
  tenant.inbound_connectors = {partner("crm", "contoso.com", "203.0.113.7")};
  EXPECT_EQ(told(tenant), "crm: never matches\n");
}

TEST(IdleConnectors, TheSwitchBeingOffHidesNothing) {
  Tenant tenant = contoso();
  tenant.reject_direct_send = RejectDirectSend::off;
  tenant.inbound_connectors = {partner("crm", "contoso.com", "203.0.113.7")};
  EXPECT_EQ(told(tenant), "");
}

TEST(IdleConnectors, TooManyAreCountedAsNotExamined) {
  Tenant tenant = contoso();
  for (int i = 0; i < 61; ++i)
    tenant.inbound_connectors.push_back(partner("c" + std::to_string(i), "*", "203.0.113.7"));
  EXPECT_EQ(idle_connectors(tenant).not_examined, 61u);
}

// Against random mail: without an idle connector nothing is decided otherwise.
TEST(IdleConnectors, RandomMailNeedsNoneOfThem) {
  std::size_t idle = 0;
  for (std::uint64_t seed = 0; seed < 120; ++seed) {
    Tenant tenant = random_tenant(seed);
    tenant.reject_direct_send = RejectDirectSend::on;
    for (const IdleConnector& each : idle_connectors(tenant).idle) {
      Tenant without = tenant;
      std::erase_if(without.inbound_connectors,
                    [&](const InboundConnector& one) { return one.name == each.name; });
      const auto all = *policy::Policy::compile(tenant);
      const auto fewer = *policy::Policy::compile(without);
      EdgeMail mail(tenant, without, seed);
      for (int i = 0; i < 200; ++i) {
        const policy::Submission& s = mail.next();
        ASSERT_EQ(effect_of(decide(all, s)), effect_of(decide(fewer, s))) << seed << each.name;
      }
      ++idle;
    }
  }
  EXPECT_GT(idle, 20u);
}

}  // namespace
}  // namespace postern::difference
