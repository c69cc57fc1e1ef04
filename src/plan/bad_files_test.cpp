// Plan and record files that were cut, edited, or are of another version: refused in one line, or
// read as what they are; never anything else.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "plan/testing/bench.hpp"
#include "plan/testing/sealed.hpp"

namespace postern::plan {
namespace {

using namespace testing;

Record a_record() {
  Record record = Record::of(a_plan());
  record.steps[0].status = StepRecord::Status::done;
  record.steps[0].service_warnings = {"slow"};
  record.steps[0].step.remember_guid("00000000-0000-4000-8000-000000000001");
  record.steps[1].status = StepRecord::Status::started;
  return record;
}

void expect_one_line(const Error& error, const std::string& which) {
  EXPECT_EQ(error.line().find_first_of("\n\x1b"), std::string::npos) << which;
  EXPECT_TRUE(error.where.text().starts_with("file")) << which << ": " << error.line();
  EXPECT_FALSE(error.what.empty()) << which;
}

TEST(BadFiles, CutAtEveryPlace) {
  const std::string record = to_json(a_record());
  const std::string plan = to_json(a_plan());
  for (std::size_t at = 0; at + 2 < record.size(); at += at < 200 ? 1 : 37) {
    const auto read = read_record(record.substr(0, at), "file");
    ASSERT_FALSE(read) << at;
    expect_one_line(read.error(), std::to_string(at));
  }
  for (std::size_t at = 0; at + 2 < plan.size(); at += at < 200 ? 1 : 37) {
    const auto read = read_plan(plan.substr(0, at), "file");
    ASSERT_FALSE(read) << at;
    expect_one_line(read.error(), std::to_string(at));
  }
}

// Every value in turn becomes each other kind of value: refused for its seal; and, sealed anew,
// refused or read as what it is.
template <class Read, class Check>
void edit_everywhere(const std::string& text, Read read, Check check) {
  const Json whole = Json::parse(text);
  const Json flat = whole.flatten();
  const std::vector<Json> others = {
      nullptr,        true,          -1, 1e300, "", "\x1b[2J\n", Json::array(), Json::array({1}),
      Json::object(), Json{{"x", 1}}};
  int refused = 0;
  for (const auto& each : flat.items()) {
    const std::string& at = each.key();
    for (const Json& other : others) {
      Json edited = whole;
      edited[Json::json_pointer(at)] = other;
      if (edited == whole) continue;
      ASSERT_FALSE(read(edited.dump())) << at;
      const auto back = read(resealed(edited.dump()));
      if (back) {
        check(*back, at);
      } else {
        ++refused;
        expect_one_line(back.error(), at);
      }
    }
  }
  EXPECT_GT(refused, 300);
}

TEST(BadFiles, RecordsEditedEverywhere) {
  const Record record = a_record();
  edit_everywhere(
      to_json(record), [](const std::string& text) { return read_record(text, "file"); },
      [&](const Record& read, const std::string& at) {
        ASSERT_EQ(read.steps.size(), record.steps.size()) << at;
        for (std::size_t i = 0; i < read.steps.size(); ++i) {
          EXPECT_EQ(read.steps[i].step.cmdlet(), record.steps[i].step.cmdlet()) << at;
          EXPECT_EQ(read.steps[i].step.undo(), record.steps[i].step.undo()) << at;
        }
        EXPECT_EQ(read.fingerprint, record.fingerprint) << at;
      });
}

TEST(BadFiles, PlansEditedEverywhere) {
  const Plan plan = a_plan();
  edit_everywhere(
      to_json(plan), [](const std::string& text) { return read_plan(text, "file"); },
      [&](const Plan& read, const std::string& at) {
        ASSERT_EQ(read.steps.size(), plan.steps.size()) << at;
        for (std::size_t i = 0; i < read.steps.size(); ++i)
          EXPECT_EQ(read.steps[i].cmdlet(), plan.steps[i].cmdlet()) << at;
        EXPECT_EQ(read.fingerprint, plan.fingerprint) << at;
      });
}

std::string fault_of(const std::string& text) {
  const auto read = read_record(text, "file");
  return read ? "" : read.error().line();
}

TEST(BadFiles, SayWhatTheyAre) {
  EXPECT_EQ(fault_of("[1,2"),
            "file: is no JSON, or was cut short; name a file that postern apply "
            "wrote");
  EXPECT_EQ(fault_of("{}"),
            "file: is no document of the form postern/record/2; name a file that "
            "postern apply wrote");
  EXPECT_EQ(fault_of(R"({"schema":"postern/record/1"})"),
            "file: is of the form postern/record/1, and this version reads postern/record/2; use "
            "the version of postern that wrote it");
  EXPECT_EQ(fault_of(to_json(a_plan())),
            "file: is of the form postern/plan/2, not postern/record/2; name a file that postern "
            "apply wrote");
}

// White space and the order of members are no edit; a cut list, another status, another word are.
TEST(BadFiles, ASealIsOfTheWholeFile) {
  const std::string plan = to_json(a_plan());
  const std::string record = to_json(a_record());
  EXPECT_TRUE(read_plan(nlohmann::json::parse(plan).dump(), "file"));
  EXPECT_TRUE(read_record(nlohmann::json::parse(record).dump(), "file"));
  const auto fault_after = [](const std::string& text, auto change) {
    Json edited = Json::parse(text);
    change(edited);
    const bool is_plan = edited["schema"] == "postern/plan/2";
    const std::string now = edited.dump();
    const auto read = is_plan ? read_plan(now, "file").map([](const Plan&) {})
                              : read_record(now, "file").map([](const Record&) {});
    return read ? std::string() : read.error().line();
  };
  const std::string plan_edited =
      "file: was edited or cut since postern plan wrote it: its seal is not that of what it holds; "
      "plan again";
  const std::string record_edited =
      "file: was edited or cut since postern apply wrote it: its seal is not that of what it "
      "holds; put the file back as it was, or take back by hand what was applied";
  EXPECT_EQ(fault_after(plan, [](Json& j) { j["proof"]["holds"] = "yes"; }), plan_edited);
  EXPECT_EQ(fault_after(plan, [](Json& j) { j["warnings"].push_back("x"); }), plan_edited);
  EXPECT_EQ(fault_after(plan, [](Json& j) { j["stages"].erase(1); }), plan_edited);
  EXPECT_EQ(fault_after(plan, [](Json& j) { j.erase("seal"); }), plan_edited);
  EXPECT_EQ(fault_after(record, [](Json& j) { j["steps"] = Json::array(); }), record_edited);
  EXPECT_EQ(fault_after(record, [](Json& j) { j["steps"].erase(0); }), record_edited);
  EXPECT_EQ(fault_after(record, [](Json& j) { j["steps"][0]["status"] = "pending"; }),
            record_edited);
  EXPECT_EQ(fault_after(record, [](Json& j) { j.erase("seal"); }), record_edited);
}

// Whoever seals a file anew still takes back nothing but what the plan began at.
TEST(BadFiles, StepsBeginAtTheReadingInTheFile) {
  const auto fault_of_step = [](auto change) {
    Record record = a_record();
    change(record.steps);
    const auto read = read_record(to_json(record), "file");
    return read ? std::string() : read.error().line();
  };
  using Steps = std::vector<StepRecord>;
  EXPECT_EQ(fault_of_step([](Steps& steps) { steps[0].step.after->name = "News"; }),
            "file#/steps/0: it creates connector 'News', which the reading in the file has "
            "already; put the file back as it was, or take back by hand what was applied");
  EXPECT_EQ(fault_of_step([](Steps& steps) {
              steps[1].step.before->sender_ip_addresses.push_back(*Prefix::parse("192.0.2.0/24"));
            }),
            "file#/steps/1: it changes connector 'News' from what the reading in the file does "
            "not have; put the file back as it was, or take back by hand what was applied");
  EXPECT_NE(fault_of_step([](Steps& steps) {
              steps[1].step.before->name = steps[1].step.after->name = "Other";
            }).find("it changes connector 'Other' from"),
            std::string::npos);
  EXPECT_EQ(fault_of_step(
                [](Steps& steps) { steps[2].step.switch_before = policy::RejectDirectSend::on; }),
            "file#/steps/2: it turns RejectDirectSend from what the reading in the file does not "
            "have; put the file back as it was, or take back by hand what was applied");
}

// A connector that the tenant had is not the one that was created, whatever it is called.
TEST(BadFiles, ACreatedConnectorIsNoneOfTheReading) {
  policy::Tenant tenant = contoso();
  tenant.inbound_connectors.front().guid = "33333333-0000-4000-8000-000000000000";
  Record record = Record::of(a_plan(tenant));
  EXPECT_TRUE(read_record(to_json(record), "file"));
  record.steps[0].step.after->guid = tenant.inbound_connectors.front().guid;
  EXPECT_FALSE(read_record(to_json(record), "file"));
}

// Of a tenant whose reading has no Guids.
TEST(RecordsWithoutGuids, AreReadAndTakenBack) {
  FakeTenant fake(contoso());
  Bench bench(fake);
  Record record = Record::of(a_plan());
  ASSERT_TRUE(bench.run(record));
  ASSERT_EQ(bench.disk.find("Guid"), std::string::npos);
  auto old = read_record(bench.disk, "file");
  ASSERT_TRUE(old) << old.error().line();
  const auto undone = bench.back(*old);
  ASSERT_TRUE(undone) << undone.error().line();
  EXPECT_EQ(*undone, Ended::holds);
  EXPECT_EQ(differences(contoso(), fake.tenant()), std::vector<std::string>{});
}

TEST(AnotherTenant, IsNotRolledBack) {
  FakeTenant fake(contoso());
  Bench bench(fake);
  Record record = Record::of(a_plan());
  ASSERT_TRUE(bench.run(record));
  policy::Tenant other = contoso();
  for (policy::AcceptedDomain& domain : other.accepted_domains)
    domain.name = "other-" + domain.name;
  FakeTenant wrong(other);
  Bench second(wrong);
  for (const bool force : {false, true}) {
    const auto undone = second.back(record, force);
    ASSERT_FALSE(undone);
    EXPECT_NE(undone.error().what.find("another tenant"), std::string::npos);
  }
  EXPECT_EQ(wrong.calls, 6) << "nothing but reading";
  // One domain less is the same tenant; the scanner's mail to it has become relay, which only its
  // connector lets in.
  fake.state["AcceptedDomain"].erase(1);
  const auto shielded = bench.back(record);
  ASSERT_FALSE(shielded);
  EXPECT_NE(shielded.error().what.find("others changed the tenant since; with the connectors gone"),
            std::string::npos)
      << shielded.error().what;
  EXPECT_TRUE(bench.back(record, true));
}

}  // namespace
}  // namespace postern::plan
