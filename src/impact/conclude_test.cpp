// What may never turn a warning into an all-clear, over random findings.
#include "impact/conclude.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace postern::impact {
namespace {

class World {
 public:
  explicit World(unsigned seed) : random_(seed) {}

  std::size_t below(std::size_t bound) { return random_() % bound; }
  bool chance(unsigned percent) { return below(100) < percent; }
  std::uint64_t some() { return chance(60) ? 0 : 1 + below(9); }

  Outlook outlook() {
    Outlook out;
    out.standing = static_cast<Standing>(below(3));
    out.looks = out.standing == Standing::open ? Looks::unclear : static_cast<Looks>(below(2));
    out.loss_accepted = chance(10);
    out.refused = some();
    out.refused_already = out.refused == 0 ? 0 : below(out.refused + 1);
    out.undetermined = some();
    out.hanging = some();
    out.on_presumption = chance(20) ? some() : 0;
    out.let_in = chance(20) ? some() : 0;
    out.unguarded = chance(20) ? some() : 0;
    out.may_be_let_in = chance(20) ? some() : 0;
    out.messages = out.refused + out.undetermined + out.hanging + out.on_presumption + some();
    return out;
  }

  Findings findings() {
    Findings out;
    out.of = chance(50) ? Findings::Of::a_plan : Findings::Of::the_switch;
    for (std::size_t i = below(4); i > 0; --i)
      out.senders.push_back(outlook());
    if (chance(20)) out.missing.push_back(missing());
    out.others.refused = chance(10) ? some() : 0;
    out.others.undetermined = chance(10) ? some() : 0;
    out.others.hanging = chance(10) ? some() : 0;
    out.days = 30;
    if (out.of == Findings::Of::the_switch && chance(20)) {
      out.lack_of_switch = "GCC High has no RejectDirectSend";
    }
    return out;
  }

  Missing missing() {
    return {static_cast<Missing::Kind>(below(8)), 1 + below(9), "some are missing"};
  }

