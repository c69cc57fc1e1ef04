// Evidence that was not read, or is not there. Whoever asks whether somebody breaks must hear of it
// in the first sentence.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "impact/distinct.hpp"

namespace postern::impact {

struct Missing {
  enum class Kind : std::uint8_t {
    no_evidence,         ///< no message that came in to the tenant without a sign-in
    rows_lost,           ///< rows that could not be read
    files_lost,          ///< files that could not be read, or not to their end
    list_cut,            ///< a file says itself that it is a part of the answer
    messages_let_go,     ///< messages of a log that were under way when there was no room for them
    days_without_rows,   ///< a period in which nothing is told, at the evidence's own pace
    short_period,        ///< fewer days than were asked for, or than a week has
    sender_untold,       ///< messages of which nothing tells who sent them
    arrival_untold,      ///< messages that are told of after their arrival alone
    undated,             ///< messages without a time, where a period was asked for
    answers_faulty,      ///< answers of senders.toml that contradict, or are too wide
    not_decided,         ///< messages that did not fit the limit of what is kept
    domains_unreported,  ///< accepted domains of which no DMARC report tells, where nothing but
                         ///< reports would tell of all their mail
    settings_assumed,    ///< properties that the tenant's export lacks
    servers_alone,       ///< logs of one's own servers, and nothing of what Exchange Online took
    mailboxes_alone,     ///< kept messages, and nothing of what other mailboxes got
  };
  Kind kind = Kind::no_evidence;
  std::uint64_t count = 0;  ///< rows, files, messages, days or domains
  std::string text;         ///< a clause: "30 of 30 rows could not be read"
  /// Of no_evidence: rows of another period were set aside, and may be about the tenant.
  bool of_the_period = false;
};

std::string_view name_of(Missing::Kind) noexcept;  ///< "no_evidence", …

/// The days that evidence tells of.
struct DaysCovered {
  std::vector<DayCounts::Day> days;  ///< those with rows, in their order
  bool is_part = false;  ///< rows that see a part of the mail alone tell of further days
  /// What was asked for (--since, --until), as days; without a beginning nothing was asked.
  std::optional<std::int64_t> asked_first, asked_last;
};

/// Gaps of five days or more in which twenty rows or more would have come at the pace of the days
/// that have rows, or a dozen at the pace of all days around the gap; shorter ones between days
/// with rows where twenty would have come at the pace of the quietest day of the week, as it is
/// where it has any; and a period that is too short. Weekends and holidays are no gaps.
std::vector<Missing> missing_days(const DaysCovered&);

}  // namespace postern::impact
