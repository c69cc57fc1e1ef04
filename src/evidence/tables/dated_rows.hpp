// Hands a table's rows on: answers what they ask of those before them, and holds them back while it
// is open whether the day or the month comes first in their dates. Internal to the room.
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

/// A question that a row of a piece asks of rows before it.
struct OpenQuestion {
  std::uint64_t row = 0;  ///< among those that the piece told, from 0
  Recall asked;
  NotRelevant otherwise = NotRelevant::duplicate;  ///< what the row is where the answer is no
  bool of_the_future = false;                      ///< as a message it was counted as one
};

class DatedRows {
 public:
  /// With `open`, the rows are a piece's: what they ask is left to who tells them, and they are
  /// told as if the answer were yes.
  DatedRows(TableFormat& format, Teller& tell, std::vector<OpenQuestion>* open = nullptr) noexcept
      : times_(format.times()), recent_(format.recent()), tell_(tell), open_(open) {}

  /// Takes one row. False where too many wait for their order.
  bool take(const RowOutcome& outcome, Message& message, std::uint64_t record, std::uint64_t line) {
    if (outcome.recall.asks() && !counts(outcome, message)) {
      return hand_on({RowKind::not_relevant, outcome.why, {}}, message, record, line);
    }
    return hand_on(outcome, message, record, line);
  }
  /// Whether rows are held back.
  [[nodiscard]] bool are_waiting() const noexcept { return !waiting_.empty(); }
  /// After the last row. Where the order stayed open, rows that hang on it are bad.
  void finish();
  /// The error where take() gave up.
  [[nodiscard]] Error undecided() const;

 private:
  bool hand_on(const RowOutcome& outcome, Message& message, std::uint64_t record,
               std::uint64_t line) {
    if (waiting_.empty() && !times_.day_first()) [[likely]] {
      deliver(outcome, message, record, line);
      return true;
    }
    return take_slowly(outcome, message, record, line);
  }
  bool counts(const RowOutcome&, const Message&);
  void deliver(const RowOutcome&, Message&, std::uint64_t record, std::uint64_t line);
  bool take_slowly(const RowOutcome&, Message&, std::uint64_t record, std::uint64_t line);
  void release();
  class Replay;

  const TimeField& times_;
  RecentRows& recent_;
  Teller& tell_;
  std::vector<OpenQuestion>* open_;
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
