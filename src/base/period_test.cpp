#include "base/period.hpp"

#include <gtest/gtest.h>

namespace postern {
namespace {

constexpr UnixTime day = 1'796'083'200;  // 2026-12-01T00:00:00Z

TEST(Period, IsToldByTheEndsThatItHas) {
  EXPECT_EQ(words_of_period(day, day + 3600), "from 2026-12-01T00:00:00Z to 2026-12-01T01:00:00Z");
  EXPECT_EQ(words_of_period(day, {}), "from 2026-12-01T00:00:00Z on");
  EXPECT_EQ(words_of_period({}, day), "before 2026-12-01T00:00:00Z");
  EXPECT_EQ(words_of_period({}, {}), "");
}

}  // namespace
}  // namespace postern
