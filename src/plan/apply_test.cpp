#include "plan/apply.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "plan/testing/bench.hpp"

namespace postern::plan {
namespace {

using namespace testing;
using policy::ConnectorType;
using Status = StepRecord::Status;

TEST(Apply, MakesEveryStepInOrderAndReadsItBack) {
  FakeTenant fake(contoso());
  Bench bench(fake);
  const Plan plan = a_plan();
  Record record = Record::of(plan);
  const auto ended = bench.run(record);
  ASSERT_TRUE(ended) << ended.error().line();
  EXPECT_EQ(*ended, Ended::holds);
  EXPECT_EQ(differences(planned(plan), fake.tenant()), std::vector<std::string>{});
  std::vector<std::string> writes;
  for (const std::string& call : fake.calls_by_name) {
    if (!call.starts_with("Get-")) writes.push_back(call);
  }
  EXPECT_EQ(writes, (std::vector<std::string>{"New-InboundConnector", "Set-InboundConnector",
                                              "Set-OrganizationConfig"}));
  EXPECT_TRUE(bench.on_disk(plan).all(Status::done));
}

TEST(Apply, GivesConnectorsTimeBeforeTheSwitch) {
  FakeTenant fake(contoso());
  Bench bench(fake);
  bench.limits.settle = std::chrono::seconds(900);
  UnixTime turned = 0;
  fake.before = [&](int, std::string_view cmdlet) -> std::optional<Error> {
    if (cmdlet == "Set-OrganizationConfig") turned = bench.clock.seconds();
    return {};
  };
  Record record = Record::of(a_plan());
  ASSERT_TRUE(bench.run(record));
  EXPECT_EQ(turned, record.steps[1].since + 900);
}

TEST(Apply, RecordsBeforeAndAfterEachStep) {
  FakeTenant fake(contoso());
  Bench bench(fake);
  Record record = Record::of(a_plan());
  ASSERT_TRUE(bench.run(record));
  ASSERT_EQ(bench.history.size(), 6u);
  for (std::size_t step = 0; step < 3; ++step) {
    EXPECT_EQ(bench.history[2 * step].steps[step].status, Status::started);
    EXPECT_EQ(bench.history[2 * step + 1].steps[step].status, Status::done);
  }
}

TEST(Apply, RefusesATenantThatChangedAndSaysWhatDiffers) {
  policy::Tenant changed = contoso();
  changed.inbound_connectors.front().require_tls = true;
  changed.accepted_domains.pop_back();
  changed.inbound_connectors.push_back(
      connector("Extra", ConnectorType::partner, {"*"}, {"192.0.2.1"}));
  FakeTenant fake(changed);
  Bench bench(fake);
  Record record = Record::of(a_plan());
  const auto ended = bench.run(record);
  ASSERT_FALSE(ended);
  const std::string line = ended.error().line();
  for (const char* part : {"connector 'News': RequireTls is True, was False",
                           "connector 'Extra' is new", "accepted domain fabrikam.com is gone"}) {
    EXPECT_NE(line.find(part), std::string::npos) << line;
  }
  EXPECT_EQ(bench.saves, 0);
  EXPECT_EQ(fake.calls, 3);
}

TEST(Apply, WaitsForAChangeThatTravels) {
  FakeTenant fake(contoso());
  fake.travel = 4;
  Bench bench(fake);
  Record record = Record::of(a_plan());
  const auto ended = bench.run(record);
  ASSERT_TRUE(ended) << ended.error().line();
  EXPECT_EQ(*ended, Ended::holds);
}

TEST(Apply, SaysWhenAChangeCantBeReadBackInTimeAndResumes) {
  FakeTenant fake(contoso());
  fake.travel = 1'000;
  Bench bench(fake);
  const Plan plan = a_plan();
  Record record = Record::of(plan);
  const UnixTime begun = bench.clock.seconds();
  const auto ended = bench.run(record);
  ASSERT_TRUE(ended);
  EXPECT_EQ(*ended, Ended::not_in_time);
  EXPECT_EQ(bench.clock.seconds(), begun + bench.limits.read_back.count());
  EXPECT_EQ(record.steps[0].status, Status::started);
  EXPECT_EQ(record.steps[1].status, Status::pending);

  FakeTenant later(fake.tenant());  // it has arrived
  Bench again(later);
  Record resumed = bench.on_disk(plan);
  const auto second = again.run(resumed);
  ASSERT_TRUE(second) << second.error().line();
  EXPECT_EQ(*second, Ended::holds);
  EXPECT_EQ(
      std::count(later.calls_by_name.begin(), later.calls_by_name.end(), "New-InboundConnector"),
      0);
}

TEST(Apply, ARecordThatCantBeWrittenStopsBeforeTheChange) {
  FakeTenant fake(contoso());
  Bench bench(fake);
  bench.conditions.save = [](const Record&) -> Result<void> { return fail("disk full", "record"); };
  Record record = Record::of(a_plan());
  ASSERT_FALSE(bench.run(record));
  EXPECT_EQ(differences(contoso(), fake.tenant()), std::vector<std::string>{});
}

TEST(Apply, RefusesAfterARollback) {
  FakeTenant fake(contoso());
  Bench bench(fake);
  Record record = Record::of(a_plan());
  ASSERT_TRUE(bench.run(record));
  ASSERT_TRUE(roll_back(record, fake, bench.conditions, bench.limits, false));
  EXPECT_FALSE(bench.run(record));
}

// An error of the service at every call, before or after it took the change: applying again ends
// with the plan's tenant, whatever happened.
TEST(Apply, SurvivesAnErrorAtEveryCall) {
  const Plan plan = a_plan();
  for (const bool effective : {false, true}) {
    for (int at = 1;; ++at) {
      SCOPED_TRACE(std::to_string(at) + (effective ? " after" : " before"));
      FakeTenant fake(contoso());
      Bench bench(fake);
      bool hit = false;
      const auto once = [&](int call, std::string_view) -> std::optional<Error> {
        if (call != at) return {};
        hit = true;
        return Error{"service unavailable", "live:contoso", ""};
      };
      (effective ? fake.after : fake.before) = once;
      Record record = Record::of(plan);
      auto ended = bench.run(record);
      if (!ended) {
        Record resumed = bench.on_disk(plan);
        ended = bench.run(resumed);
      }
      ASSERT_TRUE(ended) << ended.error().line();
      EXPECT_EQ(*ended, Ended::holds);
      EXPECT_EQ(differences(planned(plan), fake.tenant()), std::vector<std::string>{});
      if (!hit) break;
    }
  }
}

// kill -9 at every call and at every write of the record, before and after, with changes that
// travel: what is on disk and the tenant together suffice to go on, and to take all back.
TEST(Apply, SurvivesBeingKilledAnywhere) {
  const Plan plan = a_plan();
  int cases = 0;
  for (const int travel : {0, 3}) {
    for (int where = 0; where < 4; ++where) {
      for (int at = 1;; ++at) {
        SCOPED_TRACE(::testing::Message()
                     << "travel " << travel << " where " << where << " at " << at);
        FakeTenant fake(contoso());
        fake.travel = travel;
        Bench bench(fake);
        bool hit = false;
        const auto kill = [&](int number) {
          if (number != at || hit) return;
          hit = true;
          throw Killed{};
        };
        const auto kill_call = [&](int number, std::string_view) -> std::optional<Error> {
          kill(number);
          return {};
        };
        if (where == 0) fake.before = kill_call;
        if (where == 1) fake.after = kill_call;
        if (where == 2) bench.before_save = kill;
        if (where == 3) bench.after_save = kill;
        Record record = Record::of(plan);
        try {
          const auto ended = bench.run(record);
          ASSERT_TRUE(ended) << ended.error().line();
        } catch (const Killed&) {
        }
        if (!hit) break;
        ++cases;
        // One of the two is done after the crash: go on, or take back.
        for (const bool back : {false, true}) {
          FakeTenant copy(fake.tenant());
          Bench second(copy);
          second.limits.hold = std::chrono::seconds(2);
          Record resumed = bench.on_disk(plan);
          if (back) {
            const auto undone = roll_back(resumed, copy, second.conditions, second.limits, false);
            ASSERT_TRUE(undone) << undone.error().line();
            EXPECT_EQ(differences(contoso(), copy.tenant()), std::vector<std::string>{});
          } else {
            const auto ended = second.run(resumed);
            ASSERT_TRUE(ended) << ended.error().line();
            EXPECT_EQ(*ended, Ended::holds);
            EXPECT_EQ(differences(planned(plan), copy.tenant()), std::vector<std::string>{});
          }
        }
      }
    }
  }
  EXPECT_GT(cases, 60);
}

TEST(RollBack, TakesBackExactlyThatInReverseOrder) {
  FakeTenant fake(contoso());
  Bench bench(fake);
  Record record = Record::of(a_plan());
  ASSERT_TRUE(bench.run(record));
  fake.calls_by_name.clear();
  const auto ended = roll_back(record, fake, bench.conditions, bench.limits, false);
  ASSERT_TRUE(ended) << ended.error().line();
  EXPECT_EQ(differences(contoso(), fake.tenant()), std::vector<std::string>{});
  std::vector<std::string> writes;
  for (const std::string& call : fake.calls_by_name) {
    if (!call.starts_with("Get-")) writes.push_back(call);
  }
  EXPECT_EQ(writes, (std::vector<std::string>{"Set-OrganizationConfig", "Set-InboundConnector",
                                              "Remove-InboundConnector"}));
  EXPECT_TRUE(record.all(Status::undone));
}

TEST(RollBack, SurvivesBeingKilledAnywhere) {
  const Plan plan = a_plan();
  FakeTenant applied(contoso());
  Bench first(applied);
  Record done = Record::of(plan);
  ASSERT_TRUE(first.run(done));
  for (int where = 0; where < 2; ++where) {
    for (int at = 1;; ++at) {
      FakeTenant fake(applied.tenant());
      Bench bench(fake);
      bench.limits.hold = std::chrono::seconds(2);
      bench.disk = to_json(done);
      bool hit = false;
      const auto kill = [&](int number) {
        if (number != at || hit) return;
        hit = true;
        throw Killed{};
      };
      if (where == 0) {
        fake.after = [&](int number, std::string_view) -> std::optional<Error> {
          kill(number);
          return {};
        };
      } else {
        bench.after_save = kill;
      }
      Record record = done;
      try {
        ASSERT_TRUE(roll_back(record, fake, bench.conditions, bench.limits, false));
      } catch (const Killed&) {
      }
      if (!hit) break;
      Record resumed = bench.on_disk(plan);
      const auto ended = roll_back(resumed, fake, bench.conditions, bench.limits, false);
      ASSERT_TRUE(ended) << where << " " << at << ": " << ended.error().line();
      EXPECT_EQ(differences(contoso(), fake.tenant()), std::vector<std::string>{});
    }
  }
}

TEST(RollBack, RefusesWhatSomebodyChangedSinceUnlessForced) {
  FakeTenant fake(contoso());
  Bench bench(fake);
  Record record = Record::of(a_plan());
  ASSERT_TRUE(bench.run(record));
  for (Json& each : fake.state["InboundConnector"]) {
    if (each["Name"] == "Scanner") each["SenderIPAddresses"].push_back("192.0.2.9");
  }
  const int calls = fake.calls;
  const auto refused = roll_back(record, fake, bench.conditions, bench.limits, false);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().line().find(
                "connector 'Scanner': SenderIPAddresses is 192.0.2.9, 203.0.113.7"),
            std::string::npos)
      << refused.error().line();
  EXPECT_EQ(fake.calls, calls + 3) << "nothing but reading";
  const auto forced = roll_back(record, fake, bench.conditions, bench.limits, true);
  ASSERT_TRUE(forced) << forced.error().line();
  EXPECT_EQ(differences(contoso(), fake.tenant()), std::vector<std::string>{});
}

TEST(RollBack, WhatIsGoneAlreadyCountsAsTakenBack) {
  FakeTenant fake(contoso());
  Bench bench(fake);
  Record record = Record::of(a_plan());
  ASSERT_TRUE(bench.run(record));
  fake.state = tenant_json(contoso());
  const auto ended = roll_back(record, fake, bench.conditions, bench.limits, false);
  ASSERT_TRUE(ended) << ended.error().line();
  EXPECT_EQ(*ended, Ended::holds);
  EXPECT_EQ(differences(contoso(), fake.tenant()), std::vector<std::string>{});
}

TEST(RecordFile, ReadsBackWhatItWrote) {
  Record record = Record::of(a_plan());
  record.steps[0].status = Status::done;
  record.steps[0].since = 1'790'000'005;
  record.steps[0].note = "a \"note\"";
  record.steps[1].status = Status::undoing;
  const std::string text = to_json(record);
  const auto read = read_record(text, "r");
  ASSERT_TRUE(read) << read.error().line();
  EXPECT_EQ(to_json(*read), text);
  EXPECT_TRUE(read->is_of(a_plan()));
  EXPECT_FALSE(read_record("{}", "r"));
  EXPECT_FALSE(read_record("[1,2", "r"));
}

}  // namespace
}  // namespace postern::plan
