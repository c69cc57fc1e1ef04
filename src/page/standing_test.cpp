// How far a domain is from enforcing, and what is said first.
#include "page/standing.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace postern::page {
namespace {

using ledger::Mode;

constexpr UnixTime now = 1795000000;
constexpr UnixTime day = 86400;

DomainSurvey survey_with(std::uint64_t legitimate, std::uint64_t forged, std::uint64_t unclear) {
  DomainSurvey survey;
  survey.domain = "contoso.com";
  survey.rows = legitimate + forged + unclear;
  survey.legitimate.add(legitimate);
  survey.forged.add(forged);
  survey.unclear.add(unclear);
  return survey;
}

Domain domain_in(Mode mode, const DomainSurvey& survey) {
  return {"contoso.com", mode, std::nullopt, &survey};
}

std::string said(const Health& health, const std::vector<Domain>& domains, std::int64_t days) {
  std::vector<Stage> stages;
  for (const Domain& each : domains)
    stages.push_back(stage_of(each, health, days));
  const Headline line = headline_of(health, domains, stages, now);
  return std::string(name_of(line.tone)) + ": " + line.text;
}

TEST(Standing, ReadyIsSaidAfterAWeekWithoutALossAndNotBefore) {
  const DomainSurvey nobody = survey_with(0, 40, 0);
  const Domain domain = domain_in(Mode::observe, nobody);
  EXPECT_EQ(stage_of(domain, {}, 0), Stage::early);
  EXPECT_EQ(stage_of(domain, {}, 6), Stage::early);
  EXPECT_EQ(stage_of(domain, {}, 7), Stage::ready);
  EXPECT_EQ(note_of(domain, {}, Stage::early, 2), "day 2 of observing: too early to tell");
  EXPECT_EQ(note_of(domain, {}, Stage::ready, 19),
            "day 19 of observing; only what looks forged would be refused: ready");
}

TEST(Standing, WhoMayBeEitherKeepsADomainFromBeingReady) {
  const DomainSurvey one = survey_with(0, 40, 3);
  const Domain domain = domain_in(Mode::observe, one);
  EXPECT_EQ(stage_of(domain, {}, 90), Stage::doubtful);
  EXPECT_EQ(note_of(domain, {}, Stage::doubtful, 90),
            "day 90 of observing; 1 sender may be either: settle it first");
}

TEST(Standing, WhatIsNotKnownIsNeverReady) {
  const DomainSurvey nobody = survey_with(0, 0, 0);
  const Domain domain = domain_in(Mode::observe, nobody);
  Health off;
  off.ledger_is_on = false;
  EXPECT_EQ(stage_of(domain, off, 90), Stage::unknown);
  Health early;
  early.is_surveyed = false;
  EXPECT_EQ(stage_of(domain, early, 90), Stage::unknown);
  EXPECT_EQ(stage_of({"contoso.com", Mode::observe, {}, nullptr}, {}, 90), Stage::unknown);
  EXPECT_EQ(said(off, {domain}, 90), "calm: No ledger is kept: who would break is not known.");
}

TEST(Standing, DaysCountFromItsOwnFirstRecordOrFromWhenItWasSet) {
  DomainSurvey survey = survey_with(0, 0, 0);
  Domain domain = domain_in(Mode::observe, survey);
  EXPECT_EQ(days_observed(domain, now), 0) << "a domain of which no record tells";
  EXPECT_EQ(days_observed({"contoso.com", Mode::observe, {}, nullptr}, now), 0);
  survey.first = now - 18 * day;
  EXPECT_EQ(days_observed(domain, now), 19);
  domain.since = now - 2 * day;
  EXPECT_EQ(days_observed(domain, now), 3);
  survey.first = now - day;
  EXPECT_EQ(days_observed(domain, now), 2);
  survey.first = now + day;
  EXPECT_EQ(days_observed(domain, now), 1);
}

// What nobody could read may be the mail that breaks.
TEST(Standing, ADomainOfWhichRecordsAreMissingIsNeitherReadyNorSafe) {
  DomainSurvey bad = survey_with(0, 40, 0);
  bad.bad = 3;
  DomainSurvey cut = survey_with(0, 40, 0);
  cut.is_cut = true;
  const DomainSurvey whole = survey_with(0, 40, 0);
  Health dropped;
  dropped.lost_records = true;
  EXPECT_EQ(stage_of(domain_in(Mode::observe, bad), {}, 90), Stage::untold);
  EXPECT_EQ(stage_of(domain_in(Mode::enforce, bad), {}, 90), Stage::untold);
  EXPECT_EQ(stage_of(domain_in(Mode::observe, cut), {}, 90), Stage::untold);
  EXPECT_EQ(stage_of(domain_in(Mode::observe, whole), dropped, 90), Stage::untold);
  EXPECT_EQ(said({}, {domain_in(Mode::observe, bad)}, 90),
            "ask: contoso.com is not known to break nobody: 3 records can’t be read.");
  EXPECT_EQ(said({}, {domain_in(Mode::enforce, cut)}, 90),
            "ask: contoso.com is not known to refuse nothing of its own: older records were left "
            "out, ask postern impact.");
  EXPECT_EQ(note_of(domain_in(Mode::observe, bad), {}, Stage::untold, 0),
            "who would break is not all known: 3 records can’t be read");
  EXPECT_EQ(note_of(domain_in(Mode::observe, whole), dropped, Stage::untold, 12),
            "day 12 of observing; who would break is not all known: the ledger dropped records");
  // Who is known to break goes before what is not known.
  DomainSurvey loss = survey_with(5, 0, 0);
  loss.bad = 1;
  EXPECT_EQ(stage_of(domain_in(Mode::observe, loss), {}, 90), Stage::breaks);
}

TEST(Standing, TheHeadlineIsWhatMattersMost) {
  const DomainSurvey loss = survey_with(206, 0, 0);
  const DomainSurvey doubt = survey_with(0, 0, 5);
  const DomainSurvey clean = survey_with(0, 10, 0);
  const std::vector<Domain> all = {domain_in(Mode::observe, clean), domain_in(Mode::observe, doubt),
                                   domain_in(Mode::observe, loss), domain_in(Mode::enforce, loss)};
  EXPECT_EQ(said({}, all, 30),
            "bad: contoso.com refuses 206 messages from 1 sender that looks legitimate.");
  EXPECT_EQ(said({}, {all[0], all[1], all[2]}, 30),
            "ask: contoso.com is not ready to enforce: 1 sender that looks legitimate would "
            "break.");
  EXPECT_EQ(said({}, {all[0], all[1]}, 30),
            "ask: contoso.com is not ready to enforce: 1 sender may be either.");
  EXPECT_EQ(said({}, {all[0]}, 30),
            "good: contoso.com is ready to enforce: nobody that looks legitimate would break.");
  EXPECT_EQ(said({}, {domain_in(Mode::enforce, clean)}, 30),
            "calm: All quiet: nothing that looks legitimate is refused.");
  Health drops;
  drops.ledger_drops = true;
  EXPECT_EQ(said(drops, all, 30),
            "bad: The ledger drops records: what is counted here is too little.");
  Health hop = drops;
  hop.hop_fails = true;
  EXPECT_EQ(said(hop, all, 30).substr(0, 15), "bad: A next hop");
  hop.draining = true;
  EXPECT_EQ(said(hop, all, 30).substr(0, 13), "bad: The gate");
}

TEST(Standing, NothingSeenIsSaidAsThatAndIsNoPraise) {
  const DomainSurvey nothing = survey_with(0, 0, 0);
  EXPECT_EQ(said({}, {domain_in(Mode::observe, nothing)}, 0),
            "calm: No Direct Send since 2026-11-18 11:06 UTC.");
}

}  // namespace
}  // namespace postern::page
