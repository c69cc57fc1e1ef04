// Times as programs write them for people: the portals' English ("Oct 1, 2026 7:12:33 AM"), what a
// Windows culture makes of them (1/10/2026, 2026/10/01, 2026. 10. 1. 오전 7:12:33), and ISO 8601.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.hpp"

namespace postern {

/// Which of the two comes first in dates such as 01/10/2026.
enum class DateOrder : std::uint8_t { unknown, day_first, month_first };

struct WrittenTime {
  /// As UTC where the text names no zone; with the month first where day and month can't be told
  /// apart.
  UnixTime time = 0;
  /// The other reading, where day and month can't be told apart: 01/10/2026, but not 10/10/2026.
  std::optional<UnixTime> day_first;
  /// What this text tells of the order: 31/12/2026 has the day first. Dots always have.
  DateOrder order = DateOrder::unknown;
  bool has_zone = false;
};

/// Forms: everything that parse_time reads; the month as an English word, before or after the day;
/// three numbers of which the first or the last has four digits and is the year, with '-', '/', '.'
/// or 年月日 between; then, if at all, hours and minutes with or without seconds and their
/// fraction, AM or PM in their spellings, and a zone. No-break spaces count as spaces. nullopt for
/// the rest: a month's name in another language is not guessed.
std::optional<WrittenTime> parse_written_time(std::string_view text) noexcept;

}  // namespace postern
