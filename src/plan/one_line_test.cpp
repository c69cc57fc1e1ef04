#include "plan/one_line.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace postern::plan {
namespace {

policy::InboundConnector sized(std::size_t addresses, std::size_t domains) {
  policy::InboundConnector out;
  out.name = "Postern - CRM";
  out.restrict_domains_to_ip_addresses = addresses > 0;
  for (std::size_t i = 0; i < addresses; ++i) {
    const auto at = static_cast<std::uint32_t>(2 * i);
    out.sender_ip_addresses.emplace_back(IpAddress::from_v4(0xc6336400u + at), 32);
  }
  for (std::size_t i = 0; i < domains; ++i)
    out.sender_domains.push_back(
        *policy::parse_sender_domain("department" + std::to_string(i) + ".contoso.com"));
  if (addresses == 0) {
    out.tls_sender_certificate_name = "mail.crm.example";
    out.require_tls = true;
  }
  return out;
}

// Each pair of address and domain that some connector lists; with no addresses, "".
std::set<std::string> pairs(const std::vector<policy::InboundConnector>& all) {
  std::set<std::string> out;
  for (const policy::InboundConnector& c : all) {
    for (const policy::SenderDomain& domain : c.sender_domains) {
      if (c.sender_ip_addresses.empty()) out.insert(domain.name);
      for (const Prefix& prefix : c.sender_ip_addresses)
        out.insert(prefix.text() + " " + domain.name);
    }
  }
  return out;
}

std::size_t pieces(std::size_t addresses, std::size_t domains) {
  const policy::InboundConnector whole = sized(addresses, domains);
  const auto out = in_lines(whole);
  for (const policy::InboundConnector& piece : out) {
    EXPECT_GT(line_length(piece), 0u);
    EXPECT_LE(line_length(piece), longest_line);
    EXPECT_EQ(piece.name, whole.name);
    EXPECT_EQ(piece.restrict_domains_to_ip_addresses, whole.restrict_domains_to_ip_addresses);
    EXPECT_EQ(piece.tls_sender_certificate_name, whole.tls_sender_certificate_name);
  }
  EXPECT_EQ(pairs(out), pairs({whole}));
  return out.size();
}

TEST(InLines, WhatALineCarriesStaysOne) {
  EXPECT_EQ(pieces(1, 1), 1u);
  EXPECT_EQ(pieces(400, 1), 1u);
}

TEST(InLines, AddressesAreSpreadOverAsFewAsCarryThem) {
  for (const std::size_t addresses : {500u, 1000u, 2000u}) {
    std::size_t all = 0;
    for (const Prefix& prefix : sized(addresses, 1).sender_ip_addresses)
      all += prefix.text().size() + 1;
    // What else stands in the line is some 200 characters.
    const std::size_t found = pieces(addresses, 1);
    EXPECT_GE(found, (all + longest_line - 1) / longest_line);
    EXPECT_LE(found, all / (longest_line - 300) + 1);
  }
}

TEST(InLines, DomainsOfACertificateAreSpreadToo) {
  EXPECT_EQ(pieces(0, 100), 1u);
  EXPECT_EQ(pieces(0, 700), 3u);
}

TEST(InLines, BothAreWhereBothAreMany) {
  EXPECT_GE(pieces(450, 200), 4u);
}

TEST(InLines, WhatNoLineCarriesSafelyHasNoLength) {
  policy::InboundConnector one = sized(1, 1);
  one.comment = "a\x1b[1mb";
  EXPECT_EQ(line_length(one), 0u);
}

}  // namespace
}  // namespace postern::plan
