// What of a tenant's records is asked of DNS, and what is made of the answers.
#include "cli/tenant_dns.hpp"

#include <utility>

#include <gtest/gtest.h>

#include "auth/memory_zone.hpp"

namespace postern::cli {
namespace {

using Texts = std::vector<std::string>;

tenant::Configuration configuration_of(const Texts& domains) {
  tenant::Configuration out;
  for (const std::string& name : domains)
    out.tenant.accepted_domains.emplace_back().name = name;
  return out;
}

void complete(tenant::Configuration& configuration, auth::MemoryZone& zone) {
  complete_records(configuration, zone, [] { return false; });
}

TEST(TenantDns, AsksForEveryRecordOfOwnDomains) {
  auth::MemoryZone zone;
  zone.add_text("contoso.com", "v=spf1 -all");
  zone.add_text("contoso.com", "MS=ms1");
  zone.add_text("_dmarc.contoso.com", "v=DMARC1; p=reject");
  zone.add_alias("selector1._domainkey.contoso.com", "s1.contoso.onmicrosoft.com");
  zone.add_text("s1.contoso.onmicrosoft.com", "v=DKIM1; p=A");
  zone.add_exchange("contoso.com", 20, "backup.example");
  zone.add_exchange("contoso.com", 10, "contoso-com.mail.protection.outlook.com");
  auto configuration = configuration_of({"contoso.com", "contoso.onmicrosoft.com"});
  complete(configuration, zone);
  EXPECT_EQ(zone.queries(), 6u) << "Microsoft keeps the records of onmicrosoft.com";
  ASSERT_TRUE(configuration.dns.known);
  const auto& records = configuration.dns.value.at("contoso.com");
  EXPECT_EQ(records.spf.values, (Texts{"v=spf1 -all", "MS=ms1"}));
  EXPECT_EQ(records.dmarc.values, Texts{"v=DMARC1; p=reject"});
  EXPECT_EQ(records.dkim.values, Texts{"v=DKIM1; p=A"});
  EXPECT_EQ(records.mx.values,
            (Texts{"contoso-com.mail.protection.outlook.com", "backup.example"}));
  EXPECT_EQ(records.spf.origin.text(), "DNS: contoso.com");
  EXPECT_TRUE(configuration.remarks.empty());
}

TEST(TenantDns, AsksForThePoliciesAboveADomainToo) {
  auth::MemoryZone zone;
  zone.add_text("_dmarc.corp.example", "v=DMARC1; p=reject");
  auto configuration = configuration_of({"mail.corp.example", "shop.corp.example"});
  complete(configuration, zone);
  EXPECT_EQ(zone.queries(), 12u) << "each of them once";
  EXPECT_EQ(configuration.dns.value.at("corp.example").dmarc.values, Texts{"v=DMARC1; p=reject"});
  EXPECT_FALSE(configuration.dns.value.at("corp.example").spf.asked);
  EXPECT_TRUE(configuration.dns.value.at("example").dmarc.asked);
}

TEST(TenantDns, NoSuchNameIsAnAnswer) {
  auth::MemoryZone zone;
  auto configuration = configuration_of({"contoso.com"});
  complete(configuration, zone);
  const auto& records = configuration.dns.value.at("contoso.com");
  for (const auto* answer : {&records.spf, &records.dmarc, &records.dkim, &records.mx}) {
    EXPECT_TRUE(answer->asked);
    EXPECT_TRUE(answer->values.empty());
  }
}

TEST(TenantDns, WhatIsNotAnsweredStaysUnknownAndIsSaid) {
  auth::MemoryZone zone;
  zone.add_text("contoso.com", "v=spf1 -all");
  zone.set_status("_dmarc.contoso.com", auth::DnsStatus::timeout);
  zone.set_status("selector2._domainkey.contoso.com", auth::DnsStatus::server_failure);
  zone.add_text("selector1._domainkey.contoso.com", "v=DKIM1; p=A");
  auto configuration = configuration_of({"contoso.com"});
  complete(configuration, zone);
  const auto& records = configuration.dns.value.at("contoso.com");
  EXPECT_TRUE(records.spf.asked);
  EXPECT_FALSE(records.dmarc.asked);
  EXPECT_FALSE(records.dkim.asked) << "one selector of two is not all";
  ASSERT_EQ(configuration.remarks.size(), 1u);
  EXPECT_TRUE(configuration.remarks[0].starts_with(
      "DNS did not answer 2 of 6 questions, so these records are not known: _dmarc.contoso.com TXT "
      "(timeout), selector2._domainkey.contoso.com TXT ("))
      << configuration.remarks[0];
}

TEST(TenantDns, WhatTheSourceHoldsIsNotAskedFor) {
  auth::MemoryZone zone;
  zone.add_text("contoso.com", "v=spf1 +all");
  auto configuration = configuration_of({"contoso.com"});
  auto& known = configuration.dns.value["contoso.com"];
  known.spf.asked = known.mx.asked = true;
  known.spf.values = {"v=spf1 -all"};
  complete(configuration, zone);
  EXPECT_EQ(zone.queries(), 4u);
  EXPECT_EQ(configuration.dns.value.at("contoso.com").spf.values, Texts{"v=spf1 -all"});
}

TEST(TenantDns, WithoutTheOptionALiveTenantIsToldOfIt) {
  auto live = configuration_of({"contoso.com"});
  ASSERT_TRUE(complete_records(live, {}, true));
  ASSERT_EQ(live.remarks.size(), 1u);
  EXPECT_NE(live.remarks[0].find("--resolve asks"), std::string::npos);
  EXPECT_FALSE(live.dns.known);
  auto file = configuration_of({"contoso.com"});
  ASSERT_TRUE(complete_records(file, {}, false));
  EXPECT_TRUE(file.remarks.empty()) << "an export says by itself what it holds";
}

TEST(TenantDns, OptionsThatNeedResolve) {
  RecordLookup lookup;
  EXPECT_TRUE(check_record_options(lookup));
  lookup.dns.zone = "z";
  EXPECT_EQ(check_record_options(lookup).error().where.text(), "--zone");
  lookup.resolve = true;
  EXPECT_TRUE(check_record_options(lookup));
}

}  // namespace
}  // namespace postern::cli
