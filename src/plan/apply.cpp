#include "plan/apply.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"
#include "plan/change.hpp"
#include "plan/difference.hpp"

namespace postern::plan {
namespace {

using Status = StepRecord::Status;

std::string first_five(const std::vector<std::string>& list) {
  const std::size_t shown = std::min<std::size_t>(list.size(), 5);
  std::string out = joined(std::span(list).first(shown), printable, "; ");
  if (shown < list.size()) out += fmt::format("; and {} more", list.size() - shown);
  return out;
}

class Applying {
 public:
  Applying(Record& record, exchange::AdminInterface& admin, const Conditions& around,
           const Limits& limits)
      : record_(record), admin_(admin), around_(around), limits_(limits) {}

  Result<Ended> run() {
    if (record_.was_rolled_back()) {
      return fail("this plan was applied and rolled back", admin_.name(), "plan again");
    }
    if (auto settled = compare(); !settled) return tl::unexpected(settled.error());
    for (StepRecord& step : record_.steps) {
      if (step.status == Status::done) continue;
      if (step.step.kind == Step::Kind::turn_switch) settle();
      const auto made = make(step);
      if (!made) return tl::unexpected(made.error());
      if (!*made) return Ended::not_in_time;
    }
    return confirm();
  }

 private:
  Result<void> mark(StepRecord& step, Status status) {
    step.status = status;
    step.since = around_.now();
    return around_.save(record_);
  }

  // The tenant must be what the plan read, with what the record says is done. A step whose end was
  // not recorded may be made or not.
  Result<void> compare() {
    const auto read = read_for_plan(admin_);
    if (!read) return tl::unexpected(read.error());
    policy::Tenant expected = record_.before;
    for (StepRecord& step : record_.steps) {
      if (step.status == Status::started && step.step.state_in(*read) == Step::State::after) {
        step.note = "recognised in the tenant: it was made before the last run was interrupted";
        if (auto saved = mark(step, Status::done); !saved) return saved;
        around_.say(fmt::format("{}: was made already", step.step.does));
      }
      if (step.status == Status::done) step.step.apply_to(expected);
    }
    const auto differing = differences(expected, *read);
    if (differing.empty()) return {};
    return fail(fmt::format("the tenant is not as the plan read it: {}", first_five(differing)),
                admin_.name(), "plan again, and look at what changed");
  }

  Result<bool> make(StepRecord& step) {
    const bool begun_before = step.status == Status::started;
    if (auto saved = mark(step, Status::started); !saved) return tl::unexpected(saved.error());
    around_.say(step.step.does);
    std::string note;
    auto made = change(step.step, step.step.cmdlet(), Step::State::after, admin_, around_, limits_,
                       begun_before, note);
    step.note = made ? note : made.error().what;
    if (!made || !*made) {
      if (made) step.note = "the service took it, but it can't be read back yet";
      // The record keeps "started": what became of it is for the next reading to tell.
      if (auto saved = around_.save(record_); !saved) return tl::unexpected(saved.error());
      return made;
    }
    if (auto saved = mark(step, Status::done); !saved) return tl::unexpected(saved.error());
    return true;
  }

  void settle() {
    UnixTime last = 0;
    for (const StepRecord& step : record_.steps) {
      if (step.step.kind != Step::Kind::turn_switch) last = std::max(last, step.since);
    }
    if (last == 0) return;
    const UnixTime left = last + limits_.settle.count() - around_.now();
    if (left <= 0) return;
    around_.say(fmt::format("waits {} s for the connectors to take effect", left));
    around_.sleep(std::chrono::seconds(left));
  }

  // Everything at once, once more: a step may have undone another, or somebody may be at work.
  Result<Ended> confirm() {
    const auto read = read_for_plan(admin_);
    if (!read) return tl::unexpected(read.error());
    for (const StepRecord& step : record_.steps) {
      if (step.step.state_in(*read) == Step::State::after) continue;
      return fail(fmt::format("all was done, but now {}", printable(step.step.found_in(*read))),
                  admin_.name(), "somebody else may be changing the tenant; look at it");
    }
    return Ended::holds;
  }

  Record& record_;
  exchange::AdminInterface& admin_;
  const Conditions& around_;
  const Limits& limits_;
};

}  // namespace

Result<Ended> apply(Record& record, exchange::AdminInterface& admin, const Conditions& around,
                    const Limits& limits) {
  return Applying(record, admin, around, limits).run();
}

}  // namespace postern::plan
