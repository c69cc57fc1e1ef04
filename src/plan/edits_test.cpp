// Changes while somebody else is at work: renames, edits and removals at every step, connectors
// that Exchange creates disabled, warnings of the service.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "plan/organisation.hpp"
#include "plan/testing/front_ends.hpp"

namespace postern::plan {
namespace {

using namespace testing;
using Status = StepRecord::Status;
using policy::RejectDirectSend;

const std::vector<std::string> none;

Json& named(Json& state, std::string_view name) {
  for (Json& each : state["InboundConnector"])
    if (each["Name"] == name) return each;
  ADD_FAILURE() << "no connector " << name;
  return state["InboundConnector"].front();
}

void remove(Json& state, std::string_view name) {
  auto& list = state["InboundConnector"];
  for (std::size_t i = 0; i < list.size(); ++i)
    if (list[i]["Name"] == name) return list.erase(i), void();
}

struct Edit {
  const char* what;
  std::function<void(Json&)> make;
};

const std::vector<Edit>& edits() {
  static const std::vector<Edit> all = {
      {"another connector",
       [](Json& state) {
         Json other = connector_json(
             connector("Other", policy::ConnectorType::partner, {"*"}, {"192.0.2.1"}));
         other["Guid"] = "11111111-0000-4000-8000-000000000000";
         state["InboundConnector"].push_back(other);
       }},
      {"the changed connector's domains",
       [](Json& state) { named(state, "News")["SenderDomains"] = {"contoso.com"}; }},
      {"the changed connector gone", [](Json& state) { remove(state, "News"); }},
      {"a domain", [](Json& state) { state["AcceptedDomain"].erase(1); }},
      {"a name", [](Json& state) { named(state, "News")["Name"] = "News of old"; }},
  };
  return all;
}

// Somebody else edits right before each call. The switch is turned only where the last reading
// before it could not show the edit, and then the end is an error, never "done".
TEST(EditsByOthers, AtEveryCallOfApply) {
  const Plan plan = a_plan();
  int refused_before_switch = 0, told_after = 0;
  for (const Edit& edit : edits())
    for (int at = 1;; ++at) {
      SCOPED_TRACE(std::string(edit.what) + " before call " + std::to_string(at));
      Clock clock;
      FrontEnds tenant(contoso(), clock, {0});
      Bench bench(tenant, clock);
      bool hit = false;
      int read_before_switch = 0;
      tenant.before = [&](int call, std::string_view cmdlet) -> std::optional<Error> {
        if (cmdlet == "Set-OrganizationConfig") read_before_switch = call - 1;
        if (call != at) return {};
        hit = true;
        tenant.edit(edit.make);
        return {};
      };
      Record record = Record::of(plan);
      const auto ended = bench.run(record);
      if (!hit) break;
      // After the last reading nobody can tell; before it, it is always told.
      if (ended && *ended == Ended::holds) {
        EXPECT_GT(at + 3, tenant.calls);
        continue;
      }
      if (tenant.tenant().reject_direct_send == RejectDirectSend::on) {
        ++told_after;
        EXPECT_GT(at + 3, read_before_switch) << "edited before the last look, and turned";
      } else {
        ++refused_before_switch;
      }
    }
  EXPECT_GT(refused_before_switch, 30);
  EXPECT_GT(told_after, 4);
}

TEST(EditsByOthers, AreTheReasonNamedBeforeTheSwitch) {
  Clock clock;
  FrontEnds tenant(contoso(), clock, {0});
  Bench bench(tenant, clock);
  bench.conditions.sleep = [&](std::chrono::milliseconds time) {
    clock.ms += time.count();
    // While the connectors settle.
    if (time > std::chrono::seconds(300)) {
      tenant.edit([](Json& state) { named(state, "News")["RequireTls"] = true; });
    }
  };
  Record record = Record::of(a_plan());
  const auto ended = bench.run(record);
  ASSERT_FALSE(ended);
  EXPECT_NE(ended.error().what.find("connector 'News': RequireTls is True, was False"),
            std::string::npos)
      << ended.error().line();
  EXPECT_EQ(tenant.count("Set-OrganizationConfig"), 0);
}

// What somebody else did while the connectors settled, in what it would do to mail.
TEST(EditsByOthers, AreToldAsWhatTheyWouldDoToMail) {
  const auto told = [](const std::function<void(Json&)>& edit) {
    Clock clock;
    FrontEnds tenant(contoso(), clock, {0});
    Bench bench(tenant, clock);
    bench.conditions.sleep = [&](std::chrono::milliseconds time) {
      clock.ms += time.count();
      if (time > std::chrono::seconds(300)) tenant.edit(edit);
    };
    Record record = Record::of(a_plan());
    const auto ended = bench.run(record);
    EXPECT_EQ(tenant.count("Set-OrganizationConfig"), 0);
    return ended ? "it ended" : ended.error().what;
  };
  const std::string opened = told(edits()[0].make);
  EXPECT_NE(opened.find("connector 'Other' is new; with the plan that would mean newly accepted"),
            std::string::npos)
      << opened;
  const std::string closed = told(edits()[2].make);
  EXPECT_NE(closed.find("with the plan that would mean newly refused (550 5.7.68)"),
            std::string::npos)
      << closed;
  // Of no effect on the mail of this plan, and refused all the same.
  const std::string renamed = told(edits()[4].make);
  EXPECT_NE(renamed.find("Name is News of old, was News; all mail is decided as planned"),
            std::string::npos)
      << renamed;
}

TEST(EditsByOthers, NoneIsProvenBeforeTheSwitchAndAtTheEnd) {
  Clock clock;
  FrontEnds tenant(contoso(), clock, {0, 7});
  Bench bench(tenant, clock);
  Record record = Record::of(a_plan());
  ASSERT_TRUE(bench.run(record));
  const std::string said = bench.all_said();
  const std::string proof = "read back: all mail is decided as planned (";
  const std::size_t first = said.find(proof);
  ASSERT_NE(first, std::string::npos) << said;
  EXPECT_LT(first, said.find("Turns RejectDirectSend on"));
  EXPECT_NE(said.find(proof, first + 1), std::string::npos);
}

TEST(EditsByOthers, AtEveryCallOfRollback) {
  for (const Edit& edit : edits())
    for (int at = 1; at < 40; at += at < 12 ? 1 : 7) {
      SCOPED_TRACE(std::string(edit.what) + " before call " + std::to_string(at));
      Clock clock;
      FrontEnds tenant(contoso(), clock, {0});
      Bench bench(tenant, clock);
      Record record = Record::of(a_plan());
      ASSERT_TRUE(bench.run(record));
      policy::Tenant others;
      tenant.before = [&, calls = tenant.calls](int call,
                                                std::string_view) -> std::optional<Error> {
        if (call - calls == at) tenant.edit(edit.make);
        return {};
      };
      const auto undone = bench.back(record);
      if (!undone || *undone != Ended::holds) continue;
      // What is said to be taken back is so; of the rest nothing was touched.
      for (const StepRecord& step : record.steps)
        if (step.step.kind != Step::Kind::change_connector ||
            step.step.connector_in(tenant.tenant()) != nullptr) {
          EXPECT_EQ(step.step.state_in(tenant.tenant()), Step::State::before)
              << step.step.found_in(tenant.tenant());
        }
      Json wanted = tenant_json(contoso());
      for (Json& each : wanted["InboundConnector"])
        each["Guid"] = record.steps[1].step.guid();
      edit.make(wanted);
      EXPECT_EQ(differences(*read_tenant(wanted, "wanted"), tenant.tenant()), none);
    }
}

TEST(Renamed, ConnectorsAreFoundByTheirGuid) {
  Clock clock;
  FrontEnds tenant(contoso(), clock, {0, 9});
  Bench bench(tenant, clock);
  Record record = Record::of(a_plan());
  ASSERT_TRUE(bench.run(record));
  // From the file, as rollback reads it.
  Record kept = bench.on_disk(a_plan());
  EXPECT_FALSE(kept.steps[0].step.guid().empty());
  EXPECT_FALSE(kept.steps[1].step.guid().empty());
  tenant.edit([](Json& state) {
    named(state, "Scanner")["Name"] = "Second floor";
    named(state, "News")["Name"] = "Newsletter";
  });
  const auto undone = bench.back(kept);
  ASSERT_TRUE(undone) << undone.error().line();
  EXPECT_EQ(*undone, Ended::holds);
  const policy::Tenant left = tenant.tenant();
  ASSERT_EQ(left.inbound_connectors.size(), 1u);
  EXPECT_EQ(left.inbound_connectors[0].name, "Newsletter") << "the name is somebody else's choice";
  EXPECT_EQ(left.inbound_connectors[0].sender_ip_addresses.size(), 1u);
}

TEST(Renamed, AnotherConnectorThatTookTheNameIsLeftAlone) {
  Clock clock;
  FrontEnds tenant(contoso(), clock, {0});
  Bench bench(tenant, clock);
  Record record = Record::of(a_plan());
  ASSERT_TRUE(bench.run(record));
  tenant.edit([](Json& state) {
    named(state, "Scanner")["Guid"] = "22222222-0000-4000-8000-000000000000";
    named(state, "Scanner")["SenderIPAddresses"] = {"192.0.2.77"};
  });
  const int calls = tenant.calls;
  const auto refused = bench.back(record);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().line().find("connector 'Scanner' is another one (Guid 22222222"),
            std::string::npos)
      << refused.error().line();
  EXPECT_EQ(tenant.calls, calls + 3) << "nothing but reading";
  const auto undone = bench.back(record, true);
  ASSERT_TRUE(undone) << undone.error().line();
  EXPECT_NE(find_connector(tenant.tenant(), "Scanner"), nullptr);
  EXPECT_EQ(*undone, Ended::remains);
  EXPECT_NE(bench.all_said().find("left alone: connector 'Scanner' is another one (Guid 22222222"),
            std::string::npos)
      << bench.all_said();
  EXPECT_EQ(bench.all_said().find("by no step of this record"), std::string::npos)
      << "told once: " << bench.all_said();
}

// The plan added an address to 'News'. No value can be put back into a connector that is gone, nor
// into another one that has its name: what is left is told, and the rest is taken back.
TEST(Renamed, WhatNoValueCanBePutBackIntoIsToldAndNotCountedAsTakenBack) {
  const char* const other_guid = "88888888-0000-4000-8000-000000000000";
  policy::Tenant before = contoso();
  before.inbound_connectors.front().guid = "77777777-0000-4000-8000-000000000000";
  for (const bool gone : {true, false}) {
    Clock clock;
    FrontEnds tenant(before, clock, {0});
    Bench bench(tenant, clock);
    Record record = Record::of(a_plan(before));
    ASSERT_TRUE(bench.run(record));
    tenant.edit([&](Json& state) {
      Json& all = state["InboundConnector"];
      for (std::size_t i = 0; i < all.size(); ++i) {
        if (all[i]["Name"] != "News") continue;
        all[i]["Guid"] = other_guid;
        if (gone) all.erase(i);
      }
    });
    const std::string left = gone ? "connector 'News' is not there"
                                  : "connector 'News' is another one (Guid 88888888-0000-4000-8000-"
                                    "000000000000, and the record's has 77777777-0000-4000-8000-"
                                    "000000000000)";
    const auto refused = bench.back(record);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().line().find(
                  left + "; undo that by hand, or pass --force to take back the rest: what is gone "
                         "or is another connector no value is put over"),
              std::string::npos)
        << refused.error().line();

    const auto forced = bench.back(record, true);
    ASSERT_TRUE(forced) << forced.error().line();
    EXPECT_EQ(*forced, Ended::remains) << gone;
    EXPECT_NE(bench.all_said().find("not taken back, since no value can be put back there, and "
                                    "left alone: " +
                                    left),
              std::string::npos)
        << bench.all_said();
    EXPECT_EQ(find_connector(tenant.tenant(), "Scanner"), nullptr) << "the rest is taken back";
    EXPECT_NE(tenant.tenant().reject_direct_send, policy::RejectDirectSend::on);
    EXPECT_EQ(read_record(bench.disk, "r")->steps[1].status, StepRecord::Status::undoing);

    // Somebody sees to it by hand.
    tenant.edit([&](Json& state) {
      Json& all = state["InboundConnector"];
      Json as_before = connector_json(before.inbound_connectors.front());
      as_before["Guid"] = other_guid;
      if (gone) {
        all.push_back(std::move(as_before));
      } else {
        named(state, "News") = std::move(as_before);
      }
    });
    const auto again = bench.back(record, true);
    ASSERT_TRUE(again) << again.error().line();
    EXPECT_EQ(*again, Ended::holds) << bench.all_said();
    EXPECT_TRUE(record.all(StepRecord::Status::undone));
  }
}

