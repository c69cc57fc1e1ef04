// What was set at the gate's page: the file that keeps it, and what it comes to beside gate.toml.
#include "gate/page_state.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "judge/judge.hpp"

namespace postern::gate {
namespace {

using ledger::Mode;
using ledger::Stage;

policy::Tenant tenant_of(const char* name, std::initializer_list<const char*> domains) {
  policy::Tenant tenant;
  tenant.name = name;
  for (const char* domain : domains) {
    policy::AcceptedDomain accepted;
    accepted.name = domain;
    tenant.accepted_domains.push_back(accepted);
  }
  return tenant;
}

ModeSwitch set_to(const char* domain, Mode mode) {
  return {domain, mode, 1795000000, "ann", "19 days without a loss"};
}

class PageStateTest : public testing::Test {
 protected:
  PageStateTest() {
    std::string name = testing::TempDir() + "/postern-state-XXXXXX";
    folder_ = ::mkdtemp(name.data());
    file_ = folder_ + "/page-state.json";
    settings_.judge.mode = Mode::observe;
  }
  ~PageStateTest() override { std::filesystem::remove_all(folder_); }

  // "contoso.com enforce, …", as the state and gate.toml come to.
  std::string outcome(const PageState& state) {
    const auto of_file = judge::Judge::make(tenants_, settings_.judge);
    EXPECT_TRUE(of_file);
    left_aside_.clear();
    const auto domains = domain_modes(settings_, tenants_, **of_file, state, &left_aside_);
    const auto judge = judge::Judge::make(tenants_, switched(settings_.judge, **of_file, domains));
    EXPECT_TRUE(judge) << judge.error().front().line();
    std::string out;
    for (const DomainMode& each : domains) {
      const auto rules = (*judge)->rules_for(each.domain);
      EXPECT_EQ(rules.mode, each.mode) << each.domain;
      EXPECT_EQ(rules.stage, (*of_file)->rules_for(each.domain).stage) << each.domain;
      if (!out.empty()) out += ", ";
      out += each.domain + ' ' + std::string(name_of(each.mode));
      if (each.locked) out += " locked";
    }
    return out;
  }

