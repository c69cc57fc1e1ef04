#include "base/join.hpp"

#include <array>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace postern {
namespace {

TEST(Join, WritesAListOfAnyTexts) {
  EXPECT_EQ(joined(std::vector<std::string>{}), "");
  EXPECT_EQ(joined(std::vector<std::string>{"a"}), "a");
  EXPECT_EQ(joined(std::vector<std::string>{"a", "b", "c"}), "a, b, c");
  EXPECT_EQ(joined(std::array<std::string_view, 2>{"a", "b"}, ":\r\n\t "), "a:\r\n\t b");
  EXPECT_EQ(joined(std::set<std::string>{"b", "a"}, "; "), "a; b");
}

TEST(Join, ShowsEachItemAsItIsTold) {
  const auto quoted = [](const std::string& text) { return '"' + text + '"'; };
  EXPECT_EQ(joined(std::vector<std::string>{"a", "b"}, quoted), "\"a\", \"b\"");
  EXPECT_EQ(joined(
                std::vector<int>{1, 2}, [](int n) { return std::to_string(n); }, ","),
            "1,2");
}

TEST(Join, KeepsThePlaceOfAnEmptyItem) {
  EXPECT_EQ(joined(std::vector<std::string>{"", "b"}, ","), ",b");
  EXPECT_EQ(joined(std::vector<std::string>{"a", "", "c"}), "a, , c");
}

TEST(Join, GrowsAList) {
  std::string list;
  append_item(list, "a");
  EXPECT_EQ(list, "a");
  append_item(list, "b");
  append_item(list, "c", "; ");
  EXPECT_EQ(list, "a, b; c");
}

}  // namespace
}  // namespace postern
