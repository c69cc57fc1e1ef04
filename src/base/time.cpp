#include "base/time.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/time_parts.hpp"
#include "base/written_time.hpp"

namespace postern {
namespace {

using time_parts::civil;
using time_parts::Cursor;
using time_parts::zone;

std::optional<UnixTime> parse_iso(Cursor c) noexcept {
  const int year = c.digits(4, 4);
  if (year < 0 || !c.take('-')) return std::nullopt;
  const int month = c.digits(2, 2);
  if (!c.take('-')) return std::nullopt;
  const int day = c.digits(2, 2);
  if (c.rest.empty()) return civil(year, month, day, 0, 0, 0);
  if (!c.take('T') && !c.take(' ')) return std::nullopt;
  const int hour = c.digits(2, 2);
  if (!c.take(':')) return std::nullopt;
  const int minute = c.digits(2, 2);
  int second = 0;
  if (c.take(':')) second = c.digits(2, 2);
  if (c.take('.') || c.take(',')) c.digits(1, 9);
  const auto offset = zone(c);
  if (!offset || !c.rest.empty()) return std::nullopt;
  const auto local = civil(year, month, day, hour, minute, second);
  if (!local) return std::nullopt;
  return *local - *offset;
}

std::optional<UnixTime> parse_json_date(std::string_view text) noexcept {
  const std::size_t open = text.find('(');
  const std::size_t close = text.find(')');
  if (open == std::string_view::npos || close == std::string_view::npos) return std::nullopt;
  std::int64_t milliseconds = 0;
  const char* end = text.data() + close;
  const auto [stop, failed] = std::from_chars(text.data() + open + 1, end, milliseconds);
  // A zone offset may follow ("+0200"); the count is UTC all the same.
  if (failed != std::errc{} || (stop != end && *stop != '+' && *stop != '-')) return std::nullopt;
  // What .NET's DateTime can hold: the years 1 to 9999. More is no date and would overflow.
  if (milliseconds < -62'135'596'800'000 || milliseconds >= 253'402'300'800'000) {
    return std::nullopt;
  }
  return milliseconds >= 0 ? milliseconds / 1000 : (milliseconds - 999) / 1000;
}

}  // namespace

std::optional<UnixTime> parse_time(std::string_view text) noexcept {
  text = trim(text);
  if (text.size() < 8) return std::nullopt;
  if (text.starts_with("/Date(") || text.starts_with("\\/Date(")) return parse_json_date(text);
  if (text[4] == '-') return parse_iso(Cursor{text});
  // As the portals export for en-US; what has the day first is of another culture, and refused.
  const auto written = parse_written_time(text);
  if (!written || written->order == DateOrder::day_first) return std::nullopt;
  return written->time;
}

std::optional<UnixTime> parse_mail_date(std::string_view text) noexcept {
  static constexpr std::string_view months = "janfebmaraprmayjunjulaugsepoctnovdec";
  Cursor c{trim(text)};
  if (const std::size_t comma = c.rest.find(','); comma < 12) {
    c.rest.remove_prefix(comma + 1);
  }
  c.skip_space();
  const int day = c.digits(1, 2);
  c.skip_space();
  if (c.rest.size() < 3) return std::nullopt;
  const std::size_t month = ifind(months, c.rest.substr(0, 3));
  if (month == std::string_view::npos || month % 3 != 0) return std::nullopt;
  c.rest.remove_prefix(3);
  c.skip_space();
  int year = c.digits(2, 4);
  if (year >= 0 && year < 50) {
    year += 2000;  // RFC 5322, 4.3
  } else if (year >= 50 && year < 1000) {
    year += 1900;
  }
  c.skip_space();
  const int hour = c.digits(1, 2);
  if (!c.take(':')) return std::nullopt;
  const int minute = c.digits(2, 2);
  int second = 0;
  if (c.take(':')) second = c.digits(2, 2);
  // An alphabetic zone other than UTC and GMT counts as -0000 (RFC 5322, 4.3).
  const int offset = zone(c).value_or(0);
  const auto local = civil(year, static_cast<int>(month / 3) + 1, day, hour, minute, second);
  if (!local) return std::nullopt;
  return *local - offset;
}

std::string format_time(UnixTime t) {
  const std::int64_t second_of_day = t - day_of(t) * 86400;
  return fmt::format("{}T{:02}:{:02}:{:02}Z", format_date(t), second_of_day / 3600,
                     second_of_day / 60 % 60, second_of_day % 60);
}

std::string format_date(UnixTime t) {
  const std::chrono::year_month_day date{
      std::chrono::sys_days{std::chrono::days{static_cast<int>(day_of(t))}}};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

}  // namespace postern
