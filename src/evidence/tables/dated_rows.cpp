#include "evidence/tables/dated_rows.hpp"

#include <cstddef>
#include <string_view>

#include <fmt/format.h>

#include "base/ascii.hpp"

namespace postern::evidence {
namespace {

constexpr std::size_t most_held = 256u << 20;

constexpr std::string_view order_is_open =
    "holds a date of which nobody can say whether the day or the month comes first: say --dates "
    "day-first or --dates month-first";

}  // namespace

// Tells held rows, with the times that turned out to be right.
class DatedRows::Replay final : public Sink {
 public:
  Replay(Teller& tell, const std::vector<Waiting>& rows, DateOrder order)
      : tell_(tell), rows_(rows), order_(order) {}

  void message(const Message& held) override {
    const Waiting& row = rows_[at_++];
    Message dated = held;
    if (!row.day_first || order_ == DateOrder::month_first) return tell_.message(dated);
    if (order_ == DateOrder::unknown) {
      ++lost_;
      return tell_.bad_record(row.record, 0, {}, order_is_open);
    }
    dated.submission.time = row.day_first;
    tell_.message(dated);
  }
  void not_relevant(NotRelevant why) override {
    ++at_;
    tell_.not_relevant(why);
  }
  void bad(const BadRow& row) override {
    ++at_;
    tell_.bad_in(row.file, row.row, row.line, row.column, row.what);
  }
  /// Rows that were not read since their order is open.
  [[nodiscard]] std::uint64_t lost() const noexcept { return lost_; }

 private:
  Teller& tell_;
  const std::vector<Waiting>& rows_;
  DateOrder order_;
  std::size_t at_ = 0;
  std::uint64_t lost_ = 0;
};

bool DatedRows::counts(const RowOutcome& outcome, const Message& message) {
  if (open_ == nullptr) return recent_.answer(outcome.recall);
  const bool is_message = outcome.kind == RowKind::message;
  open_->push_back({tell_.tally().rows, outcome.recall, outcome.why,
                    is_message && tell_.is_of_the_future(message)});
  return true;
}

void DatedRows::deliver(const RowOutcome& outcome, Message& message, std::uint64_t record,
                        std::uint64_t line) {
  switch (outcome.kind) {
    case RowKind::message:
      return tell_.message(message);
    case RowKind::not_relevant:
      return tell_.not_relevant(outcome.why);
    case RowKind::bad:
      return tell_.bad_record(record, line, outcome.fault.column, outcome.fault.what);
  }
}

bool DatedRows::take_slowly(const RowOutcome& outcome, Message& message, std::uint64_t record,
                            std::uint64_t line) {
  if (times_.order() != DateOrder::unknown) {
    release();
    deliver(outcome, message, record, line);
    return true;
  }
  if (!held_) {
    held_.emplace(most_held);
    first_record_ = record;
  }
  switch (outcome.kind) {
    case RowKind::message:
      held_->message(message);
      break;
    case RowKind::not_relevant:
      held_->not_relevant(outcome.why);
      break;
    case RowKind::bad:
      held_->bad({tell_.tally().file, record, line, outcome.fault.column, outcome.fault.what});
      break;
  }
  waiting_.push_back(
      {outcome.kind == RowKind::message ? times_.day_first() : std::nullopt, record});
  return !held_->full();
}

void DatedRows::release() {
  Replay replay(tell_, waiting_, times_.order());
  held_->tell(replay);
  if (replay.lost() > 0) {
    tell_.tally().remarks.push_back(fmt::format(
        "rows that were not read: {}; whether the day or the month comes first in dates such as "
        "'{}' is in no row of the file, so say --dates day-first or --dates month-first",
        replay.lost(), printable(times_.open_text())));
  }
  held_.reset();
  waiting_.clear();
}

Error DatedRows::undecided() const {
  return {fmt::format("writes dates of which nobody can say whether the day or the month comes "
                      "first (row {}: '{}')",
                      first_record_, printable(times_.open_text())),
          tell_.tally().file, "say --dates day-first or --dates month-first"};
}

void DatedRows::finish() {
  if (!waiting_.empty()) release();
}

}  // namespace postern::evidence
