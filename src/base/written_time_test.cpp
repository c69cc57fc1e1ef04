#include "base/written_time.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace postern {
namespace {

std::string read(std::string_view text) {
  const auto t = parse_written_time(text);
  if (!t) return "refused";
  std::string out = format_time(t->time);
  if (t->day_first) out += " or " + format_date(*t->day_first);
  if (t->order == DateOrder::day_first) out += " day first";
  if (t->order == DateOrder::month_first) out += " month first";
  return out;
}

TEST(WrittenTime, TheEnglishOfThePortals) {
  for (const char* text :
       {"Oct 1, 2026 7:12:33 AM", "Oct 1, 2026, 7:12:33 AM", "Oct 1, 2026 7:12:33.120 AM",
        "Oct 1, 2026 7:12:33\u202f"
        "AM",
        "Oct 1, 2026 7:12:33 a.m.", "Oct 1, 2026 7:12:33\u00a0a.\u00a0m.", "Oct 1, 2026 07:12:33",
        "October 1, 2026 at 7:12:33 AM", "Thursday, October 1, 2026 7:12:33 AM",
        "Oct 1, 2026 @ 07:12:33.120", "1 Oct 2026 07:12:33", "1-Oct-2026 07:12:33",
        "Thu, 1 Oct 2026 09:12:33 +0200", "01/Oct/2026:07:12:33 +0000",
        "Oct 1, 2026 7:12:33 AM UTC", "Oct 1, 2026 7:12:33 AM (UTC)", "Oct. 1, 2026 7:12:33 AM"}) {
    EXPECT_EQ(read(text), "2026-10-01T07:12:33Z") << text;
  }
  EXPECT_EQ(read("Sept 9, 2026 12:05 AM"), "2026-09-09T00:05:00Z");
  EXPECT_EQ(read("May 9, 2026 12:05 p.m."), "2026-05-09T12:05:00Z");
  EXPECT_EQ(read("Oct 1, 2026"), "2026-10-01T00:00:00Z");
}

TEST(WrittenTime, TheYearFirstInAnyCulture) {
  for (const char* text :
       {"2026/10/01 7:12:33", "2026/10/1 07:12:33", "2026-10-01 7:12:33", "2026. 10. 01. 7:12:33",
        "2026-10-01 오전 7:12:33", "2026/10/1 上午 07:12:33", "2026年10月1日 7:12:33",
        "2026/10/01 午前 7:12:33", "2026.10.01 07:12:33", "2026-10-01T07:12:33.1234567Z",
        "2026-10-01 07.12.33"}) {
    EXPECT_EQ(read(text), "2026-10-01T07:12:33Z") << text;
  }
  EXPECT_EQ(read("2026-10-01 오후 12:12:33"), "2026-10-01T12:12:33Z");
}

TEST(WrittenTime, DayAndMonthAreToldApartOrBothReadingsAreGiven) {
  EXPECT_EQ(read("10/1/2026 8:15:30 AM"), "2026-10-01T08:15:30Z or 2026-01-10");
  EXPECT_EQ(read("10/31/2026, 8:15:30 PM"), "2026-10-31T20:15:30Z month first");
  EXPECT_EQ(read("31/10/2026 08:15"), "2026-10-31T08:15:00Z day first");
  EXPECT_EQ(read("10/10/2026 08:15"), "2026-10-10T08:15:00Z");
  EXPECT_EQ(read("01-10-2026 08:15:30"), "2026-01-10T08:15:30Z or 2026-10-01");
  EXPECT_EQ(read("01.10.2026 08:15:30"), "2026-10-01T08:15:30Z");  // no culture has MM.dd.yyyy
}

TEST(WrittenTime, AZoneOfItsOwn) {
  EXPECT_TRUE(parse_written_time("2026-10-01T07:12:33Z")->has_zone);
  EXPECT_TRUE(parse_written_time("2026-10-01T07:12:33+02:00")->has_zone);
  EXPECT_TRUE(parse_written_time("10/1/2026 7:12:33 AM +00:00")->has_zone);
  EXPECT_FALSE(parse_written_time("2026-10-01 07:12:33.120")->has_zone);
  EXPECT_FALSE(parse_written_time("Oct 1, 2026 7:12:33 AM")->has_zone);
}

TEST(WrittenTime, WhatIsNoTimeIsRefused) {
  for (const char* text : {"",
                           "yesterday",
                           "Oct",
                           "Oct 1",
                           "Oct 32, 2026 7:12 AM",
                           "Okt 1, 2026 7:12 AM",
                           "Oct 1, 2026 13:12 PM",
                           "Oct 1, 2026 7:12:33 AM X",
                           "1/10/26 07:12",
                           "13/13/2026 07:12",
                           "29/02/2026 07:12",
                           "2026/10-01 07:12",
                           "10/2026/01 07:12",
                           "1.10/2026 08:00",
                           "Oct 1, 2026 7 AM",
                           "Oct 1, 2026 7:1 AM",
                           "1790812800",
                           "12345/1/2026",
                           "１/10/2026 07:12",
                           "Oct 1, 2026 7:12:33 AM and a good deal more than a time could be long, "
                           "whatever its culture"}) {
    EXPECT_EQ(read(text), "refused") << text;
  }
}

// Writes random instants in every form and reads them back.
TEST(WrittenTime, EveryFormReadsBack) {
  constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::mt19937 random(7);
  for (int i = 0; i < 2000; ++i) {
    const unsigned year = 2020 + static_cast<unsigned>(random()) % 10;
    const unsigned month = 1 + static_cast<unsigned>(random()) % 12;
    const unsigned day = 1 + static_cast<unsigned>(random()) % 28;
    const unsigned hour = static_cast<unsigned>(random()) % 24;
    const unsigned minute = static_cast<unsigned>(random()) % 60;
    const unsigned second = static_cast<unsigned>(random()) % 60;
    const UnixTime time = days_from_civil(year, month, day) * 86400 + std::int64_t{hour} * 3600 +
                          std::int64_t{minute} * 60 + second;
    const unsigned twelve = hour % 12 == 0 ? 12 : hour % 12;
    const char* half = hour < 12 ? "AM" : "PM";
    const std::string clock = fmt::format("{}:{:02}:{:02} {}", twelve, minute, second, half);
    for (const std::string& text :
         {fmt::format("{} {}, {} {}", months[month - 1], day, year, clock),
          fmt::format("{}/{:02}/{} {}", year, month, day, clock),
          fmt::format("{:02}.{:02}.{} {}:{:02}:{:02}", day, month, year, hour, minute, second)}) {
      const auto found = parse_written_time(text);
      ASSERT_TRUE(found) << text;
      EXPECT_EQ(found->time, time) << text;
      EXPECT_FALSE(found->day_first) << text;
    }
    const auto month_first =
        parse_written_time(fmt::format("{}/{}/{} {}", month, day, year, clock));
    const auto day_first = parse_written_time(fmt::format("{}/{}/{} {}", day, month, year, clock));
    ASSERT_TRUE(month_first && day_first);
    EXPECT_EQ(month_first->time, time);
    EXPECT_EQ(day_first->day_first.value_or(day_first->time), time);
    EXPECT_EQ(month_first->order == DateOrder::month_first, day > 12);
    EXPECT_EQ(day_first->order == DateOrder::day_first, day > 12);
  }
}

}  // namespace
}  // namespace postern
