// What the machine formats are made of says what the exit status says, and of each sender what the
// text says: with "if it is yours" where it hangs on that.
#include "report/items.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <random>
#include <regex>
#include <string>
#include <string_view>
#include <variant>

#include <gtest/gtest.h>

#include "base/ascii.hpp"
#include "impact/conclude.hpp"
#include "impact/pins.hpp"
#include "report/html_report.hpp"
#include "report/machine_reports.hpp"
#include "report/next_step.hpp"
#include "report/renderers.hpp"
#include "report/testing/random_report.hpp"

namespace postern::report {
namespace {

using testing::RandomReport;

// The exit status that the worst item stands for. What is waived decides nothing.
int status_by(const ItemList& list) {
  int out = 0;
  for (const Item& item : list.items) {
    if (!item.waived.empty()) continue;
    if (item.result == Item::Result::fail) return 1;
    if (item.result == Item::Result::open) out = 3;
  }
  return out;
}

TEST(Items, TheWorstOfAnImpactIsItsExitStatus) {
  std::mt19937 random(14);
  for (int round = 0; round < 500; ++round) {
    const RandomReport made(random);
    const ItemList list = items_of(ImpactDocument{made.report, {}}, Style{});
    EXPECT_EQ(status_by(list), impact::status_of(made.report.conclusion.answer))
        << made.report.conclusion.sentence;
  }
}

// A sender that is certainly yours, accepted: where no switch can be turned, anybody comes in so.
TEST(Items, WhatComesInWhereThereIsNoSwitchLeavesAnImpactOpen) {
  impact::Report report;
  impact::Sender& sender = report.senders.emplace_back();
  sender.name = "erp";
  sender.looks = impact::Looks::legitimate;
  sender.standing = impact::Standing::certain;
  sender.messages = sender.with_rejection.accept = sender.now.accept = sender.unguarded = 3;
  for (const char* lack : {"", "DoD has no RejectDirectSend"}) {
    report.lack_of_switch = lack;
    impact::Findings findings;
    findings.lack_of_switch = lack;
    impact::Outlook& outlook = findings.senders.emplace_back(
        impact::outlook_of(sender, sender.with_rejection, sender.hanging));
    outlook.unguarded = sender.unguarded;
    report.conclusion = impact::conclude(findings);
    const ItemList list = items_of(ImpactDocument{report, {}}, Style{});
    EXPECT_EQ(status_by(list), *lack == '\0' ? 0 : 3);
    EXPECT_EQ(status_by(list), impact::status_of(report.conclusion.answer));
    const bool told = std::any_of(list.items.begin(), list.items.end(), [](const Item& item) {
      return item.message.starts_with("DoD has no RejectDirectSend: nothing refuses");
    });
    EXPECT_EQ(told, *lack != '\0');
  }
}

// No sender is lost or in doubt; one thing after the other is missing from the evidence.
TEST(Items, WhatIsMissingLeavesAPlanOpen) {
  for (std::size_t i = 0; i <= static_cast<std::size_t>(impact::Missing::Kind::mailboxes_alone);
       ++i) {
    impact::Findings findings;
    findings.of = impact::Findings::Of::a_plan;
    findings.missing = {{static_cast<impact::Missing::Kind>(i), 1, "1 of 9 is missing"}};
    plan::Plan plan;
    plan.proof.files = 1;
    plan.proof.conclusion = impact::conclude(findings);
    const ItemList list = items_of(plan, Style{});
    EXPECT_EQ(status_by(list), impact::status_of(plan.proof.conclusion.answer));
    const auto missing = std::find_if(list.items.begin(), list.items.end(), [](const Item& item) {
      return item.message == "1 of 9 is missing";
    });
    ASSERT_NE(missing, list.items.end());
    EXPECT_EQ(missing->result, Item::Result::open);
    EXPECT_EQ(missing->object, impact::name_of(static_cast<impact::Missing::Kind>(i)));
    EXPECT_FALSE(missing->remedy.empty());
    findings.missing.clear();
    plan.proof.conclusion = impact::conclude(findings);
    EXPECT_EQ(status_by(items_of(plan, Style{})), 0);
  }
}

// "Not known to be yours, and the plan admits it" is a question, unless you call it forged.
TEST(Items, WhoIsLetInWithoutProofIsAQuestion) {
  plan::Plan plan;
  plan.proof.files = 1;
  plan.proof.let_in = {{"mailer", "online service", "presumed", 3, 3, {}, {}}};
  EXPECT_EQ(status_by(items_of(plan, Style{})), 3);
  plan.proof.let_in.front().standing = "certain";
  EXPECT_EQ(status_by(items_of(plan, Style{})), 1);
}

TEST(Items, WhatWasNotReplayedAsksForAHigherLimit) {
  impact::Findings findings;
  findings.missing = {{impact::Missing::Kind::not_decided, 128, "128 messages were not replayed"}};
  plan::Plan plan;
  plan.proof.conclusion = impact::conclude(findings);
  EXPECT_EQ(next_step(plan).does,
            "Run this again with a higher --most-shapes, so that all of the evidence is replayed.");
}

// A tenant with thousands of domains, the last of which fails: a format that cuts its list keeps
// it.
TEST(Items, WhatFailsStandsFirst) {
  audit::AuditReport report;
  audit::ControlResult& result = report.results.emplace_back();
  for (int i = 0; i < 6000; ++i) {
    audit::Finding& finding = result.findings.emplace_back();
    finding.object = "domain";
    finding.status = i + 1 < 6000 ? audit::Status::pass : audit::Status::fail;
  }
  const std::optional<audit::Comparison> none;
  const AuditDocument document{report, none};
  EXPECT_EQ(items_of(document, Style{}).items.front().result, Item::Result::fail);
  EXPECT_NE(audit_junit(document, Style{}).find("<failure"), std::string::npos);
}

impact::Report one_presumed_scanner() {
  impact::Report report;
  impact::Sender& sender = report.senders.emplace_back();
  sender.name = "scanner.contoso.example";
  sender.messages = sender.with_rejection.reject = 12;
  sender.looks = impact::Looks::legitimate;
  sender.standing = impact::Standing::presumed;
  sender.kind = sender.likely_kind = impact::Kind::device;
  sender.remedy.what = "An OnPremises connector by its address.";
  sender.remedy.command = "New-InboundConnector -Name scanner";
  sender.if_kept = sender.remedy;
  report.conclusion.presumed_legitimate = {1, 12};
  return report;
}

// A connector for a scanner that nothing proves is offered under a condition: wherever its remedy
// stands, and wherever its command stands apart from that.
TEST(Items, NoFormatDropsIfItIsYours) {
  const impact::Report report = one_presumed_scanner();
  const ImpactDocument document{report, {}};
  for (const Renderer& renderer : renderers()) {
    const auto* render = std::get_if<Render<ImpactDocument>>(&renderer.render);
    if (render == nullptr || renderer.format == "json") continue;  // "if_kept" is its key there
    SCOPED_TRACE(renderer.format);
    std::string text = (*render)(document, Style{false, 400});
    const std::string_view condition = "if it is yours (device or application): ";
    const std::string_view remedy = "An OnPremises connector by its address.";
    std::size_t times = 0;
    for (std::size_t at = 0; (at = text.find(remedy, at)) != std::string::npos; ++at, ++times) {
      ASSERT_GE(at, condition.size());
      EXPECT_EQ(text.substr(at - condition.size(), condition.size()), condition);
    }
    EXPECT_GT(times, 0u) << text;
    if (renderer.format == "text") continue;  // the command stands below its remedy
    for (std::size_t at = 0; (at = text.find("New-InboundConnector", at)) != std::string::npos;
         ++at) {
      EXPECT_NE(text.substr(at, 60).find("# if it is yours"), std::string::npos);
    }
  }
}

// Every KEY = "VALUE" that a report tells people to write is read by the parser of senders.toml.
TEST(Items, APageNamesKeysThatSendersTomlHas) {
  std::mt19937 random(15);
  std::size_t keys = 0;
  for (int round = 0; round < 60; ++round) {
    const RandomReport made(random);
    const ImpactDocument impact{made.report, {}};
    for (const plan::Plan* plan : {static_cast<const plan::Plan*>(nullptr), &made.plan}) {
      std::string page = whole_html({nullptr, &impact, plan}, Style{});
      page = page.substr(0, page.find("<script"));
      page = std::regex_replace(page, std::regex("&quot;|&#34;"), "\"");
      static const std::regex key("[a-z_]+ = \"[^\"<]*\"");
      for (std::sregex_iterator at(page.begin(), page.end(), key), end; at != end; ++at, ++keys) {
        const auto pins = impact::parse_pins(
            "[[sender]]\nname = \"a\"\naddress = \"192.0.2.1\"\n" + at->str() + "\n",
            "senders.toml");
        ASSERT_TRUE(pins) << at->str() << ": " << pins.error().line();
        EXPECT_NE(impact::outcome_of(pins->front()), impact::Decision::none) << at->str();
      }
    }
  }
  EXPECT_GT(keys, 20u);
}

}  // namespace
}  // namespace postern::report
