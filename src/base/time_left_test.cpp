#include "base/time_left.hpp"

#include <gtest/gtest.h>

namespace postern {
namespace {

using Seconds = std::chrono::duration<double>;

TEST(TimeLeft, IsWhatTheRestTakesAtThePaceSoFar) {
  EXPECT_EQ(time_left(0.5, Seconds(40)), ", about 40 s left");
  EXPECT_EQ(time_left(0.25, Seconds(60)), ", about 3 min left");
  EXPECT_EQ(time_left(0.01, Seconds(100)), ", about 3 h left");
  EXPECT_EQ(time_left(1, Seconds(100)), ", about 0 s left");
}

TEST(TimeLeft, IsNotGuessedFromNothing) {
  EXPECT_EQ(time_left(0, Seconds(100)), "");
  EXPECT_EQ(time_left(0.5, Seconds(1)), "") << "too soon";
  EXPECT_EQ(time_left(1.5, Seconds(100)), "") << "more than there was: the size was not that of it";
}

}  // namespace
}  // namespace postern
