// The matrix of direct-send.md 1.5.
#include "probe/conclude.hpp"

#include <cstddef>

#include <gtest/gtest.h>

namespace postern::probe {
namespace {

constexpr const char* refused =
    "5.7.68 TenantInboundAttribution; Direct Send not allowed for this organization";
constexpr const char* locked = "5.7.51 TenantInboundAttribution; There is a partner connector";

Observation observed(Question question, smtp::Stage stage, int code, std::string text) {
  Observation out;
  out.envelope.question = question;
  out.answered = true;
  out.stage = stage;
  const std::size_t space = text.find(' ');
  out.reply = {code, text.substr(0, space), text.substr(space + 1)};
  out.meaning = meaning_of(stage, out.reply);
  return out;
}

std::string answers(const std::vector<Observation>& list, bool sent) {
  const Conclusion c = conclude(list, sent, false);
  return std::string(name_of(c.direct_send_refused.answer)) + ", " +
         std::string(name_of(c.locked_down.answer));
}

Observation a(smtp::Stage stage, int code, const char* text) {
  return observed(Question::own_domain, stage, code, text);
}
Observation b(smtp::Stage stage, int code, const char* text) {
  return observed(Question::foreign_domain, stage, code, text);
}

constexpr auto rcpt = smtp::Stage::rcpt;
constexpr auto message = smtp::Stage::message;

TEST(Conclude, TheMatrix) {
  EXPECT_EQ(answers({a(rcpt, 550, refused), b(rcpt, 250, "2.1.5 ok")}, false), "yes, inconclusive");
  EXPECT_EQ(answers({a(message, 550, refused), b(message, 250, "2.6.0 ok")}, true), "yes, no");
  EXPECT_EQ(answers({a(rcpt, 550, locked), b(rcpt, 550, locked)}, false), "inconclusive, yes");
  EXPECT_EQ(answers({a(message, 250, "2.6.0 ok"), b(message, 250, "2.6.0 ok")}, true), "no, no");
  EXPECT_EQ(answers({a(rcpt, 250, "2.1.5 ok"), b(rcpt, 250, "2.1.5 ok")}, false),
            "inconclusive, inconclusive");
  EXPECT_EQ(answers({a(rcpt, 550, locked), b(message, 250, "2.6.0 ok")}, true), "inconclusive, no");
  EXPECT_EQ(answers({}, true), "inconclusive, inconclusive");
}

TEST(Conclude, WhatProvesNothingIsInconclusiveAndSaysWhatWould) {
  for (const char* text :
       {"5.1.10 RESOLVER.ADR.RecipientNotFound", "5.7.606 Access denied, banned sending IP",
        "5.7.64 TenantAttribution; Relay Access Denied", "5.7.1 TRANSPORT.RULES.RejectMessage",
        "5.7.509 does not pass DMARC verification", "5.7.1 whatever", "4.4.62 ATTR35"}) {
    const Conclusion c = conclude({a(rcpt, 550, text), b(rcpt, 550, text)}, true, false);
    for (const Finding* finding : {&c.direct_send_refused, &c.locked_down}) {
      EXPECT_EQ(finding->answer, Answer::inconclusive) << text;
      EXPECT_FALSE(finding->would_prove.empty()) << text;
      EXPECT_NE(finding->because.find("at RCPT TO"), std::string::npos) << finding->because;
    }
  }
}

TEST(Conclude, ABrokenSessionIsInconclusive) {
  Observation broken;
  broken.fault = "Connection refused";
  const Conclusion c = conclude({broken}, true, false);
  EXPECT_EQ(c.direct_send_refused.answer, Answer::inconclusive);
  EXPECT_NE(c.direct_send_refused.because.find("Connection refused"), std::string::npos);
}

TEST(Conclude, WhatTheRuleDoesNotAllowIsSaid) {
  for (const Question question :
       {Question::foreign_domain, Question::null_sender, Question::foreign_with_own_from}) {
    const Conclusion c = conclude({observed(question, rcpt, 550, refused)}, false, false);
    ASSERT_FALSE(c.notes.empty());
    EXPECT_NE(c.notes.front().find("please report it"), std::string::npos);
  }
}

TEST(Conclude, SettingsThatSayOtherwiseAreNamed) {
  Observation open = a(message, 250, "2.6.0 ok");
  open.expected.action = policy::Action::reject;
  open.expected.reason = policy::Reason::direct_send_rejected;
  const Conclusion c = conclude({open}, true, true);
  EXPECT_EQ(c.direct_send_refused.answer, Answer::no);
  EXPECT_NE(c.direct_send_refused.because.find("in no inbound connector"), std::string::npos);
  ASSERT_FALSE(c.notes.empty());
  EXPECT_NE(c.notes.back().find("the settings say that it is refused"), std::string::npos);
}

}  // namespace
}  // namespace postern::probe
