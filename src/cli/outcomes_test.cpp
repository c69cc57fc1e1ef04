// What each answer comes to as an exit status: the one thing that scripts and CI read.
#include "cli/outcomes.hpp"

#include <initializer_list>

#include <gtest/gtest.h>

#include "cli/exit_code.hpp"

namespace postern::cli {
namespace {

using audit::Status;

audit::AuditReport audited(std::initializer_list<Status> statuses) {
  audit::AuditReport report;
  for (const Status status : statuses) {
    report.results.emplace_back();
    report.results.back().status = status;
  }
  return report;
}

TEST(Outcome, OfAnAuditIsThatOfItsFirstControl) {
  EXPECT_EQ(outcome_of(audited({Status::pass, Status::fail}), false), holds);
  EXPECT_EQ(outcome_of(audited({Status::not_applicable, Status::fail}), false), holds);
  EXPECT_EQ(outcome_of(audited({Status::fail, Status::pass}), false), does_not_hold);
  EXPECT_EQ(outcome_of(audited({Status::not_determined, Status::pass}), false), not_determined);
}

TEST(Outcome, OfAStrictAuditIsThatOfTheWorst) {
  EXPECT_EQ(outcome_of(audited({Status::pass, Status::not_applicable}), true), holds);
  EXPECT_EQ(outcome_of(audited({Status::pass, Status::not_determined}), true), not_determined);
  EXPECT_EQ(outcome_of(audited({Status::pass, Status::not_determined, Status::fail}), true),
            does_not_hold);
  EXPECT_EQ(outcome_of(audited({Status::fail, Status::not_determined}), true), does_not_hold);
}

// What is not known never passes for an answer.
TEST(Outcome, OfAnImpactProbeAndDecision) {
  impact::Conclusion drawn;
  EXPECT_EQ(outcome_of(drawn), not_determined);
  drawn.answer = impact::Answer::nobody_breaks;
  EXPECT_EQ(outcome_of(drawn), holds);
  drawn.answer = impact::Answer::somebody_breaks;
  EXPECT_EQ(outcome_of(drawn), does_not_hold);

  probe::Conclusion conclusion;
  EXPECT_EQ(outcome_of(conclusion), not_determined);
  conclusion.direct_send_refused.answer = probe::Answer::yes;
  EXPECT_EQ(outcome_of(conclusion), holds);
  conclusion.direct_send_refused.answer = probe::Answer::no;
  EXPECT_EQ(outcome_of(conclusion), does_not_hold);

  policy::Verdict verdict;
  EXPECT_EQ(outcome_of(verdict), not_determined);
  verdict.action = policy::Action::accept;
  EXPECT_EQ(outcome_of(verdict), holds);
  verdict.action = policy::Action::reject;
  EXPECT_EQ(outcome_of(verdict), does_not_hold);
}

TEST(Outcome, OfAMessageThatDnsDidNotAnswerForIsOpen) {
  auth::MessageAuthentication known;
  EXPECT_EQ(outcome_of(known), does_not_hold);
  known.dmarc.result = auth::DmarcResult::temp_error;
  EXPECT_EQ(outcome_of(known), not_determined);
  known.dmarc.result = auth::DmarcResult::pass;
  EXPECT_EQ(outcome_of(known), holds);
}

// 1 before 2 before 3: a failure that is proved is never hidden by what could not be looked at.
TEST(Outcome, OfManyTenantsIsTheFirstThatCounts) {
  for (const int code : {int{holds}, int{does_not_hold}, int{bad_input}, int{not_determined}}) {
    EXPECT_EQ(worse_of(holds, code), code);
    EXPECT_EQ(worse_of(code, does_not_hold), does_not_hold);
  }
  EXPECT_EQ(worse_of(not_determined, bad_input), bad_input);
}

}  // namespace
}  // namespace postern::cli
