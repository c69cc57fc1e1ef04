#include "probe/exchange_hosts.hpp"

#include <utility>

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
  using policy::Cloud;
  EXPECT_EQ(protection_names("contoso.com", Cloud::worldwide),
            (std::vector<std::string>{own_host, "contoso-com.mail.protection.office365.us",
                                      "contoso-com.mail.protection.partner.outlook.cn"}));
  const auto names = protection_names("my-shop.co.uk", Cloud::gcc);
  EXPECT_EQ(names[0], "my-shop-co-uk.mail.protection.outlook.com");
  EXPECT_EQ(names[1], "myshop-co-uk.mail.protection.outlook.com");
}

TEST(ProtectionNames, TheTenantsOwnCloudComesFirst) {
  using policy::Cloud;
  for (const auto& [cloud, name] :
       {std::pair{Cloud::worldwide, "contoso-com.mail.protection.outlook.com"},
        std::pair{Cloud::gcc, "contoso-com.mail.protection.outlook.com"},
        std::pair{Cloud::gcc_high, "contoso-com.mail.protection.office365.us"},
        std::pair{Cloud::dod, "contoso-com.mail.protection.office365.us"},
        std::pair{Cloud::china, "contoso-com.mail.protection.partner.outlook.cn"}}) {
    EXPECT_EQ(protection_names("contoso.com", cloud).front(), name);
  }
  EXPECT_EQ(protection_names("contoso.onmicrosoft.us", Cloud::gcc_high)[1],
            "contoso.mail.protection.office365.us");
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

TEST(FindHosts, TheHostOfEachCloudsTenantIsFound) {
  for (const policy::CloudRow& row : policy::clouds()) {
    const std::string host = "contoso-com." + std::string(row.mail->front_doors.front());
    auth::MemoryZone behind_a_gateway;
    behind_a_gateway.add_exchange("contoso.com", 10, "mx1.gateway.example");
    behind_a_gateway.add_address(host, *IpAddress::parse("192.0.2.25"));
    // The tenant may not say which cloud it is in.
    for (const policy::Cloud told : {row.cloud, policy::Cloud::worldwide}) {
      EXPECT_EQ(auth::run_now(find_hosts(behind_a_gateway, "contoso.com", told))->protection, host);
    }
    auth::MemoryZone direct;
    direct.add_exchange("contoso.com", 0, host);
    EXPECT_EQ(hosts_in(direct).protection, host);
  }
}

TEST(FindHosts, WhereALikelierNameCantBeLookedUpNoOtherIsTaken) {
  auth::MemoryZone zone;
  zone.set_status(own_host, auth::DnsStatus::timeout);
  zone.add_address("contoso-com.mail.protection.office365.us", *IpAddress::parse("192.0.2.25"));
  const Hosts hosts = hosts_in(zone);
  EXPECT_EQ(hosts.protection, "");
  EXPECT_EQ(hosts.not_found, own_host);
  EXPECT_NE(chosen(hosts).find(std::string(auth::name_of(auth::DnsStatus::timeout))),
            std::string::npos);
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
