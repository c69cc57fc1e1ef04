#include "probe/exchange_hosts.hpp"

#include <gtest/gtest.h>

#include "auth/memory_zone.hpp"

namespace postern::probe {
namespace {

constexpr const char* own_host = "contoso-com.mail.protection.outlook.com";

Hosts hosts_in(auth::MemoryZone& zone, const std::string& domain = "contoso.com") {
  return *auth::run_now(find_hosts(zone, domain));
}

auth::MemoryZone third_party() {
  auth::MemoryZone zone;
  zone.add_exchange("contoso.com", 20, "mx2.gateway.example");
  zone.add_exchange("contoso.com", 10, "mx1.gateway.example");
  zone.add_address(own_host, *IpAddress::parse("192.0.2.25"));
  return zone;
}

std::string chosen(const Hosts& hosts, const char* wanted = nullptr) {
  Result<Target> target = Target{};
  if (wanted != nullptr) {
    target = parse_target(wanted);
    if (!target) return target.error().line();
  }
  const auto out = choose(hosts, wanted == nullptr ? nullptr : &*target);
  return out ? out->host + ":" + std::to_string(out->port) : out.error().line();
}

TEST(ProtectionNames, DotsBecomeDashes) {
  EXPECT_EQ(protection_names("contoso.com"), std::vector<std::string>{own_host});
  EXPECT_EQ(protection_names("my-shop.co.uk"),
            (std::vector<std::string>{"my-shop-co-uk.mail.protection.outlook.com",
                                      "myshop-co-uk.mail.protection.outlook.com"}));
}

TEST(FindHosts, TheTenantsOwnHostBehindAThirdPartysMx) {
  auto zone = third_party();
  const Hosts hosts = hosts_in(zone);
  EXPECT_EQ(hosts.protection, own_host);
  EXPECT_EQ(hosts.exchanges,
            (std::vector<std::string>{"mx1.gateway.example", "mx2.gateway.example"}));
  EXPECT_EQ(chosen(hosts), std::string(own_host) + ":25");
}

TEST(FindHosts, AnMxOfMicrosoftsIsIt) {
  auth::MemoryZone zone;
  zone.add_exchange("contoso.com", 0, "contoso-com.a-v1.mx.microsoft");
  EXPECT_EQ(hosts_in(zone).protection, "contoso-com.a-v1.mx.microsoft");
}

TEST(FindHosts, ANameThatOnlyEndsLikeMicrosoftsIsNot) {
  EXPECT_FALSE(is_protection_host("evilmail.protection.outlook.com.example"));
  EXPECT_FALSE(is_protection_host("mail.protection.outlook.com"));
  EXPECT_TRUE(is_protection_host("A.Mail.Protection.Outlook.com"));
}

TEST(FindHosts, NothingThereIsSaid) {
  auth::MemoryZone zone;
  zone.set_status("contoso.com", auth::DnsStatus::timeout);
  const std::string line = chosen(hosts_in(zone));
  EXPECT_NE(line.find("no Exchange Online host was found"), std::string::npos) << line;
  EXPECT_NE(line.find(std::string(auth::name_of(auth::DnsStatus::timeout))), std::string::npos);
}

TEST(Choose, TakesTheDomainsOwnHostsAndThisMachineAlone) {
  auto zone = third_party();
  const Hosts hosts = hosts_in(zone);
  EXPECT_EQ(chosen(hosts, "mx2.gateway.example"), "mx2.gateway.example:25");
  EXPECT_EQ(chosen(hosts, own_host), std::string(own_host) + ":25");
  EXPECT_EQ(chosen(hosts, "127.0.0.1:2525"), "127.0.0.1:2525");
  EXPECT_EQ(chosen(hosts, "[::1]:26"), "::1:26");
  EXPECT_EQ(chosen(hosts, "localhost"), "127.0.0.1:25");
  for (const char* foreign :
       {"fabrikam-com.mail.protection.outlook.com", "smtp.example.net", "192.0.2.25",
        "mx1.gateway.example:2525", "[192.0.2.1", "host:", "host:0", "host:99999", ""}) {
    const std::string line = chosen(hosts, foreign);
    EXPECT_EQ(line.find(":25"), std::string::npos) << foreign << " gave " << line;
  }
}

TEST(Addresses, V4First) {
  auth::MemoryZone zone;
  zone.add_address("mx.example", *IpAddress::parse("2001:db8::1"));
  zone.add_address("mx.example", *IpAddress::parse("192.0.2.1"));
  const auto found = *auth::run_now(addresses_of(zone, "mx.example"));
  ASSERT_EQ(found.size(), 2u);
  EXPECT_TRUE(found.front().is_v4());
}

}  // namespace
}  // namespace postern::probe
