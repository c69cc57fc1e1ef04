#include "policy/domain_index.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace postern::policy {
namespace {

using Names = std::map<std::string, std::uint32_t>;

void expect_equal(const DomainIndex& index, const Names& names, std::size_t all) {
  ASSERT_EQ(index.size(), names.size());
  std::set<std::string> seen;
  index.for_each([&](std::string_view name) { seen.emplace(name); });
  ASSERT_EQ(seen.size(), names.size());
  for (std::size_t i = 0; i < all; ++i) {
    // Lengths around those that a slot holds itself.
    const std::string name = std::string(i % 40, 'a') + std::to_string(i) + ".example";
    const auto there = names.find(name);
    ASSERT_EQ(index.find(name), there == names.end() ? DomainIndex::absent : there->second) << name;
  }
}

// Against a map, with copies that were given away in between and must stay as they were.
TEST(DomainIndex, HoldsWhatAMapWouldHoldAndSoDoEarlierShares) {
  constexpr std::size_t all = 400;
  std::mt19937_64 random(20261129);
  DomainIndex index;
  Names names;
  std::vector<std::pair<DomainIndex, Names>> given;
  for (int step = 0; step < 20000; ++step) {
    const std::size_t i = random() % all;
    const std::string name = std::string(i % 40, 'a') + std::to_string(i) + ".example";
    const auto value = static_cast<std::uint32_t>(random() % 1000);
    switch (random() % 4) {
      case 0:
      case 1: {
        const auto there = names.find(name);
        ASSERT_EQ(index.insert(name, value),
                  there == names.end() ? DomainIndex::absent : there->second);
        names.emplace(name, value);
        break;
      }
      case 2:
        index.erase(name);
        names.erase(name);
        break;
      default:
        index.set(name, value);
        if (const auto there = names.find(name); there != names.end()) there->second = value;
    }
    if (step % 1000 == 0) given.emplace_back(index.share(), names);
  }
  expect_equal(index, names, all);
  for (const auto& [shared, then] : given)
    expect_equal(shared, then, all);
}

// It splits into more shards on the way, also where what it held is shared.
TEST(DomainIndex, GrowsToManyNamesAndKeepsThem) {
  DomainIndex index;
  std::vector<DomainIndex> given;
  for (std::uint32_t i = 0; i < 60000; ++i) {
    ASSERT_EQ(index.insert("d" + std::to_string(i) + ".example", i), DomainIndex::absent);
    if (i % 20000 == 0) given.push_back(index.share());
  }
  for (std::uint32_t i = 0; i < 60000; ++i)
    ASSERT_EQ(index.find("d" + std::to_string(i) + ".example"), i);
  EXPECT_EQ(given[1].size(), 20001u);
  EXPECT_EQ(given[1].find("d20000.example"), 20000u);
  EXPECT_EQ(given[1].find("d20001.example"), DomainIndex::absent);
  DomainIndex reserved;
  reserved.reserve(60000);
  for (std::uint32_t i = 0; i < 60000; ++i)
    reserved.insert("d" + std::to_string(i) + ".example", i);
  EXPECT_EQ(reserved.find("d59999.example"), 59999u);
}

}  // namespace
}  // namespace postern::policy
