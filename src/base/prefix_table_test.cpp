#include "base/prefix_table.hpp"

#include <random>

#include <gtest/gtest.h>

namespace postern {
namespace {

std::vector<std::uint32_t> find(const PrefixTable& table, const char* address) {
  const auto found = table.find(*IpAddress::parse(address));
  return {found.begin(), found.end()};
}

using Values = std::vector<std::uint32_t>;

TEST(PrefixTable, FindsEveryPrefixThatHoldsTheAddress) {
  const PrefixTable table({{*Prefix::parse("192.0.2.0/24"), 1},
                           {*Prefix::parse("192.0.2.128/25"), 2},
                           {*Prefix::parse("192.0.2.200"), 3},
                           {*Prefix::parse("192.0.2.0/24"), 1},
                           {*Prefix::parse("2001:db8::/32"), 4}});
  EXPECT_EQ(find(table, "192.0.2.1"), (Values{1}));
  EXPECT_EQ(find(table, "192.0.2.129"), (Values{1, 2}));
  EXPECT_EQ(find(table, "192.0.2.200"), (Values{1, 2, 3}));
  EXPECT_EQ(find(table, "192.0.2.255"), (Values{1, 2}));
  EXPECT_EQ(find(table, "192.0.3.0"), Values{});
  EXPECT_EQ(find(table, "192.0.1.255"), Values{});
  EXPECT_EQ(find(table, "2001:db8:ffff::1"), (Values{4}));
  EXPECT_EQ(find(table, "2001:db9::"), Values{});
}

TEST(PrefixTable, ReachesTheLastAddress) {
  const PrefixTable table(
      {{*Prefix::parse("0.0.0.0/0"), 7}, {*Prefix::parse("255.255.255.255"), 8}});
  EXPECT_EQ(find(table, "0.0.0.0"), (Values{7}));
  EXPECT_EQ(find(table, "255.255.255.255"), (Values{7, 8}));
}

TEST(PrefixTable, EmptyTableHoldsNothing) {
  const PrefixTable table;
  EXPECT_TRUE(table.empty());
  EXPECT_EQ(find(table, "192.0.2.1"), Values{});
}

TEST(PrefixTable, AgreesWithAScanOverRandomPrefixes) {
  std::mt19937 random(20260701);
  std::vector<std::pair<Prefix, std::uint32_t>> entries;
  for (int i = 0; i < 300; ++i) {
    // A small space, so that prefixes overlap and addresses hit.
    const auto address =
        IpAddress::from_v4(0xc0000200u + static_cast<std::uint32_t>(random() % 2048));
    entries.emplace_back(Prefix(address, 22 + static_cast<unsigned>(random() % 11)),
                         static_cast<std::uint32_t>(random() % 50));
  }
  const PrefixTable table(entries);
  for (std::uint32_t a = 0xc0000100u; a < 0xc0000b00u; ++a) {
    Values expected;
    for (const auto& [prefix, value] : entries) {
      if (prefix.contains(IpAddress::from_v4(a))) expected.push_back(value);
    }
    std::sort(expected.begin(), expected.end());
    expected.erase(std::unique(expected.begin(), expected.end()), expected.end());
    const auto found = table.find(IpAddress::from_v4(a));
    ASSERT_EQ(Values(found.begin(), found.end()), expected) << IpAddress::from_v4(a).text();
  }
}

}  // namespace
}  // namespace postern