// The connectors were made, as by --stage connectors, and nothing else.
Record connectors_made(Bench& bench) {
  Record record = Record::of(a_plan());
  Record part = record;
  part.steps.pop_back();
  EXPECT_TRUE(bench.run(part));
  std::copy(part.steps.begin(), part.steps.end(), record.steps.begin());
  return record;
}

std::size_t writes_of(const FrontEnds& tenant) {
  return static_cast<std::size_t>(
      std::count_if(tenant.names.begin(), tenant.names.end(),
                    [](const std::string& name) { return !name.starts_with("Get-"); }));
}

TEST(TurnedByHand, TheConnectorsDoNotGoWhileTheSwitchIsOn) {
  Clock clock;
  FrontEnds tenant(contoso(), clock, {0});
  Bench bench(tenant, clock);
  Record record = connectors_made(bench);
  ASSERT_EQ(record.steps.back().status, StepRecord::Status::pending);
  tenant.edit([](Json& state) { state["OrganizationConfig"]["RejectDirectSend"] = true; });
  const std::size_t writes = writes_of(tenant);
  const auto refused = bench.back(record);
  ASSERT_FALSE(refused);
  const std::string line = refused.error().line();
  EXPECT_NE(line.find("RejectDirectSend is True, was never set when the plan read it"),
            std::string::npos)
      << line;
  EXPECT_NE(line.find("newly refused (550 5.7.68): from your domains to your domains, 203.0.113.7"),
            std::string::npos)
      << line;
  EXPECT_EQ(writes_of(tenant), writes) << "nothing was touched";
  EXPECT_EQ(record.steps.front().status, StepRecord::Status::done);
}

