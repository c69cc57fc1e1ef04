#include "base/written_time.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "base/ascii.hpp"
#include "base/time_parts.hpp"

namespace postern {
namespace {

using time_parts::Cursor;

constexpr std::size_t longest_text = 96;

// What cultures write that is no ASCII, and what stands for it here.
struct Spelling {
  std::string_view theirs, ours;
};
constexpr std::array<Spelling, 14> spellings = {{
    {"\u202f", " "},  // between the time and AM, since ICU 72 (CLDR 42)
    {"\u00a0", " "},  // the same, and in Central European cultures
    {"\u2009", " "},  // thin space
    {"\u200e", ""},   // marks of writing direction
    {"\u200f", ""},
    {"年", "-"},
    {"月", "-"},
    {"日", " "},
    {"上午", " AM "},  // Chinese
    {"下午", " PM "},
    {"午前", " AM "},  // Japanese
    {"午後", " PM "},
    {"오전", " AM "},  // Korean
    {"오후", " PM "},
}};

// The text in ASCII, in `room`; nullopt where it holds anything else or is too long.
std::optional<std::string_view> plain(std::string_view text,
                                      std::array<char, longest_text>& room) noexcept {
  std::size_t size = 0;
  while (!text.empty()) {
    std::string_view add = text.substr(0, 1);
    std::size_t taken = 1;
    if (static_cast<unsigned char>(text.front()) >= 0x80) {
      const auto* const found =
          std::find_if(spellings.begin(), spellings.end(),
                       [&](const Spelling& each) { return text.starts_with(each.theirs); });
      if (found == spellings.end()) return std::nullopt;
      add = found->ours;
      taken = found->theirs.size();
    }
    if (size + add.size() > room.size()) return std::nullopt;
    size += add.copy(room.data() + size, add.size());
    text.remove_prefix(taken);
  }
  return trim(std::string_view(room.data(), size));
}

std::string_view take_letters(Cursor& c) noexcept {
  std::size_t n = 0;
  while (n < c.rest.size() && ascii_lower(c.rest[n]) >= 'a' && ascii_lower(c.rest[n]) <= 'z')
    ++n;
  const std::string_view word = c.rest.substr(0, n);
  c.rest.remove_prefix(n);
  return word;
}

// Three letters or more of an English name; 0 where it is none, else its place from 1.
template <std::size_t N>
int place_of(std::string_view word, const std::array<std::string_view, N>& names) noexcept {
  if (word.size() < 3) return 0;
  for (std::size_t i = 0; i < N; ++i) {
    if (istarts_with(names[i], word)) return static_cast<int>(i) + 1;
  }
  return iequals(word, "Sept") ? 9 : 0;
}

constexpr std::array<std::string_view, 12> months = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};
constexpr std::array<std::string_view, 7> weekdays = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                      "Friday", "Saturday", "Sunday"};

// "Thursday, ", "Thu "; nothing where no weekday stands there.
void skip_weekday(Cursor& c) noexcept {
  Cursor after = c;
  const std::string_view word = take_letters(after);
  if (word.size() < 3 || place_of(word, weekdays) == 0 || iequals(word, "Sept")) return;
  after.take('.');
  after.take(',');
  after.skip_space();
  c = after;
}

struct Date {
  int year = -1, month = -1, day = -1;
  bool open = false;  // month and day might be the other way round
  DateOrder order = DateOrder::unknown;
};

// Between the parts of a date: blanks, and one of the signs.
char separator(Cursor& c) noexcept {
  char found = ' ';
  c.skip_space();
  if (!c.rest.empty() && std::string_view("-/.,").find(c.rest.front()) != std::string_view::npos) {
    found = c.rest.front();
    c.rest.remove_prefix(1);
    c.skip_space();
  }
  return found;
}

// "Oct 1, 2026", "October 01 2026".
std::optional<Date> month_word_first(Cursor& c) noexcept {
  Date date;
  date.month = place_of(take_letters(c), months);
  if (date.month == 0) return std::nullopt;
  separator(c);
  date.day = c.digits(1, 2);
  separator(c);
  date.year = c.digits(4, 4);
  return date;
}

// The first number has been read: "1 Oct 2026", "01-Oct-2026".
std::optional<Date> month_word_second(Cursor& c, int day) noexcept {
  Date date;
  date.day = day;
  date.month = place_of(take_letters(c), months);
  if (date.month == 0) return std::nullopt;
  c.take('.');
  separator(c);
  date.year = c.digits(4, 4);
  return date;
}

// Three numbers, the year first.
std::optional<Date> year_first(Cursor& c, int year) noexcept {
  Date date;
  date.year = year;
  const char first = separator(c);
  if (first != '-' && first != '/' && first != '.') return std::nullopt;
  date.month = c.digits(1, 2);
  if (separator(c) != first) return std::nullopt;
  date.day = c.digits(1, 2);
  c.take('.');  // Hungarian and Korean: "2026. 10. 01."
  return date;
}

// Three numbers, the year last.
std::optional<Date> year_last(Cursor& c, int first) noexcept {
  const char sign = separator(c);
  if (sign != '-' && sign != '/' && sign != '.') return std::nullopt;
  const int second = c.digits(1, 2);
  if (separator(c) != sign) return std::nullopt;
  Date date;
  date.year = c.digits(4, 4);
  if (sign == '.' || first > 12) {  // no culture has the month first and dots
    date.day = first;
    date.month = second;
    if (first > 12 && sign != '.') date.order = DateOrder::day_first;
    return date;
  }
  date.month = first;
  date.day = second;
  if (second > 12) date.order = DateOrder::month_first;
  date.open = second <= 12 && second != first;
  return date;
}

