#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"
#include "plan/apply.hpp"
#include "plan/change.hpp"
#include "plan/difference.hpp"

namespace postern::plan {
namespace {

using Status = StepRecord::Status;

class RollingBack {
 public:
  RollingBack(Record& record, exchange::AdminInterface& admin, const Conditions& around,
              const Limits& limits, bool force)
      : record_(record), admin_(admin), around_(around), limits_(limits), force_(force) {}

  Result<Ended> run() {
    const auto read = read_for_plan(admin_);
    if (!read) return tl::unexpected(read.error());
    if (auto safe = check(*read); !safe) return tl::unexpected(safe.error());
    for (auto step = record_.steps.rbegin(); step != record_.steps.rend(); ++step) {
      if (!concerns(*step)) continue;
      const auto undone = take_back(*step, *read);
      if (!undone) return tl::unexpected(undone.error());
      if (!*undone) return Ended::not_in_time;
    }
    return Ended::holds;
  }

 private:
  static bool concerns(const StepRecord& step) {
    return step.status != Status::pending && step.status != Status::undone;
  }

  // A connector of the plan that is not there any more has nothing to take back.
  static bool is_gone(const Step& step, const policy::Tenant& read) {
    return step.kind != Step::Kind::turn_switch &&
           find_connector(read, step.after->name) == nullptr;
  }

  Result<void> check(const policy::Tenant& read) const {
    std::string changed;
    for (const StepRecord& step : record_.steps) {
      if (!concerns(step) || step.step.state_in(read) != Step::State::other) continue;
      append_item(changed, printable(step.step.found_in(read)), "; ");
    }
    if (changed.empty() || force_) return {};
    return fail(fmt::format("changed since it was applied: {}", changed), admin_.name(),
                "undo that by hand, or pass --force to put the recorded values over it");
  }

  Result<bool> take_back(StepRecord& step, const policy::Tenant& read) {
    const bool begun_before = step.status == Status::undoing;
    // What was begun and never read back may still be travelling: not seen is not gone.
    const bool may_travel = step.status == Status::started || begun_before;
    const bool absent = step.step.state_in(read) == Step::State::before || is_gone(step.step, read);
    std::string note;
    if (absent && !may_travel) {
      note = "nothing to take back: it is not there";
    } else {
      if (auto saved = mark(step, Status::undoing, {}); !saved) {
        return tl::unexpected(saved.error());
      }
      around_.say(fmt::format("Takes back: {}", step.step.does));
      auto undone = change(step.step, absent ? step.step.undo() : undo_of(step.step, read),
                           Step::State::before, admin_, around_, limits_, begun_before, note);
      if (!undone || !*undone) return undone;
    }
    if (auto saved = mark(step, Status::undone, note); !saved) return tl::unexpected(saved.error());
    return true;
  }

  // From what is there now to what was there before.
  static tenant::Cmdlet undo_of(const Step& step, const policy::Tenant& read) {
    if (step.kind != Step::Kind::change_connector) return step.undo();
    return tenant::set_inbound_connector(*find_connector(read, step.after->name), *step.before);
  }

  Result<void> mark(StepRecord& step, Status status, std::string note) {
    step.status = status;
    step.since = around_.now();
    step.note = std::move(note);
    return around_.save(record_);
  }

  Record& record_;
  exchange::AdminInterface& admin_;
  const Conditions& around_;
  const Limits& limits_;
  bool force_;
};

}  // namespace

Result<Ended> roll_back(Record& record, exchange::AdminInterface& admin, const Conditions& around,
                        const Limits& limits, bool force) {
  return RollingBack(record, admin, around, limits, force).run();
}

}  // namespace postern::plan
