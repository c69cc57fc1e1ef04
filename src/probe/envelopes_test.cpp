#include "probe/envelopes.hpp"

#include <gtest/gtest.h>

namespace postern::probe {
namespace {

policy::Policy contoso(policy::RejectDirectSend state = policy::RejectDirectSend::on) {
  policy::Tenant tenant;
  tenant.name = "contoso";
  tenant.reject_direct_send = state;
  policy::AcceptedDomain domain;
  domain.name = "contoso.com";
  tenant.accepted_domains = {domain};
  return *policy::Policy::compile(tenant);
}

TEST(Envelopes, AreTheFiveOfTheMatrix) {
  const auto list = envelopes({"Ann@Contoso.com", "example.com"}, contoso());
  ASSERT_TRUE(list);
  ASSERT_EQ(list->size(), question_count);
  const char* const paths[] = {"Ann@contoso.com", "postern-probe@example.com",
                               "postern-probe@postern-probe.contoso.com", "",
                               "postern-probe@example.com"};
  for (std::size_t i = 0; i < question_count; ++i) {
    EXPECT_EQ((*list)[i].reverse_path, paths[i]);
    EXPECT_EQ((*list)[i].recipient, "Ann@contoso.com");
    EXPECT_EQ(letter_of((*list)[i].question), "ABCDE"[i]);
  }
  EXPECT_EQ(list->back().header_from, "Ann@contoso.com");
}

TEST(Envelopes, OfSomebodyElseAreRefused) {
  EXPECT_FALSE(envelopes({"bob@fabrikam.example", "example.com"}, contoso()));
  EXPECT_FALSE(envelopes({"ann@contoso.com", "contoso.com"}, contoso()));
  EXPECT_FALSE(envelopes({"ann@contoso.com", "com"}, contoso()));
}

TEST(Envelopes, NothingGetsIntoACommand) {
  for (const char* mailbox :
       {"", "ann", "@contoso.com", "a b@contoso.com", "a\r\nRCPT TO:<x@y>@contoso.com",
        "a>@contoso.com", "\"a\"@contoso.com", "a@b@contoso.com", "a,b@contoso.com"}) {
    EXPECT_FALSE(envelopes({mailbox, "example.com"}, contoso())) << mailbox;
  }
}

TEST(TestMessage, SaysWhatItIs) {
  const auto list = envelopes({"ann@contoso.com", "example.com"}, contoso());
  for (const Envelope& envelope : *list) {
    const std::string text = test_message(envelope, "id-1", 1'790'000'000);
    EXPECT_NE(text.find("\r\nX-Postern-Probe: " + std::string(1, letter_of(envelope.question)) +
                        "; id=id-1\r\n"),
              std::string::npos);
    EXPECT_NE(text.find("Subject: [Postern probe "), std::string::npos);
    EXPECT_NE(text.find("From: <" + envelope.header_from + ">\r\n"), std::string::npos);
    EXPECT_TRUE(text.ends_with("\r\n"));
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\n') {
        ASSERT_EQ(text[i - 1], '\r');
        ASSERT_NE(text.substr(i + 1, 1), ".") << "a dot would need doubling";
      }
    }
  }
}

TEST(TestMessage, TheDateIsThatOfRfc5322) {
  const auto list = envelopes({"ann@contoso.com", "example.com"}, contoso());
  const std::string text = test_message(list->front(), "i", 1'790'000'000);
  const auto at = text.find("Date: ") + 6;
  EXPECT_EQ(parse_mail_date(text.substr(at, text.find("\r\n", at) - at)), 1'790'000'000);
  EXPECT_NE(text.find("Date: Mon, 21 Sep 2026"), std::string::npos) << text;
}

TEST(Expected, FollowsTheSettings) {
  const auto list = envelopes({"ann@contoso.com", "example.com"}, contoso());
  EXPECT_EQ(expected((*list)[0], contoso()).reason, policy::Reason::direct_send_rejected);
  EXPECT_EQ(expected((*list)[0], contoso(policy::RejectDirectSend::off)).reason,
            policy::Reason::direct_send_allowed);
  EXPECT_EQ(expected((*list)[1], contoso()).reason, policy::Reason::external_sender);
  EXPECT_EQ(expected((*list)[3], contoso()).reason, policy::Reason::null_reverse_path);
}

}  // namespace
}  // namespace postern::probe