TEST(TurnedByHand, AfterItWasTakenBackToo) {
  Clock clock;
  FrontEnds tenant(contoso(), clock, {0});
  Bench bench(tenant, clock);
  Record record = connectors_made(bench);
  record.steps.back().status = StepRecord::Status::undone;
  tenant.edit([](Json& state) { state["OrganizationConfig"]["RejectDirectSend"] = true; });
  EXPECT_FALSE(bench.back(record));
  EXPECT_NE(find_connector(tenant.tenant(), "Scanner"), nullptr);
}

TEST(TurnedByHand, ForceTakesThemAwayAndSaysWhatThatRefuses) {
  Clock clock;
  FrontEnds tenant(contoso(), clock, {0});
  Bench bench(tenant, clock);
  Record record = connectors_made(bench);
  tenant.edit([](Json& state) { state["OrganizationConfig"]["RejectDirectSend"] = true; });
  const auto forced = bench.back(record, true);
  ASSERT_TRUE(forced) << forced.error().line();
  EXPECT_EQ(find_connector(tenant.tenant(), "Scanner"), nullptr);
  const std::string said = bench.all_said();
  EXPECT_NE(said.find("by --force all the same: RejectDirectSend is True"), std::string::npos)
      << said;
  EXPECT_NE(said.find("newly refused (550 5.7.68)"), std::string::npos) << said;
  EXPECT_NE(said.find("left alone: RejectDirectSend is True, was never set"), std::string::npos)
      << said;
}

