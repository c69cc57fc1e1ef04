// Controls and waivers as files.
#include "audit/catalogue.hpp"

#include <cstddef>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "audit/testing/judging.hpp"
#include "base/testing/reading.hpp"
#include "settings_file/testing/keys.hpp"

namespace postern::audit {
namespace {

// A new member: its row in the table of keys, or its name here, where no file has it.
TEST(ControlKeys, EachMemberHasOne) {
  using settings_file::testing::expect_a_key_each;
  using settings_file::testing::members_of;
  expect_a_key_each(describe_control_keys(),
                    members_of<Control>() + members_of<Check>() + members_of<Lifecycle>() +
                        members_of<Equivalent>(),
                    {"check", "lifecycle", "equivalents", "where"});
  expect_a_key_each(describe_waiver_keys(), members_of<Waiver>(), {"where"});
}

TEST(Catalogue, EveryKeyIsOnThePage) {
  const std::string page = testing::octets_of(POSTERN_SOURCE_DIR "/docs/controls.md");
  for (const std::string& table : {describe_control_keys(), describe_waiver_keys()}) {
    EXPECT_NE(page.find(table), std::string::npos) << "docs/controls.md needs this table:\n"
                                                   << table;
  }
}

TEST(Catalogue, PutsTheSwitchFirstAndKnowsItsLife) {
  const auto catalogue = load_catalogue("");
  ASSERT_TRUE(catalogue);
  EXPECT_EQ(catalogue->front().id, "6.5.5");
  EXPECT_EQ(catalogue->front().lifecycle.size(), 3u);
  EXPECT_EQ(find_control("mt.1062", *catalogue).value(), "6.5.5");
  for (const Control& control : *catalogue) {
    EXPECT_FALSE(control.rationale.empty()) << control.id;
    EXPECT_FALSE(control.impact.empty()) << control.id;
    EXPECT_EQ(control.rationale.find('\n'), std::string::npos) << control.id;
  }
}

TEST(Catalogue, AControlOfYourOwnNeedsNoBuild) {
  const auto control = parse_control(R"(
id = "ACME-1"
title = "Lockbox is on"
remedy = "Turn it on."
[check]
property = "OrganizationConfig.CustomerLockboxEnabled"
expect = "True"
)",
                                     "acme.toml");
  ASSERT_TRUE(control) << control.error().line();
  EXPECT_EQ(judge(*control, switch_is("true")),
            "fail OrganizationConfig.CustomerLockboxEnabled: False");
}

TEST(Catalogue, SaysWhatIsWrongWithAFile) {
  const auto fault = [](const std::string& text) {
    const auto control = parse_control(text, "c.toml");
    return control ? std::string("none") : control.error().line();
  };
  EXPECT_NE(fault("id = \"A\"\ntitle = \"T\"\nremedy = \"R\"\n").find("check"), std::string::npos);
  EXPECT_NE(
      fault("title = \"T\"\nremedy = \"R\"\n[check]\nevaluator = \"spf_record\"\n").find("id"),
      std::string::npos);
  EXPECT_NE(fault("id = \"A\"\ntitle = \"T\"\nremedy = \"R\"\n[check]\nevaluator = \"sfp\"\n")
                .find("sfp"),
            std::string::npos);
  EXPECT_NE(fault("id = \"A\"\ntitle = \"T\"\nremedy = \"R\"\ncolour = \"red\"\n[check]\n"
                  "evaluator = \"spf_record\"\n")
                .find("colour"),
            std::string::npos);
  EXPECT_EQ(fault("id = \"A\"\ntitle = \"T\"\nremedy = \"R\"\n"),
            "c.toml:1:1: no [check]; say what is "
            "looked at; see docs/controls.md");
  EXPECT_EQ(fault("id = \"A\"\ntitle = \"T\"\nremedy = \"R\"\n[check]\nnull_is = \"passes\"\n"),
            "c.toml:5:11: null_is: must be one of \"pass\", \"fail\", \"not determined\"");
  EXPECT_EQ(fault("id = 3\n").substr(0, 9), "c.toml:1:");
  EXPECT_EQ(fault("id = \n").substr(0, 9), "c.toml:1:");
}

TEST(Catalogue, SuggestsNearIds) {
  const auto catalogue = load_catalogue("");
  const auto found = find_control("POSTERN-DMRAC", *catalogue);
  ASSERT_FALSE(found);
  EXPECT_NE(found.error().line().find("POSTERN-DMARC"), std::string::npos) << found.error().line();
}

// --- waivers ---

AuditReport with_waiver(const std::string& waiver, const std::string& today) {
  const Loaded loaded = load(R"("HostedConnectionFilterPolicy": [
      {"Name": "Default", "IPAllowList": ["192.0.2.1"]}, {"Name": "B", "IPAllowList": []}])");
  Request request;
  request.controls = {shipped("POSTERN-IP-ALLOW")};
  request.today = today;
  auto waivers = parse_waivers(waiver, "w.toml", request.controls);
  if (!waivers) throw std::runtime_error(waivers.error().line());
  request.waivers = *waivers;
  return run_audit(loaded.configuration, loaded.policy, request);
}

