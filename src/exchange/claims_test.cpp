// Tokens looked into.
#include "exchange/claims.hpp"

#include <utility>

#include <gtest/gtest.h>

#include "exchange/testing/scripted_transport.hpp"

namespace postern::exchange {
namespace {

TEST(Claims, OfAnApplication) {
  const auto claims = read_claims(testing::token_of(
      R"({"aud":"https://outlook.office365.com","tid":"ABCDEF01-0000-0000-0000-000000000000",)"
      R"("appid":"app","roles":["Exchange.ManageAsApp"],"exp":1790000000})"));
  ASSERT_TRUE(claims) << claims.error().line();
  EXPECT_EQ(claims->tenant_id, "abcdef01-0000-0000-0000-000000000000");
  EXPECT_TRUE(claims->has_role("exchange.manageasapp"));
  EXPECT_FALSE(claims->is_delegated());
  EXPECT_EQ(claims->expires, 1790000000);
}

TEST(Claims, OfAUser) {
  const auto claims = read_claims(
      testing::token_of(R"({"upn":"ann@contoso.com","scp":"Mail.Read Exchange.Manage"})"));
  ASSERT_TRUE(claims);
  EXPECT_TRUE(claims->is_delegated());
  EXPECT_TRUE(claims->has_scope("Exchange.Manage"));
  EXPECT_EQ(claims->user, "ann@contoso.com");
}

TEST(Claims, ValuesOfTheWrongKindCountAsAbsent) {
  const auto claims =
      read_claims(testing::token_of(R"({"aud":5,"roles":"x","scp":[],"exp":"soon","tid":null})"));
  ASSERT_TRUE(claims);
  EXPECT_TRUE(claims->audience.empty() && claims->roles.empty() && claims->scopes.empty());
  EXPECT_EQ(claims->expires, 0);
}

TEST(Claims, WhatIsNoTokenIsNotQuoted) {
  for (const std::string text :
       {"", "secretive", "a.b", "a.b.c.d", "a.!!!.c", "a.Zm9v.c", "a.W10.c"}) {
    const auto claims = read_claims(text);
    ASSERT_FALSE(claims) << text;
    if (!text.empty()) {
      EXPECT_EQ(claims.error().line().find(text), std::string::npos);
    }
  }
}

TEST(Guid, Form) {
  EXPECT_TRUE(is_guid("bb558c35-97f1-4cb9-8ff7-d53741dc928c"));
  EXPECT_FALSE(is_guid("bb558c35-97f1-4cb9-8ff7-d53741dc928"));
  EXPECT_FALSE(is_guid("bb558c35x97f1-4cb9-8ff7-d53741dc928c"));
  EXPECT_FALSE(is_guid("contoso.onmicrosoft.com"));
}

}  // namespace
}  // namespace postern::exchange
