// Hands a table's rows on, and holds them back while it is open whether the day or the month comes
// first in their dates. Internal to the room.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "evidence/recorded_rows.hpp"
#include "evidence/tables/row.hpp"
#include "evidence/tables/time_field.hpp"
#include "evidence/teller.hpp"

namespace postern::evidence {

class DatedRows {
 public:
  DatedRows(const TimeField& times, Teller& tell) noexcept : times_(times), tell_(tell) {}

  /// Takes one row. False where too many wait for their order.
  bool take(const RowOutcome& outcome, const Message& message, std::uint64_t record,
            std::uint64_t line) {
    if (waiting_.empty() && !times_.day_first()) [[likely]] {
      deliver(outcome, message, record, line);
      return true;
    }
    return take_slowly(outcome, message, record, line);
  }
  /// Whether rows are held back.
  [[nodiscard]] bool are_waiting() const noexcept { return !waiting_.empty(); }
  /// After the last row. Where the order stayed open, rows that hang on it are bad.
  void finish();
  /// The error where take() gave up.
  [[nodiscard]] Error undecided() const;

 private:
  void deliver(const RowOutcome&, const Message&, std::uint64_t record, std::uint64_t line);
  bool take_slowly(const RowOutcome&, const Message&, std::uint64_t record, std::uint64_t line);
  void release();
  class Replay;

  const TimeField& times_;
  Teller& tell_;
  // Made where rows wait.
  std::optional<RecordedRows> held_;
  struct Waiting {
    std::optional<UnixTime> day_first;  // the other reading
    std::uint64_t record = 0;
  };
  std::vector<Waiting> waiting_;  // a held row each
  std::uint64_t first_record_ = 0;
};

}  // namespace postern::evidence