const std::string waiver = R"([[waiver]]
control = "POSTERN-IP-ALLOW"
object = "default"
owner = "ann"
reason = "moves in March"
expires = "2027-03-31"
)";

TEST(Waivers, CoverAFailUntilTheirDay) {
  const AuditReport report = with_waiver(waiver, "2027-03-31");
  EXPECT_EQ(report.results.front().status, Status::waived) << "excused, and not mended";
  EXPECT_EQ(report.results.front().findings.front().status, Status::fail);
  EXPECT_EQ(report.results.front().findings.front().waived,
            "ann, until 2027-03-31: moves in March");
  EXPECT_TRUE(report.expired_waivers.empty());
}

TEST(Waivers, ExpireAndAreNamed) {
  const AuditReport report = with_waiver(waiver, "2027-04-01");
  EXPECT_EQ(report.results.front().status, Status::fail);
  ASSERT_EQ(report.expired_waivers.size(), 1u);
  EXPECT_EQ(report.expired_waivers.front(),
            "POSTERN-IP-ALLOW default: ann's waiver expired on 2027-03-31");
  EXPECT_EQ(report.results.front().findings.front().expired_waiver,
            "ann's waiver expired on 2027-03-31: moves in March");
}

TEST(Waivers, RenewedOnesCoverWhateverElseHasExpired) {
  std::string renewed = waiver;
  renewed.replace(renewed.find("2027-03-31"), 10, "2028-03-31");
  for (const std::string& both : {waiver + renewed, renewed + waiver}) {
    const AuditReport report = with_waiver(both, "2027-04-01");
    EXPECT_EQ(report.results.front().status, Status::waived);
    EXPECT_EQ(report.results.front().findings.front().expired_waiver, "");
  }
}

TEST(Waivers, OfAnotherObjectCoverNothing) {
  std::string other = waiver;
  other.replace(other.find("default"), 7, "B");
  EXPECT_EQ(with_waiver(other, "2026-11-23").results.front().status, Status::fail);
}

TEST(Waivers, NeedOwnerReasonAndExpiry) {
  const auto catalogue = load_catalogue("");
  for (const std::string key : {"owner", "reason", "expires", "control"}) {
    std::string without = waiver;
    const std::size_t at = without.find(key);
    without.erase(at, without.find('\n', at) + 1 - at);
    const auto parsed = parse_waivers(without, "w.toml", *catalogue);
    ASSERT_FALSE(parsed) << key;
    EXPECT_NE(parsed.error().line().find(key), std::string::npos) << parsed.error().line();
  }
  std::string unknown = waiver;
  unknown.replace(unknown.find("POSTERN-IP-ALLOW"), 16, "POSTERN-NONE");
  EXPECT_FALSE(parse_waivers(unknown, "w.toml", *catalogue));
  for (const std::string day : {"some day", "2027-02-30", "2027-03-31T08:00:00Z", "20270331  "}) {
    std::string no_day = waiver;
    no_day.replace(no_day.find("2027-03-31"), 10, day);
    const auto parsed = parse_waivers(no_day, "w.toml", *catalogue);
    ASSERT_FALSE(parsed) << day;
    EXPECT_NE(parsed.error().line().find("is no day"), std::string::npos) << parsed.error().line();
  }
}

}  // namespace
}  // namespace postern::audit
