// Which stage is due, by what evidence of every kind can say. Cases that an administrator reads are
// in tests/stages.
#include "plan/next.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "plan/testing/staged_plan.hpp"

namespace postern::plan {
namespace {

using evidence::Message;
using policy::Known;
using testing::plan_made;
using testing::staged_plan;
using Attribution = policy::ObservedAttribution::State;

constexpr UnixTime connectors_made = plan_made + 86'400;
constexpr UnixTime later = connectors_made + 86'400;

struct Mail {
  std::optional<UnixTime> time = later;
  std::string ip = "203.0.113.7";
  std::string connector = {};  // that took it; empty: none
  Known signed_in = Known::no;
  std::string from = "contoso.com";
  Known tls = Known::unknown;
  evidence::Refusal refusal = evidence::Refusal::none;
};

class NextTest : public ::testing::Test {
 protected:
  void make_connectors(std::optional<UnixTime> when = connectors_made) {
    for (const Step& step : plan_.steps)
      if (step.after) step.apply_to(now_.tenant);
    for (policy::InboundConnector& connector : now_.tenant.inbound_connectors)
      connector.when_changed = when;
  }
  void turn() { now_.tenant.reject_direct_send = policy::RejectDirectSend::on; }

  Result<Next> ask(const std::vector<Mail>& mails, const Record* record = nullptr,
                   std::optional<UnixTime> since = {}) {
    const auto standing = standing_of(plan_, now_, "now", record, since);
    if (!standing) return tl::unexpected(standing.error());
    const auto readings = policy::Readings::of(standing->planned);
    EXPECT_TRUE(readings);
    NewMail seen(*readings, standing->look_for, unreached_, standing->from);
    for (const Mail& mail : mails)
      show(seen, mail);
    return next_of(plan_, *standing, &seen, &report_, again_ ? &*again_ : nullptr);
  }

  static void show(NewMail& seen, const Mail& mail) {
    Message m;
    policy::Submission& s = m.submission;
    s.time = mail.time;
    if (!mail.ip.empty()) s.client_ip = IpAddress::parse(mail.ip);
    s.authenticated = mail.signed_in;
    s.tls = mail.tls;
    s.reverse_path = {policy::ReversePath::State::address, mail.from};
    s.recipient_domain = "contoso.com";
    s.observed.state =
        mail.connector.empty() ? Attribution::default_connector : Attribution::connector;
    s.observed.connector = mail.connector;
    m.refusal = mail.refusal;
    seen.see(m);
  }

  // Of a senders's finding: "holds: …".
  static std::string about(const Next& next, const std::string& sender) {
    for (const Finding& finding : next.findings)
      if (finding.sender == sender)
        return std::string(name_of(finding.check)) + ": " + finding.says;
    return "nothing";
  }