 private:
  std::mt19937 random_;
};

// Whether a change of what is known can turn 1 or 3 into 0.
void never_clears(const std::function<bool(Findings&, World&)>& change) {
  World world(7);
  int tried = 0;
  for (int round = 0; round < 20'000; ++round) {
    Findings findings = world.findings();
    const int before = status_of(conclude(findings).answer);
    if (!change(findings, world)) continue;
    ++tried;
    const Conclusion after = conclude(findings);
    EXPECT_TRUE(before == 0 || status_of(after.answer) != 0) << after.sentence;
  }
  EXPECT_GT(tried, 2'000);
}

TEST(Conclude, MissingEvidenceNeverClears) {
  never_clears([](Findings& findings, World& world) {
    findings.missing.push_back(world.missing());
    return true;
  });
}

TEST(Conclude, MissingEvidenceIsNeverNobody) {
  World world(3);
  for (int round = 0; round < 5'000; ++round) {
    Findings findings = world.findings();
    findings.missing.push_back(world.missing());
    EXPECT_NE(status_of(conclude(findings).answer), 0);
  }
}

TEST(Conclude, ALowerConfidenceNeverClears) {
  never_clears([](Findings& findings, World& world) {
    if (findings.senders.empty()) return false;
    Outlook& one = findings.senders[world.below(findings.senders.size())];
    if (one.standing == Standing::open) return false;
    one.standing = one.standing == Standing::certain ? Standing::presumed : Standing::open;
    if (one.standing == Standing::open) one.looks = Looks::unclear;
    one.loss_accepted = false;  // what was accepted was that of a certain sender
    return true;
  });
}

TEST(Conclude, AnOpenedChoiceNeverClears) {
  never_clears([](Findings& findings, World& world) {
    if (findings.senders.empty()) return false;
    Outlook& one = findings.senders[world.below(findings.senders.size())];
    std::uint64_t& from = world.chance(50) ? one.refused : one.undetermined;
    one.hanging += from;
    from = 0;
    one.refused_already = std::min(one.refused_already, one.refused);
    return true;
  });
}

TEST(Conclude, AFurtherSenderNeverClears) {
  never_clears([](Findings& findings, World& world) {
    findings.senders.push_back(world.outlook());
    return true;
  });
}

TEST(Conclude, WhatComesInWhereNothingCanBeTurnedOnIsNeverNobody) {
  World world(17);
  for (int round = 0; round < 5'000; ++round) {
    Findings findings = world.findings();
    findings.of = Findings::Of::the_switch;
    findings.lack_of_switch = "DoD has no RejectDirectSend";
    findings.senders.push_back(world.outlook());
    findings.senders.back().unguarded = 1 + world.below(9);
    const Conclusion c = conclude(findings);
    EXPECT_NE(status_of(c.answer), 0);
    EXPECT_TRUE(c.sentence.starts_with("DoD has no RejectDirectSend")) << c.sentence;
  }
}

TEST(Conclude, TheOrderOfSendersDoesNotMatter) {
  World world(11);
  std::mt19937 random(5);
  for (int round = 0; round < 5'000; ++round) {
    Findings findings = world.findings();
    const std::string before = conclude(findings).sentence;
    std::shuffle(findings.senders.begin(), findings.senders.end(), random);
    EXPECT_EQ(conclude(findings).sentence, before);
  }
}

TEST(Conclude, TheSentenceSaysWhatTheStatusSays) {
  World world(13);
  for (int round = 0; round < 5'000; ++round) {
    const Findings findings = world.findings();
    const Conclusion c = conclude(findings);
    const bool clear = c.sentence.starts_with("Nobody breaks:") ||
                       c.sentence.starts_with("Proven:") ||
                       (c.sentence.starts_with(findings.lack_of_switch + ":") &&
                        c.sentence.find("; nobody breaks:") != std::string::npos);
    EXPECT_EQ(clear, status_of(c.answer) == 0) << c.sentence;
  }
}

TEST(Conclude, ALossThatIsAcceptedIsSaid) {
  Findings findings;
  findings.of = Findings::Of::a_plan;
  findings.days = 30;
  Outlook forwarder;
  forwarder.standing = Standing::certain;
  forwarder.looks = Looks::legitimate;
  forwarder.loss_accepted = true;
  forwarder.messages = forwarder.refused = 38;
  findings.senders = {forwarder};
  const Conclusion c = conclude(findings);
  EXPECT_EQ(status_of(c.answer), 0);
  EXPECT_EQ(c.sentence,
            "Proven: in 30 days of evidence, no legitimate message would be refused; you accept "
            "that 1 sender (38 messages) is refused.");
}

TEST(Conclude, WhatAPlanLetsInIsHarm) {
  Findings findings;
  findings.of = Findings::Of::a_plan;
  Outlook one;
  one.standing = Standing::certain;
  one.looks = Looks::forged;
  one.messages = one.let_in = 3;
  findings.senders = {one};
  EXPECT_EQ(status_of(conclude(findings).answer), 1);
  findings.senders[0].standing = Standing::presumed;
  EXPECT_EQ(status_of(conclude(findings).answer), 3) << "whose it is must be asked first";
  findings.senders.clear();
  findings.others.refused = 4;
  EXPECT_EQ(status_of(conclude(findings).answer), 1);
}

TEST(Conclude, WhatAPlanMayLetInIsNeverProven) {
  Findings findings;
  findings.of = Findings::Of::a_plan;
  findings.days = 30;
  findings.let_in_facts = policy::Fact::certificate;
  Outlook one;
  one.standing = Standing::certain;
  one.looks = Looks::forged;
  one.messages = one.may_be_let_in = 10;
  findings.senders = {one};
  const Conclusion c = conclude(findings);
  EXPECT_EQ(status_of(c.answer), 3);
  EXPECT_EQ(c.sentence,
            "The plan is not proven: 10 messages from 1 sender that you call forged may come in "
            "through the plan, of which the evidence does not tell client certificate.");
  findings.senders[0].standing = Standing::presumed;
  EXPECT_EQ(status_of(conclude(findings).answer), 3) << "whose it is must be asked first";
}

TEST(Conclude, OtherMailThatMayBeRefusedIsNeverProven) {
  Findings findings;
  findings.of = Findings::Of::a_plan;
  findings.days = 30;
  findings.others.undetermined = 120;
  findings.others.facts = policy::Fact::certificate;
  Conclusion c = conclude(findings);
  EXPECT_EQ(status_of(c.answer), 3);
  EXPECT_EQ(c.sentence,
            "The plan is not proven: 120 messages that the switch does not concern, of which the "
            "evidence does not tell client certificate, may be refused.");
  findings.others = {};
  findings.others.hanging = 1;
  findings.others.choices = policy::Choice::connector_match;
  c = conclude(findings);
  EXPECT_EQ(status_of(c.answer), 3);
  EXPECT_NE(c.sentence.find("1 message that the switch does not concern may be refused, which "
                            "hangs on connector_match"),
            std::string::npos)
      << c.sentence;
}

}  // namespace
}  // namespace postern::impact
