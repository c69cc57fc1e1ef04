#include "gate/hold.hpp"

#include <filesystem>

#include <gtest/gtest.h>

namespace postern::gate {
namespace {

std::string all_of(const Hold& hold, std::size_t piece) {
  std::string out;
  std::string block(piece, '\0');
  while (const std::size_t got = hold.read(out.size(), block))
    out.append(block, 0, got);
  return out;
}

TEST(Hold, GivesBackWhatItTookInMemoryAndInAFile) {
  const std::string folder = testing::TempDir() + "/hold";
  std::filesystem::create_directories(folder);
  for (const std::size_t limit : {std::size_t{0}, std::size_t{10}, std::size_t{100000}}) {
    Hold hold(limit, folder);
    std::string expected;
    for (int i = 0; i < 1000; ++i) {
      const std::string piece = std::to_string(i) + "\r\n";
      ASSERT_TRUE(hold.append(piece));
      expected += piece;
    }
    EXPECT_EQ(hold.size(), expected.size());
    EXPECT_EQ(hold.in_file(), limit < expected.size());
    EXPECT_EQ(all_of(hold, 7), expected);
    EXPECT_EQ(hold.view(), expected);
    ASSERT_TRUE(hold.append("more"));
    EXPECT_EQ(hold.view(), expected + "more");
    EXPECT_TRUE(std::filesystem::is_empty(folder)) << "the file has a name";
  }
}

TEST(Hold, SaysWhereThereIsNoRoom) {
  Hold hold(10, "/nonexistent");
  EXPECT_TRUE(hold.append("0123456789"));
  EXPECT_FALSE(hold.append("x"));
}

}  // namespace
}  // namespace postern::gate
