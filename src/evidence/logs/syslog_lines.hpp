// The head of a log line, cut off without copying, in the forms in which syslog, journald and the
// keepers of containers' output write it. Pure; internal to the room.
//
//   Nov  3 12:00:01 mx postfix/smtpd[123]: …                          classic (RFC 3164)
//   Nov 03 12:00:01.123456 mx postfix/smtpd[123]: …                   journalctl -o short-precise
//   2026-11-03T12:00:01.123+01:00 mx postfix/smtpd[123]: …            rsyslog, journalctl -o
//   short-iso Tue 2026-11-03 12:00:01 UTC mx postfix/smtpd[123]: …              journalctl -o
//   short-full 1793707201.123456 mx postfix/smtpd[123]: …                        journalctl -o
//   short-unix <22>1 2026-11-03T12:00:01Z mx postfix/smtpd 123 - - …             RFC 5424
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.hpp"

namespace postern::evidence {

struct SyslogLine {
  std::string_view stamp, host;
  std::string_view program;  ///< "postfix/smtpd", "sm-mta"
  std::string_view process;  ///< its number; empty where the line has none
  std::string_view text;     ///< what the program wrote
};

/// False for what is no such line.
bool split_syslog(std::string_view text, SyslogLine& line) noexcept;

/// What a container's output was before its keeper put its own words in front of each line: docker
/// logs --timestamps, docker compose logs, kubectl logs --prefix, CRI ("… stdout F "), Loki's
/// logcli. Empty where there are none. They may be wrapped in each other.
std::string_view without_carrier(std::string_view text) noexcept;

/// Calls `take(line)` until it says true: with the line as it stands, and with what is left of it
/// without carriers. False where no part is a line that `take` wants.
template <class Take>
bool split_carried(std::string_view text, Take take) {
  for (int wrapped = 0; wrapped < 4 && !text.empty(); ++wrapped) {
    SyslogLine line;
    if (split_syslog(text, line) && take(line)) return true;
    text = without_carrier(text);
  }
  return false;
}

/// Times of log lines. Classic syslog writes no year: it is the one that puts the first line before
/// `reference`, and goes up where the months run from the end of a year to its start. Such times
/// are the log host's own, taken as UTC.
class LogClock {
 public:
  /// Without a reference, times without a year stay unknown.
  explicit LogClock(std::optional<UnixTime> reference) : reference_(reference) {}
  /// nullopt where it is no time.
  std::optional<UnixTime> read(std::string_view stamp);
  /// True where the last stamp was not there, or could be read but for its year.
  [[nodiscard]] bool not_told() const noexcept { return not_told_; }

 private:
  std::optional<UnixTime> classic(std::string_view stamp);

  std::optional<UnixTime> reference_;
  char last_[48] = {};
  std::size_t last_size_ = 0;
  std::optional<UnixTime> last_time_;
  std::int64_t year_ = 0;
  unsigned last_month_ = 0;
  bool not_told_ = false;
  bool last_not_told_ = false;
};

}  // namespace postern::evidence