TEST(TurnedByHand, WhileTheConnectorsGo) {
  Clock clock;
  FrontEnds tenant(contoso(), clock, {0});
  Bench bench(tenant, clock);
  Record record = connectors_made(bench);
  tenant.after = [&](int, std::string_view cmdlet) -> std::optional<Error> {
    if (cmdlet == "Remove-InboundConnector") {
      tenant.edit([](Json& state) { state["OrganizationConfig"]["RejectDirectSend"] = true; });
    }
    return {};
  };
  const auto told = bench.back(record);
  ASSERT_FALSE(told);
  EXPECT_NE(told.error().line().find("changed while it was taken back: RejectDirectSend is True"),
            std::string::npos)
      << told.error().line();
}

// A Partner connector of somebody else's restricts fabrikam.com: the scanner's mail as that domain
// comes in through the plan's connector alone.
TEST(ChangedByOthers, ConnectorsDoNotGoThatShieldMailFromIt) {
  Clock clock;
  FrontEnds tenant(contoso(), clock, {0});
  Bench bench(tenant, clock);
  Record record = connectors_made(bench);
  tenant.edit([](Json& state) {
    policy::InboundConnector other =
        connector("Restricts", policy::ConnectorType::partner, {"fabrikam.com"}, {"192.0.2.0/24"});
    other.restrict_domains_to_ip_addresses = true;
    state["InboundConnector"].push_back(connector_json(other));
  });
  const std::size_t writes = writes_of(tenant);
  const auto refused = bench.back(record);
  ASSERT_FALSE(refused);
  EXPECT_NE(
      refused.error().line().find("others changed the tenant since; with the connectors gone: "
                                  "newly refused (550 5.7.51)"),
      std::string::npos)
      << refused.error().line();
  EXPECT_EQ(writes_of(tenant), writes);
}

