// The numbers of a report: the same total in every bar, each sender in one group, and the piles of
// the conclusion, over random reports.
#include "report/figures.hpp"

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "impact/conclude.hpp"
#include "report/story.hpp"
#include "report/testing/random_report.hpp"

namespace postern::report {
namespace {

using testing::RandomReport;

std::uint64_t messages(const Bar& bar, Side side, Course course) {
  return bar.at(side, course).messages;
}

TEST(Figures, EveryBarOfAReportHasTheSameTotal) {
  std::mt19937 random(11);
  for (int round = 0; round < 500; ++round) {
    const RandomReport made(random);
    const Figures figures(made.report, &made.plan.proof);
    std::uint64_t all = 0;
    for (const impact::Sender& sender : made.report.senders)
      all += sender.messages;
    EXPECT_EQ(figures.today().total(), all);
    EXPECT_EQ(figures.switched().total(), all);
    ASSERT_NE(figures.planned(), nullptr);
    EXPECT_EQ(figures.planned()->total(), all);
    std::uint64_t grouped = 0;
    std::size_t listed = 0;
    for (std::size_t i = 0; i < groups; ++i) {
      const auto group = static_cast<Group>(i);
      grouped += figures.of(group).messages;
      listed += figures.members(group).size();
      EXPECT_EQ(figures.members(group).size(), figures.of(group).senders);
    }
    EXPECT_EQ(grouped, all);
    EXPECT_EQ(listed, made.report.senders.size());
  }
}

// Another implementation sorts the same mail into its piles: impact::conclude.
TEST(Figures, AreThoseOfTheConclusion) {
  std::mt19937 random(12);
  for (int round = 0; round < 500; ++round) {
    const RandomReport made(random);
    const Figures figures(made.report, &made.plan.proof);
    const auto compare = [&](const Bar& bar, const impact::Conclusion& c) {
      EXPECT_EQ(messages(bar, Side::yours, Course::refused), c.lost.messages);
      EXPECT_EQ(bar.at(Side::yours, Course::refused).senders, c.lost.senders);
      EXPECT_EQ(messages(bar, Side::forged, Course::refused), c.stopped.messages);
      EXPECT_EQ(messages(bar, Side::yours, Course::cant_tell),
                c.undetermined.messages + c.hanging.messages);
      EXPECT_EQ(messages(bar, Side::yours, Course::if_certificate), c.on_presumption.messages);
    };
    compare(figures.switched(), made.report.conclusion);
    compare(*figures.planned(), made.plan.proof.conclusion);
    const Figures alone(made.report, nullptr);
    EXPECT_EQ(alone.planned(), nullptr);
    EXPECT_EQ(alone.of(Group::lost).senders, made.report.conclusion.lost.senders);
    EXPECT_EQ(alone.of(Group::looks_yours).senders,
              made.report.conclusion.presumed_legitimate.senders);
    EXPECT_EQ(alone.of(Group::looks_forged).senders,
              made.report.conclusion.presumed_forged.senders);
    EXPECT_EQ(alone.of(Group::either).senders, made.report.conclusion.open.senders);
  }
}

// Numbers of a text, without separators: "1,234 from 2" is 1234 and 2.
std::vector<std::uint64_t> numbers_in(const std::string& text) {
  std::vector<std::uint64_t> out;
  bool within = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c >= '0' && c <= '9') {
      if (!within) out.push_back(0);
      out.back() = out.back() * 10 + static_cast<std::uint64_t>(c - '0');
      within = true;
    } else if (c != ',' || i + 1 == text.size() || text[i + 1] < '0' || text[i + 1] > '9') {
      within = false;
    }
  }
  return out;
}

// The headline says what the exit status says, and no number that the figures don't have.
TEST(Story, SaysNothingThatTheFiguresDoNot) {
  std::mt19937 random(13);
  for (int round = 0; round < 500; ++round) {
    RandomReport made(random);
    const plan::Plan* plan = round % 2 == 0 ? &made.plan : nullptr;
    const Figures figures(made.report, plan == nullptr ? nullptr : &plan->proof);
    ImpactHeading heading;
    heading.reject_direct_send = policy::RejectDirectSend::off;
    const Story story = tell({made.report, heading}, plan, figures);
    // 3 of 9 rows are what is missing, where something is.
    std::vector<std::uint64_t> known = {3, 9};
    const auto know = [&](const impact::Pile& pile) {
      known.push_back(pile.senders);
      known.push_back(pile.messages);
    };
    for (std::size_t s = 0; s < sides; ++s) {
      for (std::size_t c = 0; c < courses; ++c) {
        know(figures.last().at(static_cast<Side>(s), static_cast<Course>(c)));
        know(figures.switched().at(static_cast<Side>(s), static_cast<Course>(c)));
      }
    }
    for (std::size_t g = 0; g < groups; ++g)
      know(figures.of(static_cast<Group>(g)));
    for (const std::uint64_t count : figures.delivery_of_forged())
      known.push_back(count);
    known.push_back(messages(figures.today(), Side::forged, Course::accepted) +
                    messages(figures.today(), Side::looks_forged, Course::accepted));
    known.push_back(made.plan.steps.size() - 1);  // connectors
    std::string said = story.headline.word + ' ' + story.headline.sentence;
    for (const Phrase& phrase : story.lead)
      said += phrase.text;
    const impact::Conclusion& last =
        plan == nullptr ? made.report.conclusion : plan->proof.conclusion;
    // Where bystanders alone are lost, the headline is the conclusion's own sentence.
    if (story.headline.sentence != last.sentence) {
      for (const std::uint64_t number : numbers_in(said))
        EXPECT_NE(std::find(known.begin(), known.end(), number), known.end()) << number << said;
    }
    EXPECT_EQ(story.headline.word.starts_with("Ready"),
              last.answer == impact::Answer::nobody_breaks)
        << said << " | " << last.sentence;
    EXPECT_EQ(story.headline.word == "Not yet.", last.answer == impact::Answer::somebody_breaks)
        << said << " | " << last.sentence;
  }
}

TEST(Story, WithoutEvidenceIsNeverGreen) {
  impact::Report report;
  report.missing.push_back({impact::Missing::Kind::no_evidence, 0, "no message was found"});
  report.conclusion.sentence = "No evidence about your domains: no message was found.";
  const Figures figures(report, nullptr);
  const Story story = tell({report, {}}, nullptr, figures);
  EXPECT_FALSE(story.has_evidence);
  EXPECT_EQ(story.headline.word, "Can’t say.");
  EXPECT_NE(story.headline.tone, Tone::good);
  ASSERT_EQ(story.tasks.size(), 1u);
}

}  // namespace
}  // namespace postern::report
