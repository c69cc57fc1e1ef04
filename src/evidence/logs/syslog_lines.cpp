#include "evidence/logs/syslog_lines.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <system_error>

#include "base/ascii.hpp"

namespace postern::evidence {
namespace {

std::string_view take_word(std::string_view& text) noexcept {
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

// PRI and, in RFC 5424, the version. True where the rest is in the form of RFC 5424.
bool skip_priority(std::string_view& text) noexcept {
  if (!text.starts_with('<')) return false;
  const std::size_t end = text.substr(0, 6).find('>');
  if (end == std::string_view::npos) return false;
  text.remove_prefix(end + 1);
  if (!text.starts_with("1 ")) return false;
  text.remove_prefix(2);
  return true;
}

bool is_classic(std::string_view text) noexcept {
  return text.size() > 16 && text[3] == ' ' && text[6] == ' ' && text[9] == ':' &&
         text[12] == ':' && (text[15] == ' ' || text[15] == '.');
}

bool is_iso(std::string_view text) noexcept {
  return text.size() > 20 && text[4] == '-' && text[7] == '-' && text[13] == ':' &&
         is_ascii_digit(text[0]);
}

// "Tue 2026-11-03 12:00:01 UTC "
bool is_full(std::string_view text) noexcept {
  return text.size() > 28 && text[3] == ' ' && is_iso(text.substr(4)) && text[14] == ' ';
}

// "1793707201.123456 "
bool is_unix(std::string_view text) noexcept {
  const std::size_t point = text.find('.');
  return point == 10 && text.size() > 18 && text[17] == ' ' &&
         std::all_of(text.begin(), text.begin() + 10, is_ascii_digit);
}

std::string_view take_stamp(std::string_view& text) noexcept {
  if (is_classic(text)) {
    const std::string_view stamp = text.substr(0, 15);
    text.remove_prefix(15);
    take_word(text);  // a fraction of a second
    return stamp;
  }
  if (is_full(text)) {
    text.remove_prefix(4);
    const std::size_t end = text.find(' ', 11);
    std::string_view stamp = text.substr(0, end);
    text.remove_prefix(std::min(end, text.size()));
    text.remove_prefix(std::min<std::size_t>(1, text.size()));
    take_word(text);  // the zone's name: times are the host's own
    return stamp;
  }
  if (is_iso(text) || is_unix(text)) return take_word(text);
  return {};
}

void split_program(std::string_view tag, SyslogLine& line) noexcept {
  if (tag.ends_with(':')) tag.remove_suffix(1);
  line.program = tag;
  if (const std::size_t bracket = tag.find('['); bracket != std::string_view::npos) {
    line.program = tag.substr(0, bracket);
    line.process = tag.substr(bracket + 1, tag.find(']', bracket) - bracket - 1);
  }
}

// STRUCTURED-DATA (RFC 5424, 6.3): "-" or bracketed elements, in whose values ']' is escaped.
void skip_structured_data(std::string_view& text) noexcept {
  if (!text.starts_with('[')) {
    take_word(text);
    return;
  }
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == ']' && (i + 1 == text.size() || text[i + 1] == ' ')) {
      text.remove_prefix(std::min(i + 2, text.size()));
      return;
    }
  }
  text = {};
}

unsigned month_of(std::string_view name) noexcept {
  static constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const std::size_t at = months.find(name);
  return at == std::string_view::npos || at % 3 != 0 ? 0 : static_cast<unsigned>(at / 3 + 1);
}

int two_digits(std::string_view text, std::size_t at) noexcept {
  const char tens = text[at] == ' ' ? '0' : text[at];
  if (!is_ascii_digit(tens) || !is_ascii_digit(text[at + 1])) return -1;
  return (tens - '0') * 10 + (text[at + 1] - '0');
}

bool is_unix_stamp(std::string_view stamp) noexcept {
  return stamp.size() == 17 && stamp[10] == '.';
}

std::optional<UnixTime> unix_time(std::string_view stamp) noexcept {
  UnixTime seconds = 0;
  const char* const end = stamp.data() + 10;
  const auto [stop, failed] = std::from_chars(stamp.data(), end, seconds);
  if (failed != std::errc{} || stop != end) return std::nullopt;
  return seconds;
}

}  // namespace