TEST(ChangedByOthers, WhatRefusesNobodyMoreIsLeftAloneAndTold) {
  Clock clock;
  FrontEnds tenant(contoso(), clock, {0});
  Bench bench(tenant, clock);
  Record record = connectors_made(bench);
  tenant.edit([](Json& state) {
    state["InboundConnector"].push_back(connector_json(
        connector("Relay", policy::ConnectorType::on_premises, {"*"}, {"192.0.2.1"})));
  });
  const auto undone = bench.back(record);
  ASSERT_TRUE(undone) << undone.error().line();
  EXPECT_EQ(*undone, Ended::holds);
  EXPECT_NE(bench.all_said().find("left alone: connector 'Relay' is new"), std::string::npos)
      << bench.all_said();
}

TEST(RemovedByHand, WhatTheRecordHoldsAsMadeIsNamedAndNothingIsSaidToBeTaken) {
  Clock clock;
  FrontEnds tenant(contoso(), clock, {0});
  Bench bench(tenant, clock);
  Record record = Record::of(a_plan());
  ASSERT_TRUE(bench.run(record));
  tenant.edit([](Json& state) {
    Json& all = state["InboundConnector"];
    for (std::size_t i = 0; i < all.size(); ++i)
      if (all[i]["Name"] == "Scanner") all.erase(i--);
  });
  const std::size_t writes = writes_of(tenant);
  bench.said.clear();
  const auto ended = bench.run(record);
  ASSERT_TRUE(ended) << ended.error().line();
  EXPECT_EQ(*ended, Ended::not_shown);
  EXPECT_EQ(writes_of(tenant), writes);
  const std::string said = bench.all_said();
  for (const char* part : {"no reading shows it now: Lets in the scanner (connector 'Scanner' is "
                           "not there)",
                           "RejectDirectSend is on: mail", "this run changed nothing"}) {
    EXPECT_NE(said.find(part), std::string::npos) << said;
  }
}

TEST(AnotherTenant, ThatSharesADomainIsNotTheRecords) {
  Clock clock;
  FrontEnds tenant(contoso(), clock, {0});
  Bench bench(tenant, clock);
  tenant.edit([](Json& state) { state["OrganizationConfig"]["Guid"] = "aaaa"; });
  tenant.come_to_rest();
  Record record = Record::of(a_plan());
  ASSERT_TRUE(bench.run(record));
  EXPECT_EQ(bench.on_disk(a_plan()).organisation, "aaaa") << "learnt from the reading";
  tenant.edit([](Json& state) { state["OrganizationConfig"]["Guid"] = "bbbb"; });
  const std::size_t writes = writes_of(tenant);
  const auto refused = bench.back(record, true);
  ASSERT_FALSE(refused) << "whatever --force says";
  EXPECT_NE(refused.error().line().find("its organisation has the Guid bbbb, not aaaa"),
            std::string::npos)
      << refused.error().line();
  EXPECT_FALSE(bench.run(record));
  EXPECT_EQ(writes_of(tenant), writes);
}

TEST(AnotherTenant, IsToldByItsInitialDomainWhereNoGuidIsKnown) {
  policy::Tenant one = contoso();
  policy::AcceptedDomain domain;
  domain.name = "contoso.onmicrosoft.com";
  one.accepted_domains.push_back(domain);
  policy::Tenant other = contoso();
  EXPECT_EQ(why_another_tenant(one, {}, other, {}), "") << "of one the initial domain is not known";
  EXPECT_EQ(why_another_tenant(one, "a", other, "A"), "");
  domain.name = "contoso.mail.onmicrosoft.com";
  other.accepted_domains.push_back(domain);
  EXPECT_EQ(why_another_tenant(one, {}, other, {}), "") << "the routing domain is not the initial";
  domain.name = "adatum.onmicrosoft.com";
  other.accepted_domains.push_back(domain);
  EXPECT_EQ(why_another_tenant(one, {}, other, {}),
            "its initial domain is adatum.onmicrosoft.com, not contoso.onmicrosoft.com");
  EXPECT_EQ(why_another_tenant(one, "a", other, {}),
            "its initial domain is adatum.onmicrosoft.com, not contoso.onmicrosoft.com");
  other.accepted_domains.clear();
  domain.name = "adatum.com";
  other.accepted_domains.push_back(domain);
  EXPECT_EQ(why_another_tenant(one, {}, other, {}), "they have no accepted domain in common");
}

