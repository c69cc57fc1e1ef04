#include "plan/apply.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"
#include "plan/difference.hpp"
#include "plan/organisation.hpp"
#include "plan/read_back.hpp"
#include "plan/service_answer.hpp"
#include "plan/watch.hpp"

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
    if (auto same = compare(); !same || !*same) return ended(same, Ended::not_shown);
    for (StepRecord& step : record_.steps) {
      if (step.status == Status::done || waits_for_support(step)) continue;
      if (step.step.kind == Step::Kind::turn_switch) {
        if (auto all = all_enabled(); !all) return tl::unexpected(all.error());
        settle();
        // Whatever happened since: the switch is turned in the tenant that was planned for alone.
        if (auto same = compare(); !same || !*same) return ended(same, Ended::not_shown);
        if (auto proven = prove("plan again; the switch was not turned"); !proven) {
          return tl::unexpected(proven.error());
        }
      }
      const auto made = make(step);
      if (!made || !*made) return ended(made, Ended::not_in_time);
    }
    if (auto all = all_enabled(); !all) return tl::unexpected(all.error());
    return confirm();
  }

 private:
  static Result<Ended> ended(const Result<bool>& result, Ended otherwise) {
    if (!result) return tl::unexpected(result.error());
    return *result ? Ended::holds : otherwise;
  }

  Result<void> mark(StepRecord& step, Status status) {
    step.status = status;
    step.since = around_.now();
    return around_.save(record_);
  }

  // The tenant must be what the plan read, with what the record says is done. A step whose end was
  // not recorded may be made or not. What somebody else changed is told at once; a front end that
  // lacks a change of our own is waited for.
  Result<bool> compare() {
    const auto as_wanted = [&](const Reading& read) -> Result<bool> {
      const std::string another =
          why_another_tenant(record_.before, record_.organisation, read, read.organisation);
      if (!another.empty()) {
        return fail("is another tenant than the plan's: " + another, admin_.name(),
                    "name the tenant that the plan is of");
      }
      if (record_.organisation.empty()) record_.organisation = read.organisation;
      if (auto known = recognise(read); !known) return tl::unexpected(known.error());
      const auto differing = differences(expected(read), read);
      read_ = read;
      if (differing.empty()) return heard_of_all(read);
      return fail(fmt::format("the tenant is not as the plan read it: {}; {}",
                              first_five(differing), meaning_of(read)),
                  admin_.name(), "plan again, and look at what changed");
    };
    auto same = watch(Part::all, admin_, around_, {limits_.read_back, {}, 1, 1}, as_wanted);
    if (same && !*same) tell_what_is_not_shown();
    return same;
  }

  // Of the last reading: a front end lags, or somebody took it back.
  void tell_what_is_not_shown() const {
    bool shields = false;
    for (const StepRecord& step : record_.steps) {
      if (step.status != Status::done || step.step.state_in(read_) == Step::State::after) continue;
      shields = shields || step.step.kind != Step::Kind::turn_switch;
      around_.say(fmt::format("made and read back at {}, and no reading shows it now: {} ({})",
                              format_time(step.since), step.step.does, step.step.found_in(read_)));
    }
    if (shields && read_.reject_direct_send == policy::RejectDirectSend::on) {
      around_.say(
          "RejectDirectSend is on: mail that is let in by what is gone is refused meanwhile");
    }
    around_.say(wrote_ ? "this run made the steps that it told of, and nothing after that"
                       : "this run changed nothing");
  }

  // What somebody else's change does to the mail of the plan.
  [[nodiscard]] std::string meaning_of(const policy::Tenant& read) const {
    const ReadBack proof = prove_read_back(record_, read);
    return proof.as_planned ? proof.says : "with the plan that would mean " + proof.says;
  }

  // Of the last reading. That nothing was changed is known by then; this is what it comes to.
  Result<void> prove(const char* remedy) {
    const ReadBack proof = prove_read_back(record_, read_);
    if (!proof.as_planned) {
      return fail("the tenant as it was read back is not the planned one: " + proof.says,
                  admin_.name(), remedy);
    }
    around_.say("read back: " + proof.says);
    return {};
  }

  Result<void> recognise(const policy::Tenant& read) {
    for (StepRecord& step : record_.steps) {
      if (step.status == Status::pending) continue;
      learn_guid(step, read);
      if (step.status != Status::started) continue;
      const Step::State state = step.step.state_in(read);
      if (state == Step::State::disabled) step.note = disabled_note;
      if (state != Step::State::after) continue;
      step.note = "recognised in the tenant: it was made before the last run was interrupted";
      if (auto saved = mark(step, Status::done); !saved) return saved;
      around_.say(fmt::format("{}: was made already", step.step.does));
    }
    return {};
  }

  // What the plan read, with each begun step as the reading has it: before or after, since front
  // ends lag; anything else is no work of ours and stays to be seen as a difference.
  [[nodiscard]] policy::Tenant expected(const policy::Tenant& read) const {
    policy::Tenant out = record_.before;
    for (const StepRecord& step : record_.steps) {
      if (step.status == Status::pending) continue;
      const Step::State state = step.step.state_in(read);
      if (state == Step::State::before) continue;
      step.step.apply_to(out);
      if (state != Step::State::disabled) continue;
      for (policy::InboundConnector& connector : out.inbound_connectors)
        if (iequals(connector.name, step.step.after->name)) connector.enabled = false;
    }
    return out;
  }

  [[nodiscard]] bool heard_of_all(const policy::Tenant& read) const {
    return std::all_of(record_.steps.begin(), record_.steps.end(), [&](const StepRecord& step) {
      return step.status != Status::done || step.step.state_in(read) == Step::State::after;
    });
  }

  Result<bool> make(StepRecord& step) {
    const bool begun_before = step.status == Status::started;
    if (auto saved = mark(step, Status::started); !saved) return tl::unexpected(saved.error());
    around_.say(step.step.does);
    const tenant::Cmdlet cmdlet = step.step.cmdlet();
    wrote_ = true;
    const auto answer = admin_.invoke(cmdlet.name, tenant::json_parameters(cmdlet));
    if (answer) {
      auto taken = take_answer(*answer, step, record_, around_);
      if (!taken) return tl::unexpected(taken.error());
      if (waits_for_support(step)) return true;
    }
    // After an error the change may have been made all the same; only reading tells.
    const bool may_travel = answer.has_value() || begun_before;
    const auto there = read_back(step, may_travel ? limits_.read_back : std::chrono::seconds(5));
    if (there && *there) {
      if (seen_disabled_) {
        step.note = disabled_note;
        if (auto saved = around_.save(record_); !saved) return tl::unexpected(saved.error());
        return true;
      }
      step.note =
          answer ? ""
                 : fmt::format("the service answered with an error, but the change is there: {}",
                               printable(answer.error().what));
      if (auto saved = mark(step, Status::done); !saved) return tl::unexpected(saved.error());
      return true;
    }
    // The record keeps "started": what became of it is for the next reading to tell.
    const Error* fault = !answer ? &answer.error() : !there ? &there.error() : nullptr;
    step.note = fault != nullptr ? fault->what
                                 : "the service took it, but it can't be read back yet: " + found_;
    if (auto saved = around_.save(record_); !saved) return tl::unexpected(saved.error());
    if (fault != nullptr) return tl::unexpected(*fault);
    return false;
  }

  // True also where it is there, but disabled.
  Result<bool> read_back(StepRecord& step, std::chrono::seconds limit) {
    seen_disabled_ = false;
    const auto as_wanted = [&](const policy::Tenant& read) -> Result<bool> {
      learn_guid(step, read);
      const Step::State state = step.step.state_in(read);
      found_ = step.step.found_in(read);
      seen_disabled_ = state == Step::State::disabled;
      return state == Step::State::after || seen_disabled_;
    };
    return watch(Part::switch_and_connectors, admin_, around_, {limit}, as_wanted);
  }

  // --- connectors that Exchange created in a disabled state ---

  static constexpr const char* disabled_note = "created in a disabled state";

  static bool waits_for_support(const StepRecord& step) {
    return step.step.kind == Step::Kind::create_connector && step.status == Status::started &&
           (step.note == disabled_note || warned_disabled(step));
  }

  Result<void> all_enabled() {
    std::string disabled;
    for (const StepRecord& step : record_.steps)
      if (waits_for_support(step)) {
        append_item(disabled, fmt::format("'{}'", printable(step.step.after->name)), ", ");
      }
    if (disabled.empty()) return {};
    return fail(
        fmt::format("created in a disabled state: {}; the switch was not turned", disabled),
        admin_.name(),
        "ask Microsoft support to enable it, then run postern apply again; postern rollback takes "
        "back what was made");
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
    const auto as_wanted = [&](const policy::Tenant& read) -> Result<bool> {
      const auto differing = differences(expected(read), read);
      read_ = read;
      if (differing.empty()) return heard_of_all(read);
      return fail(fmt::format("all was done, but now the tenant is not the one that was planned "
                              "for: {}; {}",
                              first_five(differing), meaning_of(read)),
                  admin_.name(), "somebody else may be changing the tenant; look at it");
    };
    const auto confirmed = watch(Part::all, admin_, around_, {limits_.read_back}, as_wanted);
    if (confirmed && !*confirmed) tell_what_is_not_shown();
    if (!confirmed || !*confirmed) return ended(confirmed, Ended::not_shown);
    if (auto proven = prove("look at the tenant; postern rollback takes back what was made");
        !proven) {
      return tl::unexpected(proven.error());
    }
    return Ended::holds;
  }

  Record& record_;
  exchange::AdminInterface& admin_;
  const Conditions& around_;
  const Limits& limits_;
  std::string found_;  ///< by the last reading of a step
  bool seen_disabled_ = false;
  bool wrote_ = false;   ///< whether this run asked for a change
  policy::Tenant read_;  ///< the last whole reading
};

}  // namespace

Result<Ended> apply(Record& record, exchange::AdminInterface& admin, const Conditions& around,
                    const Limits& limits) {
  return Applying(record, admin, around, limits).run();
}

}  // namespace postern::plan
