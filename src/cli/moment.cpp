#include "cli/moment.hpp"

#include <charconv>
#include <cstdint>

#include <fmt/format.h>

#include "base/ascii.hpp"

namespace postern::cli {

Result<UnixTime> parse_moment(const std::string& text, const char* option, UnixTime now,
                              bool end_of_day) {
  if (text.size() > 1 && text.size() < 6 && text.back() == 'd') {
    std::int64_t days = 0;
    const char* end = text.data() + text.size() - 1;
    const auto [stop, failed] = std::from_chars(text.data(), end, days);
    if (failed == std::errc{} && stop == end && days >= 0) return now - days * 86400;
  }
  if (const auto time = parse_time(text))
    return *time + (end_of_day && text.size() == 10 ? 86400 : 0);
  return fail(fmt::format("'{}' is no time", printable(text)), option,
              "write 2026-10-01, 2026-10-01T12:00:00Z, or 30d");
}

Result<void> check_period(const std::optional<UnixTime>& since,
                          const std::optional<UnixTime>& until) {
  if (!since || !until || *since < *until) return {};
  return fail(
      fmt::format("{} does not lie after --since, {}", format_time(*until), format_time(*since)),
      "--until", "let the period have a day");
}

}  // namespace postern::cli
