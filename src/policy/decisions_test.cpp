// Runs tests/decisions/*.txt.
#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <string>
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
  for (const std::string& key : expected.note_keys) {
    bool found = false;
    for (unsigned bit = 1; bit < 1u << 15; bit <<= 1) {
      const auto note = static_cast<Note>(bit);
      found = found || (has(verdict.notes, note) &&
                        (key_of(note) == key || (note == Note::san_only && key == "san_only")));
    }
    EXPECT_TRUE(found) << "note " << key;
  }
}

TEST(Decisions, EveryCaseHolds) {
  std::vector<DecisionCase> cases = all_cases();
  EXPECT_GE(cases.size(), 80u);
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