TEST(Renamed, BeforeApplyIsAReasonToPlanAgain) {
  Clock clock;
  FrontEnds tenant(contoso(), clock, {0});
  const policy::Tenant read = tenant.tenant();
  tenant.edit([](Json& state) { named(state, "News")["Name"] = "Newsletter"; });
  Bench bench(tenant, clock);
  Record record = Record::of(a_plan(read));
  const auto ended = bench.run(record);
  ASSERT_FALSE(ended);
  EXPECT_NE(ended.error().what.find("connector 'News': Name is Newsletter, was News"),
            std::string::npos)
      << ended.error().line();
}

TEST(Warnings, AreShownAndRecorded) {
  Clock clock;
  FrontEnds tenant(contoso(), clock, {0});
  tenant.warnings_of_new = {"It may take a while\x1b[2J."};
  Bench bench(tenant, clock);
  Record record = Record::of(a_plan());
  const auto ended = bench.run(record);
  ASSERT_TRUE(ended) << ended.error().line();
  EXPECT_EQ(*ended, Ended::holds);
  EXPECT_NE(bench.all_said().find("the service warns: It may take a while"), std::string::npos);
  const Record kept = bench.on_disk(a_plan());
  ASSERT_EQ(kept.steps[0].service_warnings.size(), 1u);
  EXPECT_TRUE(kept.steps[0].service_warnings[0].starts_with("It may take a while"));
}

// Whether the service warns, or only the reading shows it.
TEST(CreatedDisabled, StopsBeforeTheSwitchAndGoesOnOnceItIsEnabled) {
  for (const bool warns : {true, false})
    for (const int lag : {0, 30}) {
      Clock clock;
      FrontEnds tenant(contoso(), clock, {0, lag});
      tenant.creates_disabled = true;
      if (warns) {
        tenant.warnings_of_new = {
            "The connector was created in a disabled state. Contact support."};
      }
      Bench bench(tenant, clock);
      Record record = Record::of(a_plan());
      for (int run = 0; run < 2; ++run) {
        Record resumed = run == 0 ? record : bench.on_disk(a_plan());
        const auto ended = bench.run(resumed);
        ASSERT_FALSE(ended) << warns << lag << run;
        EXPECT_EQ(ended.error().what,
                  "created in a disabled state: 'Scanner'; the switch was not turned");
        EXPECT_NE(ended.error().remedy.find("support"), std::string::npos);
        EXPECT_EQ(tenant.count("Set-OrganizationConfig"), 0);
        EXPECT_EQ(tenant.count("New-InboundConnector"), 1);
      }
      EXPECT_EQ(tenant.count("Set-InboundConnector"), 1) << "the other connectors are made";
      const Record kept = bench.on_disk(a_plan());
      tenant.edit([](Json& state) { named(state, "Scanner")["Enabled"] = true; });
      clock.ms += 60'000;
      Record resumed = kept;
      const auto ended = bench.run(resumed);
      ASSERT_TRUE(ended) << ended.error().line();
      EXPECT_EQ(*ended, Ended::holds);
      EXPECT_EQ(differences(planned(a_plan()), tenant.tenant()), none);
    }
}

TEST(CreatedDisabled, IsTakenBackToo) {
  Clock clock;
  FrontEnds tenant(contoso(), clock, {0, 12});
  tenant.creates_disabled = true;
  Bench bench(tenant, clock);
  Record record = Record::of(a_plan());
  ASSERT_FALSE(bench.run(record));
  const auto undone = bench.back(record);
  ASSERT_TRUE(undone) << undone.error().line();
  EXPECT_EQ(*undone, Ended::holds);
  EXPECT_EQ(differences(contoso(), tenant.tenant()), none);
}

}  // namespace
}  // namespace postern::plan