  Plan plan_ = staged_plan();
  tenant::Configuration now_ = [this] {
    tenant::Configuration out;
    out.tenant = plan_.tenant;
    return out;
  }();
  std::vector<UnreachedSender> unreached_;
  impact::Report report_;
  std::optional<Proof> again_;  ///< on the new evidence
};

TEST_F(NextTest, WhatADeviceSendsAsTheOrganisationsOwnIsSeen) {
  make_connectors();
  const auto next = ask({{.connector = "scanners", .signed_in = Known::yes}});
  ASSERT_TRUE(next);
  EXPECT_EQ(about(*next, "Scanner"), "holds: 'Scanners' took 1 message");
  EXPECT_EQ(next->due, 1U);
}

TEST_F(NextTest, SignedInWithoutANameTellsNothing) {
  make_connectors();
  const auto next = ask({{.signed_in = Known::yes}});
  ASSERT_TRUE(next);
  EXPECT_TRUE(about(*next, "Scanner").starts_with("not known")) << about(*next, "Scanner");
}

TEST_F(NextTest, TheCertificateOfAServiceIsSeenFromWhereverItSends) {
  make_connectors();
  const auto next = ask({{.ip = "198.51.100.200", .connector = "CRM", .tls = Known::yes}});
  ASSERT_TRUE(next);
  EXPECT_EQ(about(*next, "CRM"), "holds: 'CRM' took 1 message");
}

TEST_F(NextTest, AServiceWithoutItsCertificateFails) {
  make_connectors();
  const auto next = ask({{.ip = "198.51.100.9", .tls = Known::yes}});
  ASSERT_TRUE(next);
  EXPECT_EQ(next->check, Check::fails);
  EXPECT_TRUE(about(*next, "CRM").starts_with("fails: no connector took 1 message"));
}

TEST_F(NextTest, WhenAConnectorWasMadeMustBeKnownToSayThatItFails) {
  make_connectors(std::nullopt);
  const auto next = ask({{}});
  ASSERT_TRUE(next);
  EXPECT_TRUE(about(*next, "Scanner").starts_with("not known")) << about(*next, "Scanner");
  const auto told = ask({{}}, nullptr, connectors_made);
  ASSERT_TRUE(told);
  EXPECT_TRUE(about(*told, "Scanner").starts_with("fails")) << "--since says so";
  Record record = Record::of(plan_);
  for (StepRecord& step : record.steps) {
    step.status = StepRecord::Status::done;
    step.since = connectors_made;
  }
  const auto recorded = ask({{}}, &record);
  ASSERT_TRUE(recorded);
  EXPECT_TRUE(about(*recorded, "Scanner").starts_with("fails")) << "the record says so";
}

TEST_F(NextTest, WithoutATimeAMessageIsOnlyCounted) {
  make_connectors();
  const auto next = ask({{.time = std::nullopt, .connector = "Scanners"}});
  ASSERT_TRUE(next);
  EXPECT_EQ(next->undated, 1U);
  EXPECT_EQ(about(*next, "Scanner"), "not known: no new mail of it was seen");
}

TEST_F(NextTest, ARefusalOfASenderThatThePlanKnowsFails) {
  make_connectors();
  turn();
  const auto next =
      ask({{.refusal = evidence::Refusal::direct_send}}, nullptr, connectors_made + 3600);
  ASSERT_TRUE(next);
  EXPECT_EQ(next->stages[next->due], Stage::Kind::watch);
  EXPECT_EQ(about(*next, "Scanner"), "fails: 1 message of it refused with 550 5.7.68");
}

TEST_F(NextTest, ARefusalOfNobodyKnowsWhomIsAQuestion) {
  make_connectors();
  turn();
  const auto next = ask({{.ip = "192.0.2.77", .refusal = evidence::Refusal::direct_send},
                         {.ip = "", .refusal = evidence::Refusal::direct_send}},
                        nullptr, connectors_made + 3600);
  ASSERT_TRUE(next);
  EXPECT_EQ(next->check, Check::not_known);
  std::string lacks;
  for (const std::string& each : next->lacks)
    lacks += each + "\n";
  EXPECT_NE(lacks.find("192.0.2.77: 1 message refused"), std::string::npos) << lacks;
  EXPECT_NE(lacks.find("from where is not told"), std::string::npos) << lacks;
}

// Whatever leaves it open: something undetermined, a choice, a presumption, missing evidence.
TEST_F(NextTest, NewEvidenceThatLeavesItOpenKeepsTheSwitchWaiting) {
  make_connectors();
  const std::vector<Mail> taken = {{.connector = "Scanners", .signed_in = Known::yes},
                                   {.ip = "198.51.100.9", .connector = "CRM", .tls = Known::yes}};
  again_.emplace();
  using impact::Answer;
  for (const auto& [answer, check] : {std::pair(Answer::nobody_breaks, Check::holds),
                                      std::pair(Answer::somebody_breaks, Check::fails),
                                      std::pair(Answer::not_determined, Check::not_known)}) {
    again_->conclusion.answer = answer;
    again_->conclusion.sentence = "The plan is so: 4 messages that hang on acs_exempt.";
    const auto next = ask(taken);
    ASSERT_TRUE(next);
    EXPECT_EQ(next->stages[next->due], Stage::Kind::turn_switch);
    EXPECT_EQ(next->check, check);
    EXPECT_EQ(next->commands.empty(), check != Check::holds);
    const bool told =
        next->sentence.find("4 messages that hang on acs_exempt.") != std::string::npos;
    EXPECT_EQ(told, check != Check::holds) << next->sentence;
    EXPECT_EQ(next->sentence.find(".."), std::string::npos) << next->sentence;
  }
}

TEST_F(NextTest, ConnectorsAreHeldBackByWhatTheProofSaysOfThem) {
  plan_.proof.holds = Holds::no;
  plan_.proof.connectors = {Holds::yes, "Proven of the connectors alone.", {}};
  EXPECT_EQ(ask({})->check, Check::holds) << "the switch alone does harm";
  plan_.proof.connectors = {Holds::no, "10 messages would be refused.", {}};
  const auto fails = ask({});
  EXPECT_EQ(fails->check, Check::fails);
  EXPECT_NE(fails->sentence.find("10 messages would be refused."), std::string::npos);
  EXPECT_TRUE(fails->commands.empty());
  plan_.proof.connectors.holds = Holds::not_proven;
  EXPECT_EQ(ask({})->check, Check::not_known);
}

TEST_F(NextTest, AnotherTenantIsBadInput) {
  now_.tenant.accepted_domains.clear();
  policy::AcceptedDomain other;
  other.name = "other.example";
  now_.tenant.accepted_domains.push_back(other);
  const auto next = ask({});
  ASSERT_FALSE(next);
  EXPECT_NE(next.error().what.find("another tenant"), std::string::npos);
}

TEST_F(NextTest, AReadingThatLacksConnectorsIsBadInput) {
  now_.tenant.inbound_connectors_known = false;
  EXPECT_FALSE(ask({}));
}

TEST_F(NextTest, AConnectorThatSomebodyNarrowedIsNoMoreAsPlanned) {
  make_connectors();
  now_.tenant.inbound_connectors.back().require_tls = false;
  const auto next = ask({{.connector = "Scanners"}});
  ASSERT_TRUE(next);
  EXPECT_EQ(next->check, Check::fails);
  EXPECT_NE(next->fails.front().find("not as it was planned for"), std::string::npos);
}

}  // namespace
}  // namespace postern::plan
