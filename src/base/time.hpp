// UTC instants as seconds, read from the many ways in which Microsoft's exports write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postern {

/// Seconds since 1970-01-01T00:00:00Z. Fractions are dropped.
using UnixTime = std::int64_t;

/// Reads "2026-10-01T08:15:30.1234567Z", the same with a space, without zone (taken as UTC) or
/// with "+02:00"; "10/1/2026 8:15:30 AM" (month first, as the portals export for en-US);
/// "/Date(1772500523000)/" and "\/Date(…)\/" (Windows PowerShell's JSON). nullopt otherwise.
std::optional<UnixTime> parse_time(std::string_view text) noexcept;

/// Reads the date-time of RFC 5322, 3.3 ("Tue, 1 Jul 2026 10:52:37 +0200"), comments ignored.
std::optional<UnixTime> parse_mail_date(std::string_view text) noexcept;

/// Days since 1970-01-01, rounded down.
constexpr std::int64_t day_of(UnixTime t) noexcept {
  return t >= 0 ? t / 86400 : (t - 86399) / 86400;
}

/// "2026-10-01T08:15:30Z".
std::string format_time(UnixTime t);
/// "2026-10-01".
std::string format_date(UnixTime t);

/// Days from the civil epoch; months count from 1. Proleptic Gregorian.
constexpr std::int64_t days_from_civil(std::int64_t year, unsigned month, unsigned day) noexcept {
  year -= month <= 2 ? 1 : 0;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const auto year_of_era = static_cast<unsigned>(year - era * 400);
  const unsigned day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + static_cast<std::int64_t>(day_of_era) - 719468;
}

}  // namespace postern
