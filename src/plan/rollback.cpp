// Taking back what a record says was done.
#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"
#include "difference/difference.hpp"
#include "plan/apply.hpp"
#include "plan/difference.hpp"
#include "plan/organisation.hpp"
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
    last_ = *read;
    const std::string another =
        why_another_tenant(record_.before, record_.organisation, *read, read->organisation);
    if (!another.empty()) {
      return fail("is another tenant than the record's: " + another, admin_.name(),
                  "name the tenant that the record is of");
    }
    if (auto safe = check(*read, "changed since it was applied"); !safe) {
      return tl::unexpected(safe.error());
    }
    if (auto harmless = check_connectors_may_go(*read); !harmless) {
      return tl::unexpected(harmless.error());
    }
    // With the switch on and the connectors gone legitimate mail is refused: the switch is off, and
    // read so until it holds, before a connector goes.
    for (const bool connectors : {false, true}) {
      const auto undone = take_back_all(connectors, *read);
      if (!undone) return tl::unexpected(undone.error());
      if (!*undone) return Ended::not_in_time;
    }
    const bool remains = tell_what_remains();
    tell_what_else_differs();
    return remains ? Ended::remains : Ended::holds;
  }

 private:
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

  // --- whom the going of the connectors would refuse ---

  // A switch that nobody here turned back is as the reading has it.
  [[nodiscard]] policy::Tenant with_switch_back(const policy::Tenant& read) const {
    policy::Tenant out = read;
    for (const StepRecord& step : record_.steps) {
      const bool ours = concerns(step) || writings_.find(&step) != writings_.end();
      if (ours && step.step.kind == Step::Kind::turn_switch) {
        out.reject_direct_send = step.step.switch_before;
      }
    }
    return out;
  }

  // Off is safe, and so is on where it was on before there were the connectors.
  [[nodiscard]] bool is_switch_safe(const policy::Tenant& now) const {
    return same_switch(now.reject_direct_send, policy::RejectDirectSend::off) ||
           same_switch(now.reject_direct_send, record_.before.reject_direct_send);
  }

  [[nodiscard]] std::string switch_text(const policy::Tenant& now) const {
    return fmt::format(
        "RejectDirectSend is {}, was {} when the plan read it, and no step of the record that is "
        "to be taken back turned it",
        policy::name_of(now.reject_direct_send),
        policy::name_of(record_.before.reject_direct_send));
  }

  [[nodiscard]] policy::Tenant without_connectors(policy::Tenant tenant) const {
    for (const StepRecord* record : steps(true)) {
      const Step& step = record->step;
      const policy::InboundConnector* found = step.connector_in(tenant);
      if (found == nullptr) continue;
      const auto at =
          tenant.inbound_connectors.begin() + (found - tenant.inbound_connectors.data());
      if (!step.before) {
        tenant.inbound_connectors.erase(at);
        continue;
      }
      policy::InboundConnector restored = *step.before;
      restored.name = at->name;
      *at = std::move(restored);
    }
    return tenant;
  }

  // Whatever the steps' status: somebody may have turned the switch by hand, or changed what the
  // connectors now shield mail from. Before anything is touched.
  Result<void> check_connectors_may_go(const policy::Tenant& read) {
    if (steps(true).empty()) return {};
    const policy::Tenant now = with_switch_back(read);
    const policy::Tenant after = without_connectors(now);
    const bool safe = is_switch_safe(now);
    if (safe && differences(record_.before, after).empty()) return {};
    const auto refused = difference::refused_anew(record_.before, now, after);
    if (safe && refused && refused->empty()) return {};
    std::string says = safe ? "others changed the tenant since" : switch_text(now);
    says += refused && refused->empty() ? "" : "; with the connectors gone: ";
    says += refused ? sentences_of(*refused)
                    : "what is refused then can't be told: " + printable(refused.error().line());
    if (force_) {
      around_.say("by --force all the same: " + says);
      return {};
    }
    return fail(says, admin_.name(),
                safe ? "undo that first, or pass --force to take them away all the same"
                     : "turn it off (Set-OrganizationConfig -RejectDirectSend $false) and run this "
                       "again once it reads back as off, or pass --force to take the connectors "
                       "away all the same");
  }

  static std::string sentences_of(const std::vector<difference::Statement>& statements) {
    constexpr std::size_t most = 3;
    std::string out;
    for (std::size_t i = 0; i < std::min(most, statements.size()); ++i)
      append_item(out, printable(difference::sentence_of(statements[i])), "; ");
    if (statements.size() > most) out += fmt::format("; and {} more", statements.size() - most);
    return out;
  }

  // Once connectors go: a switch that somebody turns on now.
  Result<void> check_switch_stays(const policy::Tenant& read) const {
    const policy::Tenant now = with_switch_back(read);
    if (force_ || is_switch_safe(now)) return {};
    return fail("changed while it was taken back: " + switch_text(now), admin_.name(),
                "turn it off at once: the connectors are going, and mail that they let in is "
                "refused; then run this again");
  }

  // What no write of this run could put right: a connector that was to get its values back and is
  // gone, or another one under the name of a step's. Empty where nothing of the step is left.
  static std::string left_of(const Step& step, const policy::Tenant& read) {
    if (!step.after || step.connector_in(read) != nullptr) return {};
    const policy::InboundConnector* found = find_connector(read, step.after->name);
    if (found == nullptr) return step.before ? step.found_in(read) : std::string();
    if (!step.before) return namesake_of(step, read);
    const auto differing = differences(*step.before, *found);
    if (differing.empty()) return {};
    return fmt::format("{}: {}", namesake_of(step, read), joined(differing));
  }

  bool tell_what_remains() const {
    std::string all;
    for (const StepRecord& step : record_.steps) {
      const std::string left = concerns(step) ? left_of(step.step, last_) : std::string();
      if (!left.empty()) append_item(all, printable(left), "; ");
    }
    if (all.empty()) return false;
    around_.say("not taken back, since no value can be put back there, and left alone: " + all);
    return true;
  }

  // What others did stays, and is told.
  void tell_what_else_differs() const {
    policy::Tenant by_others = last_;
    for (const StepRecord& step : record_.steps)
      if (concerns(step)) leave_out(step.step, by_others);  // told already
    const auto differing = differences(record_.before, by_others);
    if (differing.empty()) return;
    std::string all;
    for (const std::string& each : differing)
      append_item(all, printable(each), "; ");
    around_.say("not as the plan read it, by no step of this record, and left alone: " + all);
  }

  // As if nothing were left of the step.
  static void leave_out(const Step& step, policy::Tenant& tenant) {
    if (!step.after) return;
    auto& all = tenant.inbound_connectors;
    std::erase_if(all, [&](const policy::InboundConnector& each) {
      return iequals(each.name, step.after->name);
    });
    if (step.before) all.push_back(*step.before);
  }

  // Refuses what somebody else made of the steps. What a front end has not heard of yet looks as
  // it did before or after, and a connector that Exchange keeps disabled is ours too.
  Result<void> check(const policy::Tenant& read, const char* when) {
    std::string changed;
    bool any_to_overwrite = false;
    bool any_beyond = false;
    for (StepRecord& step : record_.steps) {
      if (!concerns(step)) continue;
      learn_guid(step, read);
      const std::string namesake = namesake_of(step.step, read);
      if (!namesake.empty()) {
        append_item(changed, namesake, "; ");
        any_beyond = true;
        continue;
      }
      if (step.step.state_in(read) != Step::State::other || is_taken_back(step, read)) continue;
      append_item(changed, printable(step.step.found_in(read)), "; ");
      (left_of(step.step, read).empty() ? any_to_overwrite : any_beyond) = true;
    }
    if (changed.empty() || force_) return {};
    return fail(fmt::format("{}: {}", when, changed), admin_.name(),
                what_to_do(any_to_overwrite, any_beyond));
  }

  static std::string what_to_do(bool any_to_overwrite, bool any_beyond) {
    if (!any_beyond) return "undo that by hand, or pass --force to put the recorded values over it";
    return any_to_overwrite
               ? "undo that by hand, or pass --force: it puts the recorded values over what is "
                 "there, and leaves alone what is gone or is another connector"
               : "undo that by hand, or pass --force to take back the rest: what is gone or is "
                 "another connector no value is put over";
  }

  // Another connector that has the name of the step's is not the step's, and no sign that it is
  // gone from its own tenant.
  static std::string namesake_of(const Step& step, const policy::Tenant& read) {
    if (!step.after || step.connector_in(read) != nullptr) return {};
    const policy::InboundConnector* found = find_connector(read, step.after->name);
    if (found == nullptr) return {};
    return fmt::format("connector '{}' is another one (Guid {}, and the record's has {})",
                       printable(found->name), printable(found->guid), printable(step.guid()));
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
      if (auto stays = check_switch_stays(read); connectors && !stays) {
        return tl::unexpected(stays.error());
      }
      last_.reject_direct_send = read.reject_direct_send;
      last_.inbound_connectors = read.inbound_connectors;
      return look(read);
    };
    auto held = watch(Part::switch_and_connectors, admin_, around_,
                      {limits_.read_back, limits_.hold, 2}, holds);
    if (!held) return held;
    for (StepRecord* step : these) {
      if (!*held) {
        around_.say(
            fmt::format("not read back as taken back for long enough: {}", step->step.does));
        continue;
      }
      // What is left stays to be taken back: a later run looks at it again.
      const std::string left = left_of(step->step, last_);
      if (!left.empty()) step->note = left;
      if (auto saved = mark(*step, left.empty() ? Status::undone : Status::undoing); !saved) {
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
  policy::Tenant last_;  ///< as it was read last; its domains are of the first reading
};

}  // namespace

Result<Ended> roll_back(Record& record, exchange::AdminInterface& admin, const Conditions& around,
                        const Limits& limits, bool force) {
  return RollingBack(record, admin, around, limits, force).run();
}

}  // namespace postern::plan