  std::vector<policy::Tenant> tenants_{
      tenant_of("contoso.com", {"contoso.com", "mail.contoso.com"}),
      tenant_of("fabrikam.com", {"fabrikam.com"})};
  Settings settings_;
  std::vector<std::string> left_aside_;
  std::string folder_, file_;
};

TEST_F(PageStateTest, IsReadAsItWasWritten) {
  PageState state;
  state.modes = {set_to("contoso.com", Mode::enforce)};
  state.pins = {{"mail \xff\"</script>", {"203.0.113.10"}, {"a@contoso.com"}, 5, "bo", "x\n"}};
  ASSERT_TRUE(write_page_state(file_, state));
  const auto read = read_page_state(file_);
  ASSERT_TRUE(read) << read.error().line();
  ASSERT_EQ(read->modes.size(), 1u);
  EXPECT_EQ(read->modes[0].domain, "contoso.com");
  EXPECT_EQ(read->modes[0].mode, Mode::enforce);
  EXPECT_EQ(read->modes[0].since, 1795000000);
  EXPECT_EQ(read->modes[0].who, "ann");
  EXPECT_EQ(read->modes[0].reason, "19 days without a loss");
  ASSERT_EQ(read->pins.size(), 1u);
  EXPECT_EQ(read->pins[0].addresses, std::vector<std::string>{"203.0.113.10"});
  EXPECT_EQ(read->pins[0].envelope_senders, std::vector<std::string>{"a@contoso.com"});
  EXPECT_EQ(std::filesystem::status(file_).permissions() & std::filesystem::perms::others_all,
            std::filesystem::perms::none);
  EXPECT_TRUE(check_page_state(file_));
}

TEST_F(PageStateTest, ThatIsNotThereIsEmpty) {
  const auto read = read_page_state(file_);
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->modes.empty() && read->pins.empty());
  EXPECT_TRUE(check_page_state(file_));
  EXPECT_FALSE(check_page_state(folder_ + "/absent/state.json"));
}

// A gate that guessed would refuse or let in what nobody decided.
TEST_F(PageStateTest, ThatIsDamagedIsAnErrorAndNeverGuessed) {
  for (const char* text :
       {"", "{", "[]", "{}", R"({"schema":"postern/page-state/2","modes":[],"pins":[]})",
        R"({"schema":"postern/page-state/1","modes":[{"domain":"contoso.com","mode":"off",)"
        R"("since":1,"who":"","reason":""}],"pins":[]})",
        R"({"schema":"postern/page-state/1","modes":[{"domain":"Contoso.com","mode":"observe",)"
        R"("since":1,"who":"","reason":""}],"pins":[]})",
        R"({"schema":"postern/page-state/1","modes":[7],"pins":[]})",
        R"({"schema":"postern/page-state/1","modes":[],"pins":[{"sender":"x","addresses":["y"],)"
        R"("envelope_senders":[],"since":1,"who":"","reason":""}]})"}) {
    std::ofstream(file_, std::ios::trunc) << text;
    EXPECT_FALSE(read_page_state(file_)) << text;
    EXPECT_FALSE(check_page_state(file_)) << text;
  }
}

TEST_F(PageStateTest, GoesBeforeTheFile) {
  EXPECT_EQ(outcome({}), "contoso.com observe, mail.contoso.com observe, fabrikam.com observe");
  EXPECT_EQ(outcome({{set_to("fabrikam.com", Mode::enforce)}, {}}),
            "contoso.com observe, mail.contoso.com observe, fabrikam.com enforce");
}

TEST_F(PageStateTest, ADomainBelowKeepsItsOwnMode) {
  EXPECT_EQ(outcome({{set_to("contoso.com", Mode::enforce)}, {}}),
            "contoso.com enforce, mail.contoso.com observe, fabrikam.com observe");
  EXPECT_EQ(
      outcome(
          {{set_to("contoso.com", Mode::enforce), set_to("mail.contoso.com", Mode::enforce)}, {}}),
      "contoso.com enforce, mail.contoso.com enforce, fabrikam.com observe");
}

TEST_F(PageStateTest, AStageStaysAsTheFileHasIt) {
  settings_.judge.domains = {{"contoso.com", std::nullopt, Stage::data, {}}};
  EXPECT_EQ(outcome({{set_to("contoso.com", Mode::enforce)}, {}}),
            "contoso.com enforce, mail.contoso.com observe, fabrikam.com observe");
}

TEST_F(PageStateTest, WhatIsLockedStaysAsTheFileHasIt) {
  const PageState state{{set_to("contoso.com", Mode::enforce)}, {}};
  settings_.judge.domains = {{"contoso.com", std::nullopt, std::nullopt, {}, true}};
  EXPECT_EQ(outcome(state),
            "contoso.com observe locked, mail.contoso.com observe locked, fabrikam.com observe");
  ASSERT_EQ(left_aside_.size(), 1u);
  EXPECT_NE(left_aside_[0].find("locked"), std::string::npos);
  settings_.judge.domains.clear();
  settings_.judge.tenants = {{"contoso.com", std::nullopt, std::nullopt, {}, true}};
  EXPECT_EQ(outcome(state),
            "contoso.com observe locked, mail.contoso.com observe locked, fabrikam.com observe");
  settings_.judge.tenants.clear();
  settings_.locked = true;
  EXPECT_EQ(outcome(state),
            "contoso.com observe locked, mail.contoso.com observe locked, fabrikam.com observe "
            "locked");
}

TEST_F(PageStateTest, WhatTheFileRehearsesOrLeavesAloneIsNotSwitched) {
  const PageState state{{set_to("contoso.com", Mode::enforce)}, {}};
  for (const Mode mode : {Mode::off, Mode::tenant}) {
    settings_.judge.mode = mode;
    const std::string word(name_of(mode));
    EXPECT_EQ(outcome(state),
              "contoso.com " + word + ", mail.contoso.com " + word + ", fabrikam.com " + word);
    EXPECT_EQ(left_aside_.size(), 1u);
  }
}

TEST_F(PageStateTest, ADomainThatIsGoneKeepsNobodyFromStarting) {
  EXPECT_EQ(outcome({{set_to("gone.example", Mode::enforce)}, {}}),
            "contoso.com observe, mail.contoso.com observe, fabrikam.com observe");
  ASSERT_EQ(left_aside_.size(), 1u);
  EXPECT_NE(left_aside_[0].find("no accepted domain"), std::string::npos);
}

}  // namespace
}  // namespace postern::gate
