// Taking back what a record says was done.
#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"
#include "plan/apply.hpp"
#include "plan/service_answer.hpp"
#include "plan/watch.hpp"
#include "tenant/cmdlet.hpp"

namespace postern::plan {
namespace {

using Status = StepRecord::Status;

// What was written of one step in this run.
struct Writing {
  UnixTime next = 0;       // not again before
  UnixTime pause = 5;      // seconds, longer each time
  unsigned refused = 0;    // times in a row
  bool not_there = false;  // the service said so
};

// The connector by its Guid, however it is called now, or by its name.
std::string identity_of(const Step& step) {
  return step.guid().empty() ? step.after->name : step.guid();
}

// From what the step made, and from what stands there now, to what was there before. The name
// stays as it is: no step changes one.
tenant::Cmdlet restoring(const Step& step, const policy::InboundConnector* found) {
  tenant::Cmdlet out = tenant::set_inbound_connector(*step.after, *step.before);
  if (found != nullptr) {
    policy::InboundConnector same_name = *step.before;
    same_name.name = found->name;
    for (auto& each : tenant::set_inbound_connector(*found, same_name).parameters) {
      const bool known = std::any_of(out.parameters.begin(), out.parameters.end(),
                                     [&](const auto& other) { return other.first == each.first; });
      if (!known) out.parameters.push_back(std::move(each));
    }
  }
  out.parameters.front().second = identity_of(step);
  return out;
}

class RollingBack {
 public:
  RollingBack(Record& record, exchange::AdminInterface& admin, const Conditions& around,
              const Limits& limits, bool force)
      : record_(record), admin_(admin), around_(around), limits_(limits), force_(force) {}

  Result<Ended> run() {
    const auto read = read_part(Part::all, admin_);
    if (!read) return tl::unexpected(read.error());
    if (!is_same_tenant(*read)) {
      return fail("is another tenant than the record's: it has none of its domains", admin_.name(),
                  "name the tenant that the record is of");
    }
    if (auto safe = check(*read, "changed since it was applied"); !safe) {
      return tl::unexpected(safe.error());
    }
    // With the switch on and the connectors gone legitimate mail is refused: the switch is off, and
    // read so until it holds, before a connector goes.
    for (const bool connectors : {false, true}) {
      const auto undone = take_back_all(connectors, *read);
      if (!undone) return tl::unexpected(undone.error());
      if (!*undone) return Ended::not_in_time;
    }
    return Ended::holds;
  }

 private:
  // A domain is accepted by one tenant at a time, though a tenant may gain and lose some.
  [[nodiscard]] bool is_same_tenant(const policy::Tenant& read) const {
    const auto& known = record_.before.accepted_domains;
    const auto is_known = [&](const policy::AcceptedDomain& domain) {
      return std::any_of(known.begin(), known.end(),
                         [&](const auto& other) { return other.name == domain.name; });
    };
    return known.empty() ||
           std::any_of(read.accepted_domains.begin(), read.accepted_domains.end(), is_known);
  }
  static bool concerns(const StepRecord& step) {
    return step.status != Status::pending && step.status != Status::undone;
  }
  [[nodiscard]] std::vector<StepRecord*> steps(bool connectors) const {
    std::vector<StepRecord*> out;
    for (auto step = record_.steps.rbegin(); step != record_.steps.rend(); ++step)
      if (concerns(*step) && connectors == (step->step.kind != Step::Kind::turn_switch)) {
        out.push_back(&*step);
      }
    return out;
  }

  // A connector that was to be changed and that somebody removed can't be given its values again;
  // --force puts up with that.
  [[nodiscard]] bool is_taken_back(const StepRecord& step, const policy::Tenant& read) const {
    if (step.step.state_in(read) == Step::State::before) return true;
    const auto writing = writings_.find(&step);
    return force_ && writing != writings_.end() && writing->second.not_there &&
           step.step.connector_in(read) == nullptr;
  }

