#include "base/time.hpp"

#include <gtest/gtest.h>

namespace postern {
namespace {

std::string read(std::string_view text) {
  const auto t = parse_time(text);
  return t ? format_time(*t) : "refused";
}

TEST(Time, ReadsEveryShapeThatExportsWrite) {
  EXPECT_EQ(read("2026-10-01T08:15:30.1234567Z"), "2026-10-01T08:15:30Z");
  EXPECT_EQ(read("2026-10-01T08:15:30Z"), "2026-10-01T08:15:30Z");
  EXPECT_EQ(read("2026-10-01 08:15:30"), "2026-10-01T08:15:30Z");
  EXPECT_EQ(read("2026-10-01T08:15:30+02:00"), "2026-10-01T06:15:30Z");
  EXPECT_EQ(read("2026-10-01T08:15"), "2026-10-01T08:15:00Z");
  EXPECT_EQ(read("2026-10-01"), "2026-10-01T00:00:00Z");
  EXPECT_EQ(read("10/1/2026 8:15:30 AM"), "2026-10-01T08:15:30Z");
  EXPECT_EQ(read("10/1/2026 12:15:30 AM"), "2026-10-01T00:15:30Z");
  EXPECT_EQ(read("10/1/2026 12:15:30 PM"), "2026-10-01T12:15:30Z");
  EXPECT_EQ(read("10/01/2026, 20:15:30"), "2026-10-01T20:15:30Z");
  EXPECT_EQ(read("/Date(1772500523000)/"), "2026-03-03T01:15:23Z");
  EXPECT_EQ(read("\\/Date(1772500523000)\\/"), "2026-03-03T01:15:23Z");
  EXPECT_EQ(read("01.10.2026 08:15:30"), "2026-10-01T08:15:30Z");  // German and others
  EXPECT_EQ(read("1.10.2026 8:15"), "2026-10-01T08:15:00Z");
  EXPECT_EQ(read("2024-02-29T00:00:00Z"), "2024-02-29T00:00:00Z");
}

TEST(Time, RefusesWhatIsNoInstant) {
  for (const char* text :
       {"", "yesterday", "2026-02-29T00:00:00Z", "2026-13-01", "2026-10-01T25:00:00Z",
        "2026-10-01T08:15:30X", "31/12/2026 08:00:00", "10/1/2026 13:00 PM", "/Date(x)/",
        "31.02.2026 08:00:00", "1.10/2026 08:00", "10.2026.01 08:00:00"}) {
    EXPECT_EQ(read(text), "refused") << text;
  }
}

TEST(Time, ReadsMailDates) {
  EXPECT_EQ(format_time(*parse_mail_date("Tue, 1 Jul 2026 10:52:37 +0200")),
            "2026-07-01T08:52:37Z");
  EXPECT_EQ(format_time(*parse_mail_date("1 Jul 26 10:52 GMT (comment)")), "2026-07-01T10:52:00Z");
  EXPECT_FALSE(parse_mail_date("Tue, 1 Foo 2026 10:52:37 +0200"));
}

TEST(Time, DaysRoundDown) {
  EXPECT_EQ(day_of(0), 0);
  EXPECT_EQ(day_of(86399), 0);
  EXPECT_EQ(day_of(-1), -1);
  EXPECT_EQ(day_of(-86400), -1);
  EXPECT_EQ(day_of(-86401), -2);
}

// Found by the time fuzzer: rounding down passed the smallest integer.
TEST(Time, JsonDatesOutsideOfDotNetsCalendarAreRefused) {
  EXPECT_EQ(parse_time("/Date(-9223372036854775803)/"), std::nullopt);
  EXPECT_EQ(parse_time("/Date(253402300800000)/"), std::nullopt);
  EXPECT_EQ(parse_time("/Date(253402300799999)/"), 253402300799);
  EXPECT_EQ(parse_time("/Date(-62135596800000)/"), -62135596800);
  EXPECT_EQ(parse_time("/Date(-1)/"), -1);
}

}  // namespace
}  // namespace postern
