// Senders of made organisations are named well enough, and never confidently on the wrong side.
#include <cstddef>
#include <cstdint>

#include <gtest/gtest.h>

#include "score.hpp"

namespace postern::example {
namespace {

TEST(Classification, HoldsOnMadeOrganisations) {
  Score score;
  for (std::uint64_t seed = 1; seed <= 300; ++seed)
    judge(seed, score);
  EXPECT_TRUE(score.confident_errors.empty()) << score.confident_errors.front();
  EXPECT_EQ(score.mixed, 0u) << "an attack shares a group with somebody else";
  std::uint64_t right = 0;
  std::uint64_t named = 0;
  for (std::size_t i = 0; i < impact::weighed_kinds; ++i) {
    for (std::size_t j = 0; j < impact::weighed_kinds; ++j) {
      named += score.confusion[i][j];
      right += i == j ? score.confusion[i][j] : 0;
    }
  }
  // A name is a first reading: it orders questions and makes nothing certain
  // (docs/classification.md).
  EXPECT_GT(static_cast<double>(right), 0.94 * static_cast<double>(named));
  // [attack][legitimate], [legitimate][forged]
  EXPECT_LT(static_cast<double>(score.looks[1][0]), 0.005 * static_cast<double>(score.looks[1][1]));
  EXPECT_LT(static_cast<double>(score.looks[0][1]), 0.015 * static_cast<double>(score.looks[0][0]));
}

}  // namespace
}  // namespace postern::example
