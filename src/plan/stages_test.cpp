// The stages of a plan: which there are, what of them stands in the file, what runs them.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "plan/stage.hpp"
#include "plan/testing/sealed.hpp"
#include "plan/testing/staged_plan.hpp"

namespace postern::plan {
namespace {

using testing::staged_plan;
using Names = std::vector<std::string>;

const UnreachedSender forwarder{
    "forwarder.example", {*Prefix::parse("192.0.2.50/32")}, {"contoso.com", "fabrikam.com"}};

Names kinds_of(const std::vector<Stage>& stages) {
  Names out;
  for (const Stage& stage : stages)
    out.emplace_back(name_of(stage.kind));
  return out;
}

std::string edited(std::string text, const std::string& what, const std::string& with) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return at == std::string::npos ? text : text.replace(at, what.size(), with);
}

TEST(Stages, ThoseThatDoNotApplyAreLeftOut) {
  const Plan plan = staged_plan();
  EXPECT_EQ(kinds_of(plan.stages), (Names{"connectors", "look", "switch", "watch"}));
  EXPECT_EQ(kinds_of(staged_plan({forwarder}).stages),
            (Names{"connectors", "look", "rule", "switch", "watch"}));
  EXPECT_EQ(kinds_of(stages_of({plan.steps.back()}, {}, {})), (Names{"switch", "watch"}));
  EXPECT_EQ(kinds_of(stages_of({plan.steps.front()}, {}, {})), (Names{"connectors", "look"}))
      << "the switch is on already";
  EXPECT_TRUE(stages_of({}, {}, {}).empty());
}

TEST(Stages, EachIsCalledByTheNameThatItIsReadBy) {
  for (const Stage& stage : staged_plan({forwarder}).stages)
    EXPECT_EQ(parse_stage_kind(name_of(stage.kind)), stage.kind);
  EXPECT_EQ(parse_stage_kind("nothing"), std::nullopt);
}

TEST(Stages, TheRuleIsInTestModeAndGoesAgain) {
  const Plan plan = staged_plan({forwarder});
  const Stage& rule = plan.stages[2];
  ASSERT_EQ(rule.cmdlets(plan.steps).size(), 1U);
  const std::string line = *tenant::powershell(rule.cmdlets(plan.steps).front());
  EXPECT_NE(line.find("-SenderDomainIs 'contoso.com','fabrikam.com'"), std::string::npos) << line;
  EXPECT_NE(line.find("-Mode 'Audit'"), std::string::npos) << line;
  const std::string undo = *tenant::powershell(rule.undo(plan.steps).front());
  EXPECT_TRUE(undo.starts_with("Remove-TransportRule -Identity 'Postern - own domains")) << undo;
}

TEST(Stages, TakeBackInReverse) {
  const Plan plan = staged_plan();
  const auto undo = plan.stages.front().undo(plan.steps);
  ASSERT_EQ(undo.size(), 2U);
  EXPECT_EQ(*tenant::powershell(undo[0]),
            "Remove-InboundConnector -Identity 'CRM' -Confirm:$false");
}

TEST(Stages, AreReadBackFromTheFile) {
  const Plan plan = staged_plan({forwarder});
  const auto read = read_plan(to_json(plan), "p");
  ASSERT_TRUE(read) << read.error().line();
  EXPECT_EQ(kinds_of(read->stages), kinds_of(plan.stages));
  ASSERT_EQ(read->stages[1].expects.size(), 2U);
  EXPECT_EQ(read->stages[1].expects[1].connector, "CRM");
  EXPECT_EQ(read->stages[1].expects[0].addresses.front().text(), "203.0.113.7");
  EXPECT_EQ(read->stages[2].unreached.front().domains, forwarder.domains);
}

TEST(Stages, NobodyRunsWhatWasNotReviewed) {
  const std::string text = to_json(staged_plan({forwarder}));
  const std::string part = text.substr(0, text.find("\"stages\""));
  const auto refused = [&](const std::string& what, const std::string& with) {
    const std::string stages = edited(text.substr(part.size()), what, with);
    const auto read = read_plan(testing::resealed(part + stages), "p");
    EXPECT_FALSE(read) << what;
    return read ? std::string{} : read.error().line();
  };
  for (const auto& [what, with] : std::vector<std::pair<std::string, std::string>>{
           {"\"Mode\": \"Audit\"", "\"Mode\": \"Enforce\""},
           {"Remove-TransportRule", "Remove-Mailbox"},
           {"\"kind\": \"look\"", "\"kind\": \"watch\""},
           {"\"days\": 7", "\"days\": 0"}}) {
    const std::string line = refused(what, with);
    EXPECT_NE(line.find("its stages are not those"), std::string::npos) << line;
  }
  EXPECT_NE(refused("\"addresses\": [", "\"addresses\": [\"nowhere\", ").find("is no address"),
            std::string::npos);
}

TEST(Stages, AScriptForEach) {
  const auto scripts = stage_scripts(staged_plan({forwarder}));
  ASSERT_TRUE(scripts);
  Names names;
  for (const Script& script : *scripts)
    names.push_back(script.name);
  EXPECT_EQ(names,
            (Names{"1-connectors.ps1", "2-look.ps1", "3-rule.ps1", "4-switch.ps1", "5-watch.ps1",
                   "undo-1-switch.ps1", "undo-2-rule.ps1", "undo-3-connectors.ps1"}));
  const std::string& turn = (*scripts)[3].text;
  EXPECT_EQ(turn.find("throw 'not turned"), std::string::npos) << "proven";
  EXPECT_LT(turn.find("Get-InboundConnector -Identity 'CRM'"),
            turn.find("Set-OrganizationConfig -RejectDirectSend $true"));
  EXPECT_LT(turn.find("Set-OrganizationConfig -RejectDirectSend $true"),
            turn.find("(Get-OrganizationConfig).RejectDirectSend"))
      << "reads back";
  for (const std::size_t looks : {1U, 4U}) {
    const std::string& text = (*scripts)[looks].text;
    for (const std::string_view changes : {"\nNew-", "\nSet-", "\nRemove-"})
      EXPECT_EQ(text.find(changes), std::string::npos) << text;
  }
}

TEST(Stages, ScriptsReadBackWhatAChangeSets) {
  Plan plan = staged_plan();
  Step& step = plan.steps.front();
  step.kind = Step::Kind::change_connector;
  step.before = step.after;
  step.after->sender_domains = {*policy::parse_sender_domain("contoso.com")};
  step.after->treat_messages_as_internal = true;
  step.after->comment = "has no effect on mail";
  const auto stages = stage_scripts(plan);
  ASSERT_TRUE(stages);
  const std::string& turn = (*stages)[2].text;
  const auto turned = turn.find("Set-OrganizationConfig -RejectDirectSend $true");
  for (const std::string_view asked :
       {"(Get-InboundConnector -Identity 'Scanners' -ErrorAction SilentlyContinue | Where-Object { "
        "$_.Enabled -eq $true })) {",
        "$wanted = 'contoso.com'\n", "((@($_.SenderDomains) -join ',' ",
        "Where-Object { $_.TreatMessagesAsInternal -eq $true })) {",
        "throw 'connector Scanners does not read back as planned: TreatMessagesAsInternal' }"}) {
    EXPECT_LT(turn.find(asked), turned) << asked;
  }
  EXPECT_EQ(turn.find("Comment"), std::string::npos) << turn;
}

TEST(Stages, TheScriptOfConnectorsThatDoHarmStops) {
  Plan plan = staged_plan();
  plan.proof.holds = Holds::no;
  plan.proof.connectors = {Holds::no, "The connectors alone do harm: 10 messages.", {}};
  std::string script = stage_scripts(plan)->front().text;
  const auto stops = script.find("\nthrow 'not made: The connectors alone do harm: 10 messages.'");
  EXPECT_LT(stops, script.find("New-InboundConnector")) << script;
  plan.proof.connectors.holds = Holds::yes;
  script = stage_scripts(plan)->front().text;
  EXPECT_EQ(script.find("\nthrow "), std::string::npos) << "the switch alone does harm";
}

TEST(Stages, TheWayBackReadsBackAndKeepsConnectorsWhileTheSwitchIsOn) {
  const std::string undo = *undo_script(staged_plan({forwarder}));
  std::size_t last = 0;
  for (const std::string_view next :
       {"Set-OrganizationConfig -RejectDirectSend $false\n",
        "while (-not (-not (Get-OrganizationConfig).RejectDirectSend))",
        "if ((Get-TransportRule -Identity 'Postern - own domains from outside (test)' -ErrorAction "
        "SilentlyContinue).Mode) { Remove-TransportRule ",
        "if ((Get-OrganizationConfig).RejectDirectSend) { throw 'RejectDirectSend is on",
        "if ((Get-InboundConnector -Identity 'CRM' -ErrorAction SilentlyContinue)) { "
        "Remove-InboundConnector -Identity 'CRM'",
        "while (-not (-not (Get-InboundConnector -Identity 'CRM' -ErrorAction "
        "SilentlyContinue)))"}) {
    const auto at = undo.find(next, last);
    ASSERT_NE(at, std::string::npos) << next << "\n" << undo;
    last = at;
  }
  Plan already_on = staged_plan();
  already_on.tenant.reject_direct_send = policy::RejectDirectSend::on;
  already_on.steps.pop_back();
  already_on.stages = stages_of(already_on.steps, {}, {});
  EXPECT_EQ(undo_script(already_on)->find("throw 'RejectDirectSend is on"), std::string::npos);
}

TEST(Stages, WhatWasMadeIsReadBackWhole) {
  const auto scripts = stage_scripts(staged_plan());
  for (const std::size_t each : {0U, 2U, 3U}) {
    const std::string& text = (*scripts)[each].text;
    for (const std::string_view property :
         {"Enabled", "ConnectorType", "SenderDomains", "SenderIPAddresses", "RequireTls",
          "TlsSenderCertificateName", "RestrictDomainsToIPAddresses"}) {
      EXPECT_NE(text.find("throw 'connector CRM does not read back as planned: " +
                          std::string(property) + "'"),
                std::string::npos)
          << property << "\n"
          << text;
    }
  }
}

TEST(Stages, InOneGoAPersonIsAskedAfterTheLook) {
  const std::string script = *apply_script(staged_plan({forwarder}));
  const auto asked = script.find("Read-Host 'Before rule");
  EXPECT_LT(script.find("New-InboundConnector"), asked);
  EXPECT_LT(asked, script.find("New-TransportRule"));
  EXPECT_LT(script.find("Read-Host 'Before switch"),
            script.find("Set-OrganizationConfig -RejectDirectSend $true"));
}

}  // namespace
}  // namespace postern::plan
