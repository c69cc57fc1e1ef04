// Points in time as people write them in --since and --until.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "base/time.hpp"

namespace postern::cli {

/// "2026-10-01", "2026-10-01T12:00:00Z", or "30d": so many days before now. `end_of_day` takes a
/// day without a time to its end.
Result<UnixTime> parse_moment(const std::string& text, const char* option, UnixTime now,
                              bool end_of_day);

/// Error: the period has no moment.
Result<void> check_period(const std::optional<UnixTime>& since,
                          const std::optional<UnixTime>& until);

}  // namespace postern::cli
