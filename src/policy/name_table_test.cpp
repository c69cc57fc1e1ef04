#include "policy/name_table.hpp"

#include <gtest/gtest.h>

namespace postern::policy {
namespace {

TEST(NameTable, FindsWhatWasInsertedAndNothingElse) {
  NameTable table;
  EXPECT_TRUE(table.empty());
  EXPECT_EQ(table.find(0, "contoso.com"), NameTable::absent);
  for (std::uint32_t i = 0; i < 5000; ++i) {
    // Lengths around the inline limit of 19.
    const std::string name = std::string(i % 40, 'a') + std::to_string(i) + ".example";
    EXPECT_EQ(table.insert(i % 3, name, i), NameTable::absent);
  }
  for (std::uint32_t i = 0; i < 5000; ++i) {
    const std::string name = std::string(i % 40, 'a') + std::to_string(i) + ".example";
    EXPECT_EQ(table.find(i % 3, name), i);
    EXPECT_EQ(table.find((i + 1) % 3, name), NameTable::absent);
    EXPECT_EQ(table.find(i % 3, name + "x"), NameTable::absent);
  }
}

TEST(NameTable, KeepsTheFirstValueOfAName) {
  NameTable table;
  EXPECT_EQ(table.insert(7, "contoso.com", 1), NameTable::absent);
  EXPECT_EQ(table.insert(7, "contoso.com", 2), 1u);
  EXPECT_EQ(table.find(7, "contoso.com"), 1u);
  *table.find_slot(7, "contoso.com") = 3;
  EXPECT_EQ(table.find(7, "contoso.com"), 3u);
  EXPECT_EQ(table.find_slot(8, "contoso.com"), nullptr);
}

}  // namespace
}  // namespace postern::policy