bool split_syslog(std::string_view text, SyslogLine& line) noexcept {
  const bool rfc5424 = skip_priority(text);
  line.stamp = take_stamp(text);
  if (line.stamp.empty()) return false;
  line.host = take_word(text);
  split_program(take_word(text), line);
  if (rfc5424) {
    line.process = take_word(text);
    take_word(text);  // MSGID
    skip_structured_data(text);
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  }
  line.text = text;
  return true;
}

std::string_view without_carrier(std::string_view text) noexcept {
  constexpr std::size_t longest_name = 120;
  if (text.starts_with('[')) {  // kubectl logs --prefix: "[pod/relay-0/postfix] "
    const std::size_t close = text.substr(0, longest_name).find("] ");
    return close == std::string_view::npos ? std::string_view{} : text.substr(close + 2);
  }
  if (is_iso(text)) {
    take_word(text);
    if (text.starts_with("stdout ") || text.starts_with("stderr ")) {  // CRI: stream and F or P
      take_word(text);
      take_word(text);
    } else if (text.starts_with('{')) {  // logcli: labels
      const std::size_t close = text.find("} ");
      return close == std::string_view::npos ? std::string_view{} : trim(text.substr(close + 2));
    }
    return text;
  }
  // docker compose: "postfix-1  | "
  const std::size_t bar = text.substr(0, longest_name).find(" | ");
  return bar == std::string_view::npos ? std::string_view{} : text.substr(bar + 3);
}

std::optional<UnixTime> LogClock::classic(std::string_view stamp) {
  const unsigned month = month_of(stamp.substr(0, 3));
  const int day = two_digits(stamp, 4);
  const int hour = two_digits(stamp, 7);
  const int minute = two_digits(stamp, 10);
  const int second = two_digits(stamp, 13);
  if (month == 0 || day < 1 || day > 31 || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
      second < 0 || second > 60) {
    return std::nullopt;
  }
  if (!reference_) {
    not_told_ = true;
    return std::nullopt;
  }
  const auto in_year = [&](std::int64_t year) {
    return days_from_civil(year, month, static_cast<unsigned>(day)) * 86400 +
           std::int64_t{hour} * 3600 + std::int64_t{minute} * 60 + second;
  };
  if (year_ == 0) {
    year_ = 1970 + day_of(*reference_) / 366;
    // A day of grace: the log host's clock may be ahead of UTC.
    while (in_year(year_ + 1) <= *reference_ + 86400)
      ++year_;
  } else if (month + 6 <= last_month_) {
    ++year_;
  } else if (last_month_ + 6 <= month) {
    // A late line of the old year among those of the new.
    return in_year(year_ - 1);
  }
  last_month_ = month;
  return in_year(year_);
}

std::optional<UnixTime> LogClock::read(std::string_view stamp) {
  not_told_ = stamp.empty();
  if (not_told_) return std::nullopt;
  if (stamp.size() == last_size_ && std::memcmp(stamp.data(), last_, last_size_) == 0) {
    not_told_ = last_not_told_;
    return last_time_;
  }
  const bool classic_form = stamp.size() == 15 && stamp[3] == ' ';
  const std::optional<UnixTime> time = classic_form           ? classic(stamp)
                                       : is_unix_stamp(stamp) ? unix_time(stamp)
                                                              : parse_time(stamp);
  if (stamp.size() <= sizeof(last_)) {
    std::memcpy(last_, stamp.data(), stamp.size());
    last_size_ = stamp.size();
    last_time_ = time;
    last_not_told_ = not_told_;
  }
  return time;
}

}  // namespace postern::evidence
