#include "plan/coverage.hpp"

#include <cstdint>
#include <random>
#include <set>

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace postern::plan
