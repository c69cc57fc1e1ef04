#include "plan/fewest.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "plan/testing/fewest_reader.hpp"

namespace postern::plan {
namespace {

std::string blocks(std::initializer_list<const char*> addresses) {
  std::vector<IpAddress> list;
  for (const char* address : addresses)
    list.push_back(*IpAddress::parse(address));
  std::string out;
  for (const Prefix& prefix : exact_blocks(list))
    out += (out.empty() ? "" : " ") + prefix.text();
  return out;
}

TEST(ExactBlocks, JoinOnlyWhatFillsABlock) {
  EXPECT_EQ(blocks({}), "");
  EXPECT_EQ(blocks({"192.0.2.1"}), "192.0.2.1");
  EXPECT_EQ(blocks({"192.0.2.1", "192.0.2.2"}), "192.0.2.1 192.0.2.2");
  EXPECT_EQ(blocks({"192.0.2.3", "192.0.2.2", "192.0.2.3"}), "192.0.2.2/31");
  EXPECT_EQ(blocks({"192.0.2.0", "192.0.2.1", "192.0.2.2"}), "192.0.2.0/31 192.0.2.2");
  EXPECT_EQ(blocks({"2001:db8::1", "192.0.2.9"}), "192.0.2.9");
  EXPECT_EQ(blocks({"255.255.255.254", "255.255.255.255"}), "255.255.255.254/31");
}

TEST(ExactBlocks, NeverWiderThanExchangeTakes) {
  std::vector<IpAddress> list;
  for (std::uint32_t i = 0; i < 1024; ++i)
    list.push_back(IpAddress::from_v4((198u << 24 | 18u << 16) + i));
  const auto four = exact_blocks(list);
  ASSERT_EQ(four.size(), 4u);
  for (const Prefix& prefix : four)
    EXPECT_EQ(prefix.length(), 24u);
}

TEST(ExactBlocks, HoldExactlyTheAddresses) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::set<IpAddress> want;
    const unsigned spread = 1u << (random() % 11);
    const auto base = static_cast<std::uint32_t>(random()) & 0x7fffffff;
    for (auto i = random() % 300; i > 0; --i)
      want.insert(IpAddress::from_v4(base + static_cast<std::uint32_t>(random() % spread)));
    std::set<IpAddress> got;
    for (const Prefix& prefix : exact_blocks({want.begin(), want.end()})) {
      ASSERT_GE(prefix.length(), 24u);
      for (uint128 key = prefix.first().key(); key <= prefix.last().key(); ++key)
        ASSERT_TRUE(got.insert(IpAddress::from_key(key)).second) << "overlap";
    }
    ASSERT_EQ(got, want);
  }
}

// --- connectors, as "addresses: domains" ---

SourceNeeds source(std::initializer_list<const char*> addresses,
                   std::initializer_list<const char*> domains) {
  SourceNeeds out;
  for (const char* address : addresses)
    out.addresses.push_back(*IpAddress::parse(address));
  out.domains.assign(domains.begin(), domains.end());
  return out;
}

std::string connectors(const std::vector<SourceNeeds>& sources) {
  std::set<std::string> out;
  for (const Listed& listed : fewest_connectors(sources)) {
    std::string one;
    for (const Prefix& prefix : listed.blocks)
      one += prefix.text() + " ";
    one += "as";
    for (const std::string& domain : listed.domains)
      one += " " + domain;
    out.insert(one);
  }
  std::string all;
  for (const std::string& one : out)
    all += (all.empty() ? "" : "; ") + one;
  return all;
}

TEST(FewestConnectors, SendersOfTheSameDomainsShareOne) {
  EXPECT_EQ(connectors({}), "");
  EXPECT_EQ(
      connectors({source({"192.0.2.9"}, {"a.example"}), source({"192.0.2.7"}, {"a.example"})}),
      "192.0.2.7 192.0.2.9 as a.example");
}

TEST(FewestConnectors, OneThatSendsAsBothNeedsNoneOfItsOwn) {
  EXPECT_EQ(connectors({source({"192.0.2.1"}, {"a.example"}), source({"192.0.2.4"}, {"b.example"}),
                        source({"192.0.2.9"}, {"a.example", "b.example"})}),
            "192.0.2.1 192.0.2.9 as a.example; 192.0.2.4 192.0.2.9 as b.example");
}

