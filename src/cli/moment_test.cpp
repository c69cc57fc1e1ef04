#include "cli/moment.hpp"

#include <gtest/gtest.h>

namespace postern::cli {
namespace {

constexpr UnixTime now = 1'795'824'000;  // 2026-11-28T00:00:00Z
constexpr UnixTime day = 86400;

TEST(Moment, IsADayATimeOrSoManyDaysAgo) {
  EXPECT_EQ(parse_moment("2026-11-28", "--since", now, false).value(), now);
  EXPECT_EQ(parse_moment("2026-11-27T12:00:00Z", "--since", now, false).value(), now - day / 2);
  EXPECT_EQ(parse_moment("30d", "--since", now, false).value(), now - 30 * day);
  EXPECT_EQ(parse_moment("0d", "--since", now, false).value(), now);
}

TEST(Moment, ADayEndsWithItsLastSecondWhereItIsAnEnd) {
  EXPECT_EQ(parse_moment("2026-11-27", "--until", now, true).value(), now);
  EXPECT_EQ(parse_moment("2026-11-27T12:00:00Z", "--until", now, true).value(), now - day / 2)
      << "a time is taken as it is";
  EXPECT_EQ(parse_moment("1d", "--until", now, true).value(), now - day);
}

TEST(Moment, AnythingElseIsNone) {
  for (const char* text : {"", "d", "-1d", "30", "30 d", "1.5d", "99999d", "2026-13-01",
                           "32.12.2026", "yesterday", "\x1b[2J"}) {
    const auto read = parse_moment(text, "--since", now, false);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().where, "--since");
    EXPECT_EQ(read.error().line().find('\x1b'), std::string::npos);
  }
}

}  // namespace
}  // namespace postern::cli
