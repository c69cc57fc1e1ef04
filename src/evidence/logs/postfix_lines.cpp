#include "evidence/logs/postfix_lines.hpp"

#include <algorithm>
#include <cstring>

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
         text[12] == ':' && text[15] == ' ';
}

bool is_iso(std::string_view text) noexcept {
  return text.size() > 20 && text[4] == '-' && text[7] == '-' && text[13] == ':' &&
         is_ascii_digit(text[0]);
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

}  // namespace

PostfixService postfix_service(std::string_view word) noexcept {
  switch (word.size()) {
    case 4:
      if (word == "smtp" || word == "lmtp" || word == "pipe") return PostfixService::delivery;
      if (word == "qmgr") return PostfixService::queue_manager;
      break;
    case 5:
      if (word == "smtpd") return PostfixService::smtpd;
      if (word == "local" || word == "error" || word == "relay") return PostfixService::delivery;
      if (word == "nqmgr") return PostfixService::queue_manager;
      break;
    case 6:
      if (word == "pickup") return PostfixService::pickup;
      break;
    case 7:
      if (word == "cleanup") return PostfixService::cleanup;
      if (word == "virtual" || word == "discard") return PostfixService::delivery;
      break;
    case 10:
      if (word == "postscreen") return PostfixService::postscreen;
      break;
    default:
      break;
  }
  return PostfixService::none;
}

bool split_tag(std::string_view tag, PostfixLine& line) noexcept {
  if (tag.ends_with(':')) tag.remove_suffix(1);
  std::string_view program = tag;
  if (const std::size_t bracket = tag.find('['); bracket != std::string_view::npos) {
    program = tag.substr(0, bracket);
    line.process = tag.substr(bracket + 1, tag.find(']', bracket) - bracket - 1);
  }
  const std::size_t slash = program.rfind('/');
  if (slash == std::string_view::npos) return false;
  line.service = postfix_service(program.substr(slash + 1));
  // The instance alone has the queue: "postfix/submission/smtpd" is in that of "postfix".
  line.instance = program.substr(0, program.find('/'));
  return line.service != PostfixService::none;
}

bool split_syslog_line(std::string_view text, PostfixLine& line) noexcept {
  const bool rfc5424 = skip_priority(text);
  if (is_classic(text)) {
    line.stamp = text.substr(0, 15);
    text.remove_prefix(16);
  } else if (is_iso(text)) {
    line.stamp = take_word(text);
  } else {
    return false;
  }
  line.host = take_word(text);
  if (rfc5424) {
    if (!split_tag(take_word(text), line)) return false;
    line.process = take_word(text);
    take_word(text);  // MSGID
    skip_structured_data(text);
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  } else {
    if (!split_tag(take_word(text), line)) return false;
  }
  line.text = text;
  return true;
}

std::string_view take_queue_id(std::string_view& text) noexcept {
  // Short ids are hexadecimal; long ones (since Postfix 2.9) use most letters and digits.
  std::size_t end = 0;
  const std::size_t most = std::min<std::size_t>(text.size(), 40);
  while (end < most && ((text[end] >= '0' && text[end] <= '9') ||
                        (ascii_lower(text[end]) >= 'a' && ascii_lower(text[end]) <= 'z'))) {
    ++end;
  }
  if (end < 5 || text.substr(end, 2) != ": ") return {};
  const std::string_view id = text.substr(0, end);
  text.remove_prefix(end + 2);
  return id;
}

PostfixPeer parse_peer(std::string_view text) noexcept {
  PostfixPeer peer;
  const std::size_t open = text.find('[');
  const std::size_t close =
      open == std::string_view::npos ? std::string_view::npos : text.find(']', open);
  if (close == std::string_view::npos) return peer;
  peer.name = text.substr(0, open);
  std::string_view address = text.substr(open + 1, close - open - 1);
  if (istarts_with(address, "IPv6:")) address.remove_prefix(5);
  peer.address = IpAddress::parse(address);
  peer.well_formed = peer.address || address == "unknown" || address.starts_with('/');
  return peer;
}

std::optional<std::string_view> bracketed(std::string_view text, std::string_view key) noexcept {
  const std::size_t at = text.find(key);
  if (at == std::string_view::npos) return std::nullopt;
  const std::size_t begin = at + key.size();
  for (std::size_t end = text.find('>', begin); end != std::string_view::npos;
       end = text.find('>', end + 1)) {
    if (end + 1 == text.size() || text[end + 1] == ' ' || text[end + 1] == ',') {
      return text.substr(begin, end - begin);
    }
  }
  return std::nullopt;
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
  const std::optional<UnixTime> time = classic_form ? classic(stamp) : parse_time(stamp);
  if (stamp.size() <= sizeof(last_)) {
    std::memcpy(last_, stamp.data(), stamp.size());
    last_size_ = stamp.size();
    last_time_ = time;
    last_not_told_ = not_told_;
  }
  return time;
}

}  // namespace postern::evidence