std::optional<Date> take_date(Cursor& c) noexcept {
  if (c.rest.empty()) return std::nullopt;
  if (!is_ascii_digit(c.rest.front())) return month_word_first(c);
  std::size_t width = 0;
  while (width < c.rest.size() && is_ascii_digit(c.rest[width]))
    ++width;
  const int number = c.digits(1, 4);
  if (width == 4) return year_first(c, number);
  if (width > 2) return std::nullopt;
  Cursor after = c;
  separator(after);
  if (!after.rest.empty() && !is_ascii_digit(after.rest.front())) {
    c = after;
    return month_word_second(c, number);
  }
  return year_last(c, number);
}

// "AM", "p.m.", "a. m."; 0 where none stands there, 1 for the morning, 2 for the afternoon.
int take_half_of_day(Cursor& c) noexcept {
  Cursor after = c;
  after.skip_space();
  if (after.rest.empty()) return 0;
  const char half = ascii_lower(after.rest.front());
  if (half != 'a' && half != 'p') return 0;
  after.rest.remove_prefix(1);
  if (after.take('.')) after.take(' ');
  if (!after.take('m') && !after.take('M')) return 0;
  after.take('.');
  c = after;
  return half == 'a' ? 1 : 2;
}

struct Clock {
  int hour = 0, minute = 0, second = 0;
};

std::optional<Clock> take_clock(Cursor& c) noexcept {
  int half = take_half_of_day(c);  // before the time in Chinese and Korean
  c.skip_space();
  Clock clock;
  clock.hour = c.digits(1, 2);
  const char sign = c.rest.empty() ? '\0' : c.rest.front();
  if (clock.hour < 0 || (!c.take(':') && !c.take('.'))) return std::nullopt;
  clock.minute = c.digits(2, 2);
  if (clock.minute < 0) return std::nullopt;
  if (c.take(sign)) {
    clock.second = c.digits(2, 2);
    if (clock.second < 0) return std::nullopt;
    if (c.take('.') || c.take(',')) {
      if (c.digits(1, 9) < 0) return std::nullopt;
    }
  }
  if (half == 0) half = take_half_of_day(c);
  if (half == 0) return clock;
  if (clock.hour < 1 || clock.hour > 12) return std::nullopt;
  clock.hour = clock.hour % 12 + (half == 2 ? 12 : 0);
  return clock;
}

// What stands between a date and its time: "T", ",", "@", "at", ":" (Apache), blanks.
void skip_between(Cursor& c) noexcept {
  c.skip_space();
  if (c.take('T') || c.take('@') || c.take(':')) return;
  c.take(',');
  c.skip_space();
  if (istarts_with(c.rest, "at ")) c.rest.remove_prefix(3);
  c.take('@');
}

std::optional<WrittenTime> parse_portal(Cursor c) noexcept {
  skip_weekday(c);
  const auto date = take_date(c);
  if (!date || date->year < 0 || date->month < 0 || date->day < 0) return std::nullopt;
  skip_between(c);
  Clock clock;
  int east = 0;
  WrittenTime out;
  c.skip_space();
  if (!c.rest.empty()) {
    const auto read = take_clock(c);
    if (!read) return std::nullopt;
    clock = *read;
    c.skip_space();
    if (c.rest.starts_with('(') && c.rest.ends_with(')')) {
      c.rest = c.rest.substr(1, c.rest.size() - 2);
    }
    out.has_zone = !c.rest.empty();
    const auto offset = time_parts::zone(c);
    if (!offset || !c.rest.empty()) return std::nullopt;
    east = *offset;
  }
  const auto at = [&](int month, int day) {
    return time_parts::civil(date->year, month, day, clock.hour, clock.minute, clock.second);
  };
  const auto time = at(date->month, date->day);
  if (!time) return std::nullopt;
  out.time = *time - east;
  out.order = date->order;
  if (date->open) {
    if (const auto other = at(date->day, date->month)) out.day_first = *other - east;
  }
  return out;
}

// ISO 8601 with a "T" or a blank, as parse_time reads it; whether it names its zone.
std::optional<WrittenTime> parse_iso(std::string_view text) noexcept {
  const auto time = parse_time(text);
  if (!time) return std::nullopt;
  WrittenTime out;
  out.time = *time;
  const std::string_view clock = text.substr(std::min<std::size_t>(text.size(), 10));
  out.has_zone = clock.find_first_of("Zz+-UG") != std::string_view::npos;
  return out;
}

}  // namespace

std::optional<WrittenTime> parse_written_time(std::string_view text) noexcept {
  text = trim(text);
  if (text.size() >= 10 && text[4] == '-' && text[7] == '-') {
    if (const auto iso = parse_iso(text)) return iso;
  }
  if (text.starts_with("/Date(") || text.starts_with("\\/Date(")) {
    const auto time = parse_time(text);
    if (!time) return std::nullopt;
    WrittenTime out;
    out.time = *time;
    out.has_zone = true;
    return out;
  }
  std::array<char, longest_text> room;
  const auto ascii = plain(text, room);
  if (!ascii) return std::nullopt;
  return parse_portal(Cursor{*ascii});
}

}  // namespace postern
