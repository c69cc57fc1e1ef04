// A clock that passes by waiting, a disk that a test can look at, and the plan that the tests of
// changes share. For tests alone.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "plan/apply.hpp"
#include "plan/difference.hpp"
#include "plan/testing/tenant_in_memory.hpp"

namespace postern::plan::testing {

/// Creates one connector, extends another, then the switch.
inline Plan a_plan(const policy::Tenant& tenant = contoso()) {
  Plan out;
  out.made_by = "postern test";
  out.made_at = 1'790'000'000;
  out.source = "live:contoso";
  out.tenant = tenant;
  out.fingerprint = fingerprint(tenant);
  Step create;
  create.kind = Step::Kind::create_connector;
  create.does = "Lets in the scanner";
  create.after = connector("Scanner", policy::ConnectorType::on_premises, {"*"}, {"203.0.113.7"});
  Step change;
  change.kind = Step::Kind::change_connector;
  change.does = "Adds to 'News'";
  change.before = tenant.inbound_connectors.front();
  change.after = change.before;
  change.after->sender_ip_addresses.push_back(*Prefix::parse("203.0.113.64/28"));
  Step turn;
  turn.does = "Turns RejectDirectSend on";
  turn.switch_before = tenant.reject_direct_send;
  turn.switch_after = policy::RejectDirectSend::on;
  out.steps = {create, change, turn};
  out.stages = stages_of(out.steps, {}, {});
  return out;
}

inline policy::Tenant planned(const Plan& plan) {
  policy::Tenant out = plan.tenant;
  for (const Step& step : plan.steps)
    step.apply_to(out);
  return out;
}

/// Milliseconds since the test began.
struct Clock {
  std::int64_t ms = 0;
  static constexpr UnixTime begun = 1'790'000'100;
  [[nodiscard]] UnixTime seconds() const { return begun + ms / 1000; }
};

/// What the engine takes from around it.
struct Bench {
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;
  explicit Bench(exchange::AdminInterface& interface) : Bench(interface, own_clock) {}
  Bench(exchange::AdminInterface& interface, Clock& its_clock)
      : admin(interface), clock(its_clock) {
    conditions.now = [this] { return clock.seconds(); };
    conditions.sleep = [this](std::chrono::milliseconds time) { clock.ms += time.count(); };
    conditions.say = [this](const std::string& line) { said.push_back(line); };
    conditions.save = [this](const Record& record) -> Result<void> {
      ++saves;
      if (before_save) before_save(saves);
      disk = to_json(record);
      history.push_back(record);
      if (after_save) after_save(saves);
      return {};
    };
  }
  [[nodiscard]] Record on_disk(const Plan& plan) const {
    return disk.empty() ? Record::of(plan) : *read_record(disk, "record");
  }
  Result<Ended> run(Record& record) { return apply(record, admin, conditions, limits); }
  Result<Ended> back(Record& record, bool force = false) {
    return roll_back(record, admin, conditions, limits, force);
  }
  [[nodiscard]] std::string all_said() const {
    std::string out;
    for (const std::string& line : said)
      out += line + "\n";
    return out;
  }

  Clock own_clock;
  exchange::AdminInterface& admin;
  Clock& clock;
  int saves = 0;
  std::string disk;
  std::vector<Record> history;
  std::vector<std::string> said;
  std::function<void(int)> before_save, after_save;
  Conditions conditions;
  Limits limits;
};

}  // namespace postern::plan::testing
