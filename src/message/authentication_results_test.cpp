#include "message/authentication_results.hpp"

#include <gtest/gtest.h>

namespace postern::message {
namespace {

TEST(AuthenticationResults, StandardForm) {
  const auto r = parse_authentication_results(
      "mx.contoso.com 1; spf=pass smtp.mailfrom=news.example; dkim=fail reason=\"bad; signature\" "
      "header.d=news.example; dkim=pass (2048-bit key) header.d=contoso.com header.i=@contoso.com; "
      "dmarc=pass (p=reject dis=none) header.from=contoso.com");
  EXPECT_EQ(r.server, "mx.contoso.com");
  ASSERT_EQ(r.methods.size(), 4u);
  EXPECT_EQ(r.outcome("spf"), AuthResult::pass);
  EXPECT_EQ(r.outcome("dkim"), AuthResult::pass);  // one good signature is enough
  EXPECT_EQ(r.find("dkim")->result, AuthResult::fail);
  EXPECT_EQ(r.find("dkim")->reason, "bad; signature");
  EXPECT_EQ(r.find("dmarc")->property("header.from"), "contoso.com");
  EXPECT_EQ(r.find("dmarc")->comment, "p=reject dis=none");
}

TEST(AuthenticationResults, ExchangeOnlinesForm) {
  const auto r = parse_authentication_results(
      "spf=fail (sender IP is 203.0.113.66) smtp.mailfrom=contoso.com; dkim=none (message not "
      "signed) header.d=none;dmarc=fail action=oreject header.from=contoso.com;compauth=fail "
      "reason=001");
  EXPECT_EQ(r.server, "");
  EXPECT_EQ(r.outcome("spf"), AuthResult::fail);
  EXPECT_EQ(r.find("spf")->comment, "sender IP is 203.0.113.66");
  EXPECT_EQ(r.find("spf")->property("smtp.mailfrom"), "contoso.com");
  EXPECT_EQ(r.outcome("dkim"), AuthResult::none);
  EXPECT_EQ(r.find("dmarc")->property("action"), "oreject");
  EXPECT_EQ(r.outcome("compauth"), AuthResult::fail);
  EXPECT_EQ(r.find("compauth")->reason, "001");
}

TEST(AuthenticationResults, OlderExchangeOnlineNamesTheRecipientDomainBetweenMethods) {
  const auto r = parse_authentication_results(
      "spf=softfail (sender IP is 203.0.113.7) smtp.mailfrom=a.example; contoso.com; dkim=none; "
      "contoso.com; dmarc=bestguesspass action=none");
  EXPECT_EQ(r.server, "");
  EXPECT_EQ(r.outcome("spf"), AuthResult::soft_fail);
  EXPECT_EQ(r.outcome("dkim"), AuthResult::none);
  EXPECT_EQ(r.outcome("dmarc"), AuthResult::none);
  EXPECT_EQ(r.methods.size(), 3u);
}

TEST(AuthenticationResults, NoResultsAndOddSpace) {
  EXPECT_EQ(parse_authentication_results("mx.contoso.com; none").methods.size(), 0u);
  const auto r = parse_authentication_results("mx; DKIM / 1 = pass header.d = contoso.com");
  EXPECT_EQ(r.outcome("dkim"), AuthResult::pass);
  EXPECT_EQ(r.find("dkim")->property("header.d"), "contoso.com");
}

TEST(AuthenticationResults, WordsOfEachOutcome) {
  EXPECT_EQ(parse_auth_result("TempError"), AuthResult::temp_error);
  EXPECT_EQ(parse_auth_result("permerror"), AuthResult::perm_error);
  EXPECT_EQ(parse_auth_result("neutral"), AuthResult::neutral);
  EXPECT_EQ(parse_auth_result("softpass"), AuthResult::none);
  EXPECT_EQ(parse_auth_result("timeout"), AuthResult::temp_error);
  EXPECT_EQ(parse_auth_result("perhaps"), AuthResult::unknown);
  EXPECT_EQ(parse_auth_result(""), AuthResult::unknown);
}

TEST(AuthenticationResults, SurvivesGarbageAndIsBounded) {
  EXPECT_EQ(parse_authentication_results("").methods.size(), 0u);
  EXPECT_EQ(parse_authentication_results("=;==;(;\"=;/").outcome("spf"), AuthResult::unknown);
  std::string many = "mx";
  for (int i = 0; i < 1000; ++i)
    many += "; dkim=fail";
  EXPECT_EQ(parse_authentication_results(many).methods.size(), 100u);
}

}  // namespace
}  // namespace postern::message
