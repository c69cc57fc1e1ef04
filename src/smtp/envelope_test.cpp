// The grammar's cases stand in tests/dialogues/envelope.smtp; here is what they can't show.
#include "smtp/envelope.hpp"

#include <gtest/gtest.h>

namespace postern::smtp {
namespace {

TEST(ParseMail, GivesTheParameters) {
  const auto mail = parse_mail(
      "FROM:<@relay.example:Ann@B\xc3\xbc"
      "cher.example> size=12 Body=8bitmime SMTPUTF8 AUTH=a+2Bb");
  ASSERT_TRUE(mail);
  EXPECT_EQ(mail->wire(),
            "<Ann@B\xc3\xbc"
            "cher.example>");
  EXPECT_EQ(mail->path.address.domain, "xn--bcher-kva.example");
  EXPECT_EQ(mail->size, 12u);
  EXPECT_EQ(mail->body, Body::eight_bit_mime);
  EXPECT_TRUE(mail->smtputf8);
  EXPECT_EQ(mail->auth, "a+b");
}

TEST(ParseMail, GivesTheNullPath) {
  const auto mail = parse_mail("FROM:<>");
  ASSERT_TRUE(mail);
  EXPECT_TRUE(mail->path.null);
  EXPECT_EQ(mail->wire(), "<>");
}

TEST(ParseRcpt, GivesTheDomainInNormalForm) {
  EXPECT_EQ(parse_rcpt("TO:<Bob@CONTOSO.com>", false)->domain, "contoso.com");
  EXPECT_EQ(parse_rcpt("TO:<Bob@CONTOSO.com>", false)->text, "Bob@CONTOSO.com");
  EXPECT_EQ(parse_rcpt("TO:<postmaster>", false)->domain, "");
}

TEST(Xtext, ReadsBackWhatItWrote) {
  std::string all;
  for (int c = 32; c < 256; ++c)
    if (c != 127) all += static_cast<char>(c);
  const std::string text = encode_xtext(all);
  EXPECT_EQ(text.find_first_of(" ="), std::string::npos);
  EXPECT_EQ(decode_xtext(text), all);
  EXPECT_FALSE(decode_xtext("a+0A"));
  EXPECT_FALSE(decode_xtext("a+4"));
  EXPECT_FALSE(decode_xtext("a+zz"));
}

TEST(HeloName, IsAnyWordOfReasonableLength) {
  EXPECT_TRUE(is_helo_name("HQ_3F-MFP"));
  EXPECT_TRUE(is_helo_name("[IPv6:::1]"));
  EXPECT_FALSE(is_helo_name(""));
  EXPECT_FALSE(is_helo_name("a b"));
  EXPECT_FALSE(is_helo_name("a\x7f"));
  EXPECT_FALSE(is_helo_name(std::string(256, 'a')));
}

}  // namespace
}  // namespace postern::smtp
