// What the readers of times share. Internal to the room.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/ascii.hpp"
#include "base/time.hpp"

namespace postern::time_parts {

struct Cursor {
  std::string_view rest;

  bool take(char c) noexcept {
    if (rest.empty() || rest.front() != c) return false;
    rest.remove_prefix(1);
    return true;
  }
  // Reads between `least` and `most` digits; -1 where they are not there.
  int digits(std::size_t least, std::size_t most) noexcept {
    std::size_t n = 0;
    int value = 0;
    while (n < most && n < rest.size() && is_ascii_digit(rest[n])) {
      value = value * 10 + (rest[n] - '0');
      ++n;
    }
    if (n < least) return -1;
    rest.remove_prefix(n);
    return value;
  }
  void skip_space() noexcept {
    while (!rest.empty() && is_ascii_space(rest.front()))
      rest.remove_prefix(1);
  }
};

inline bool is_leap(int year) noexcept {
  return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

inline std::optional<UnixTime> civil(int year, int month, int day, int hour, int minute,
                                     int second) noexcept {
  constexpr std::array<int, 12> lengths = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (year < 1970 || month < 1 || month > 12 || day < 1 || hour < 0 || hour > 23 || minute < 0 ||
      minute > 59 || second < 0 || second > 60) {
    return std::nullopt;
  }
  const int length =
      lengths[static_cast<std::size_t>(month - 1)] + (month == 2 && is_leap(year) ? 1 : 0);
  if (day > length) return std::nullopt;
  return days_from_civil(year, static_cast<unsigned>(month), static_cast<unsigned>(day)) * 86400 +
         std::int64_t{hour} * 3600 + std::int64_t{minute} * 60 + second;
}

// "+02:00", "-0500", "Z" or nothing: seconds east of Greenwich.
inline std::optional<int> zone(Cursor& c) noexcept {
  c.skip_space();
  if (c.rest.empty() || c.take('Z') || c.take('z')) return 0;
  if (istarts_with(c.rest, "UTC") || istarts_with(c.rest, "GMT")) {
    c.rest.remove_prefix(3);
    return 0;
  }
  const bool east = c.take('+');
  if (!east && !c.take('-')) return std::nullopt;
  const int hours = c.digits(2, 2);
  c.take(':');
  const int minutes = c.digits(2, 2);
  if (hours < 0 || hours > 14 || minutes < 0 || minutes > 59) return std::nullopt;
  const int offset = hours * 3600 + minutes * 60;
  return east ? offset : -offset;
}

}  // namespace postern::time_parts
