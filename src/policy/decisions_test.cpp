// Runs tests/decisions/*.txt.
#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "policy/testing/decision_cases.hpp"

namespace postern::policy {
namespace {

std::vector<DecisionCase> all_cases() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry :
       std::filesystem::directory_iterator(POSTERN_SOURCE_DIR "/tests/decisions")) {
    if (entry.path().extension() == ".txt") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<DecisionCase> cases;
  for (const auto& path : paths) {
    auto read = read_decision_cases(path.string());
    EXPECT_TRUE(read) << (read ? "" : read.error().line());
    if (read) cases.insert(cases.end(), read->begin(), read->end());
  }
  return cases;
}

void check_notes(const DecisionCase& expected, const Verdict& verdict) {
  for (unsigned bit = 1; bit < 1u << 15; bit <<= 1) {
    const auto note = static_cast<Note>(bit);
    if (has(expected.notes, note)) {
      EXPECT_TRUE(has(verdict.notes, note)) << sentences_of(note).front();
    }
    if (has(expected.absent_notes, note)) {
      EXPECT_FALSE(has(verdict.notes, note)) << sentences_of(note).front();
    }
  }
}

TEST(Decisions, EveryCaseHolds) {
  std::vector<DecisionCase> cases = all_cases();
  EXPECT_GE(cases.size(), 140u);
  for (DecisionCase& expected : cases) {
    SCOPED_TRACE(expected.file + ":" + std::to_string(expected.line) + ": " + expected.title);
    const auto policy = Policy::compile(expected.tenants);
    ASSERT_TRUE(policy) << policy.error().front().line();
    const Verdict verdict = decide(*policy, expected.given.view());
    EXPECT_EQ(name_of(verdict.action), name_of(expected.action));
    EXPECT_EQ(name_of(verdict.reason), expected.reason);
    if (!expected.enhanced_status.empty()) {
      const Reply* reply = reply_for(verdict);
      EXPECT_EQ(reply == nullptr ? "no reply" : reply->enhanced_status, expected.enhanced_status);
    }
    if (!expected.connector.empty()) {
      EXPECT_EQ(
          verdict.connector == no_connector ? "none" : policy->connector(verdict.connector).name,
          expected.connector);
    }
    if (!expected.tenant.empty()) {
      EXPECT_EQ(verdict.tenant == no_tenant ? "none" : policy->tenant_name(verdict.tenant),
                expected.tenant);
    }
    std::set<std::string> missing;
    for (const auto name : names_of(verdict.missing))
      missing.emplace(name);
    EXPECT_EQ(missing, std::set<std::string>(expected.missing.begin(), expected.missing.end()));
    check_notes(expected, verdict);

    Trace trace;
    EXPECT_EQ(decide(*policy, expected.given.view(), trace), verdict)
        << "explain must be the same rule";
    EXPECT_FALSE(trace.steps().empty());
  }
}

TEST(Decisions, EveryClauseHasACaseThatItDecides) {
  std::map<std::string, int> decided;  // by the clause that ended the walk
  for (DecisionCase& each : all_cases()) {
    const auto policy = Policy::compile(each.tenants);
    ASSERT_TRUE(policy);
    Trace trace;
    (void)decide(*policy, each.given.view(), trace);
    for (const Step& step : trace.steps()) {
      decided[std::string(step.clause)] += &step == &trace.steps().back() ? 1 : 0;
    }
  }
  EXPECT_EQ(decided.size(), 17u) << "a clause was added or lost; give it a case";
  for (const auto& [clause, times] : decided)
    EXPECT_GT(times, 0) << clause;
}

const Step& step_of(const Trace& trace, std::string_view clause) {
  static constexpr Step absent;
  for (const Step& step : trace.steps()) {
    if (step.clause == clause) return step;
  }
  ADD_FAILURE() << "no step " << clause;
  return absent;
}

TEST(Steps, AnUnknownClauseSaysWhatItLacksAndOfWhichConnector) {
  Tenant tenant;
  tenant.name = "contoso.com";
  tenant.reject_direct_send = RejectDirectSend::on;
  tenant.accepted_domains.emplace_back().name = "contoso.com";
  for (const auto* name : {"Hybrid", "HQ relay"}) {
    InboundConnector& connector = tenant.inbound_connectors.emplace_back();
    connector.name = name;
    connector.type = ConnectorType::on_premises;
  }
  tenant.inbound_connectors[0].tls_sender_certificate_name = "mail.contoso.com";
  tenant.inbound_connectors[1].sender_ip_addresses = {*Prefix::parse("203.0.113.7")};
  const auto policy = Policy::compile(tenant);
  ASSERT_TRUE(policy);

  Submission s;
  s.authenticated = Known::no;
  s.certificate.state = ClientCertificate::State::none;
  s.reverse_path = {ReversePath::State::address, "adatum.com"};
  s.recipient_domain = "fabrikam.com";
  Trace trace;
  EXPECT_EQ(name_of(decide(*policy, s, trace).reason), "relay_denied");
  const Step& relay = step_of(trace, "relay.attr36");
  EXPECT_EQ(relay.answer, Step::Answer::unknown);
  EXPECT_EQ(relay.missing, Fact::client_ip);
  EXPECT_EQ(policy->connector(relay.connector).name, "HQ relay");
  const Step& last = step_of(trace, "relay");
  EXPECT_EQ(last.answer, Step::Answer::yes);
  EXPECT_EQ(last.missing, Fact::none);
}

TEST(Steps, WithoutARecipientTheAnswerIsNo) {
  const auto policy = Policy::compile(std::span<const Tenant>());
  ASSERT_TRUE(policy);
  Submission s;
  s.authenticated = Known::no;
  Trace trace;
  EXPECT_EQ(decide(*policy, s, trace).action, Action::undetermined);
  EXPECT_EQ(step_of(trace, "recipient").answer, Step::Answer::no);
}

TEST(Replies, AreTheOnesThatExchangeGives) {
  EXPECT_EQ(reply_for(Reason::direct_send_rejected)->line(),
            "550 5.7.68 TenantInboundAttribution; Direct Send not allowed for this organization "
            "from unauthorized sources");
  EXPECT_EQ(reply_for(Reason::relay_denied)->line(),
            "550 5.7.64 TenantAttribution; Relay Access Denied");
  EXPECT_EQ(reply_for(Reason::relay_denied_attr36)->line(),
            "550 5.7.64 Relay Access Denied ATTR36");
  EXPECT_EQ(reply_for(Reason::restricted)->enhanced_status, "5.7.51");
  EXPECT_EQ(reply_for(Reason::direct_send_allowed), nullptr);
}

}  // namespace
}  // namespace postern::policy