TEST(FewestConnectors, AnAddressOfTwoSendersIsListedOnce) {
  EXPECT_EQ(
      connectors({source({"192.0.2.1"}, {"a.example"}), source({"192.0.2.1"}, {"b.example"})}),
      "192.0.2.1 as a.example b.example");
}

TEST(FewestConnectors, NeverALetterMoreThanIsNeeded) {
  // One connector would let 192.0.2.1 send as b.example.
  EXPECT_EQ(
      connectors({source({"192.0.2.1"}, {"a.example"}), source({"192.0.2.4"}, {"b.example"})}),
      "192.0.2.1 as a.example; 192.0.2.4 as b.example");
}

TEST(FewestConnectors, AnAddressMayBeListedTwiceToFillABlock) {
  // 192.0.2.3 needs the second connector alone, but it fills the block of the first.
  EXPECT_EQ(connectors({source({"192.0.2.0", "192.0.2.1", "192.0.2.2"}, {"a.example"}),
                        source({"192.0.2.3"}, {"a.example", "b.example"})}),
            "192.0.2.0/30 as a.example; 192.0.2.3 as a.example b.example");
}

TEST(FewestConnectors, ManyKindsOfSendersStillEnd) {
  std::mt19937 random(3);
  std::vector<SourceNeeds> many;
  std::map<IpAddress, std::set<std::string>> wanted;
  for (std::uint32_t i = 0; i < 3000; ++i) {
    SourceNeeds one;
    one.addresses = {IpAddress::from_v4(0xcb007100u + static_cast<std::uint32_t>(random() % 4096))};
    for (int n = 0; n < 5; ++n)
      one.domains.push_back(fmt::format("d{}.example", random() % 90));
    wanted[one.addresses[0]].insert(one.domains.begin(), one.domains.end());
    many.push_back(std::move(one));
  }
  std::map<IpAddress, std::set<std::string>> got;
  for (const Listed& listed : fewest_connectors(many)) {
    for (const Prefix& prefix : listed.blocks) {
      for (uint128 key = prefix.first().key(); key <= prefix.last().key(); ++key)
        got[IpAddress::from_key(key)].insert(listed.domains.begin(), listed.domains.end());
    }
  }
  EXPECT_EQ(got, wanted);
}

// --- held against a second reader ---

using testing::address_at;
using testing::domain_at;
using testing::Pairs;

template <class Random>
unsigned one_or_two_of(unsigned bound, unsigned seldom, Random& random) {
  unsigned out = 1u << random() % bound;
  if (random() % seldom == 0) out |= 1u << random() % bound;
  return out;
}

TEST(FewestConnectors, NoSecondReaderFindsFewer) {
  std::mt19937 random(11);
  std::map<std::size_t, int> met;  // how many connectors it took, how often
  for (int round = 0; round < 150; ++round) {
    const auto first_octet = static_cast<unsigned>(random() % 8);
    std::vector<SourceNeeds> sources(1 + random() % 12);
    Pairs seen = 0;
    for (SourceNeeds& one : sources) {
      const unsigned addresses = one_or_two_of(testing::most_addresses, 2, random);
      const unsigned domains = one_or_two_of(testing::most_domains, 3, random);
      for (unsigned i = 0; i < testing::most_addresses; ++i) {
        if ((addresses >> i & 1) == 0) continue;
        one.addresses.push_back(address_at(first_octet, i));
        seen |= domains << i * testing::most_domains;
      }
      for (unsigned i = 0; i < testing::most_domains; ++i) {
        if ((domains >> i & 1) != 0) one.domains.push_back(domain_at(i));
      }
    }
    const std::vector<Listed> found = fewest_connectors(sources);
    Pairs in = 0;
    std::size_t blocks = 0;
    for (const Listed& listed : found) {
      blocks += listed.blocks.size();
      in |= testing::pairs_of(listed.blocks, listed.domains, first_octet);
    }
    ASSERT_EQ(in, seen) << round;
    ASSERT_EQ(std::pair(found.size(), blocks), testing::fewest(seen, first_octet)) << round;
    ++met[found.size()];
  }
  EXPECT_GE(met.size(), 3u) << "few tenants need few connectors alone";
}

}  // namespace
}  // namespace postern::plan