  // Refuses what somebody else made of the steps. What a front end has not heard of yet looks as
  // it did before or after, and a connector that Exchange keeps disabled is ours too.
  Result<void> check(const policy::Tenant& read, const char* when) {
    std::string changed;
    for (StepRecord& step : record_.steps) {
      if (!concerns(step)) continue;
      learn_guid(step, read);
      if (step.step.state_in(read) != Step::State::other || is_taken_back(step, read)) continue;
      append_item(changed, printable(step.step.found_in(read)), "; ");
    }
    if (changed.empty() || force_) return {};
    return fail(fmt::format("{}: {}", when, changed), admin_.name(),
                "undo that by hand, or pass --force to put the recorded values over it");
  }

  Result<bool> take_back_all(bool connectors, const policy::Tenant& first) {
    const std::vector<StepRecord*> these = steps(connectors);
    if (these.empty()) return true;
    for (StepRecord* step : these) {
      if (auto saved = mark(*step, Status::undoing); !saved) return tl::unexpected(saved.error());
      around_.say(fmt::format("Takes back: {}", step->step.does));
      if (auto written = write(*step, first); !written) return tl::unexpected(written.error());
    }
    const auto holds = [&](const policy::Tenant& read) -> Result<bool> {
      if (auto safe = check(read, "changed while it was taken back"); !safe) {
        return tl::unexpected(safe.error());
      }
      return look(read);
    };
    const auto held = watch(Part::switch_and_connectors, admin_, around_,
                            {limits_.read_back, limits_.hold, 2}, holds);
    if (!held) return held;
    for (StepRecord* step : these) {
      if (!*held) {
        around_.say(
            fmt::format("not read back as taken back for long enough: {}", step->step.does));
      } else if (auto saved = mark(*step, Status::undone); !saved) {
        return tl::unexpected(saved.error());
      }
    }
    return *held;
  }

  // Whether everything written so far shows; what does not is written again, since a front end that
  // had not heard of the change has nothing to take back.
  Result<bool> look(const policy::Tenant& read) {
    bool all = true;
    for (auto step = record_.steps.rbegin(); step != record_.steps.rend(); ++step) {
      const auto writing = writings_.find(&*step);
      if (writing == writings_.end() || is_taken_back(*step, read)) continue;
      all = false;
      if (around_.now() < writing->second.next) continue;
      if (auto written = write(*step, read); !written) return tl::unexpected(written.error());
    }
    return all;
  }

  Result<void> write(StepRecord& step, const policy::Tenant& read) {
    Writing& writing = writings_[&step];
    writing.next = around_.now() + writing.pause;
    writing.pause = std::min<UnixTime>(writing.pause * 2, 60);
    const tenant::Cmdlet cmdlet = undo_of(step.step, read);
    const auto answer = admin_.invoke(cmdlet.name, tenant::json_parameters(cmdlet));
    if (answer) {
      writing.refused = 0;
      return take_answer(*answer, step, record_, around_);
    }
    if (exchange::says_not_found(answer.error()) && step.step.kind != Step::Kind::turn_switch) {
      writing.refused = 0;
      writing.not_there = true;
      step.note = "the service said that it is not there";
      return {};
    }
    step.note = answer.error().what;
    // Once may be chance, and the change made all the same; only reading tells.
    if (++writing.refused < 2) {
      writing.next = 0;
      return {};
    }
    if (auto saved = around_.save(record_); !saved) return saved;
    return tl::unexpected(answer.error());
  }

  static tenant::Cmdlet undo_of(const Step& step, const policy::Tenant& read) {
    switch (step.kind) {
      case Step::Kind::create_connector:
        return tenant::remove_inbound_connector(identity_of(step));
      case Step::Kind::change_connector:
        return restoring(step, step.connector_in(read));
      case Step::Kind::turn_switch:
        break;
    }
    return step.undo();
  }

  Result<void> mark(StepRecord& step, Status status) {
    step.status = status;
    step.since = around_.now();
    return around_.save(record_);
  }

  Record& record_;
  exchange::AdminInterface& admin_;
  const Conditions& around_;
  const Limits& limits_;
  bool force_;
  std::map<const StepRecord*, Writing> writings_;
};

}  // namespace

Result<Ended> roll_back(Record& record, exchange::AdminInterface& admin, const Conditions& around,
                        const Limits& limits, bool force) {
  return RollingBack(record, admin, around, limits, force).run();
}

}  // namespace postern::plan
