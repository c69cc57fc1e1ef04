#include "evidence/tables/dated_rows.hpp"

#include <cstddef>

#include <fmt/format.h>

#include "base/ascii.hpp"

namespace postern::evidence {
namespace {

constexpr std::size_t most_held = 256u << 20;

// Tells held rows, with the times that turned out to be right.
class Replay final : public Sink {
 public:
  Replay(Teller& tell, const std::vector<std::optional<UnixTime>>& day_first, DateOrder order)
      : tell_(tell), day_first_(day_first), order_(order) {}

  void message(const Message& held) override {
    const std::optional<UnixTime> other = day_first_[at_++];
    if (!other || order_ == DateOrder::month_first) return tell_.message(held);
    Message dated = held;
    dated.submission.time = other;
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

 private:
  Teller& tell_;
  const std::vector<std::optional<UnixTime>>& day_first_;
  DateOrder order_;
  std::size_t at_ = 0;
};

}  // namespace

void DatedRows::deliver(const RowOutcome& outcome, const Message& message, std::uint64_t record,
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

bool DatedRows::take_slowly(const RowOutcome& outcome, const Message& message, std::uint64_t record,
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
  waiting_.push_back(outcome.kind == RowKind::message ? times_.day_first() : std::nullopt);
  return !held_->full();
}

void DatedRows::release() {
  Replay replay(tell_, waiting_, times_.order());
  held_->tell(replay);
  held_.reset();
  waiting_.clear();
}

Error DatedRows::undecided() const {
  return {fmt::format("writes dates of which nobody can say whether the day or the month comes "
                      "first (row {}: '{}')",
                      first_record_, printable(times_.open_text())),
          tell_.tally().file, "say --dates day-first or --dates month-first"};
}

Result<void> DatedRows::finish() {
  if (waiting_.empty()) return {};
  if (times_.order() == DateOrder::unknown) return tl::unexpected(undecided());
  release();
  return {};
}

}  // namespace postern::evidence
