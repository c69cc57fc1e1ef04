#include "auth/authentication_results_field.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include <gtest/gtest.h>

#include "base/ascii.hpp"
#include "message/authentication_results.hpp"
#include "message/header.hpp"

namespace postern::auth {
namespace {

AuthenticationResultsField field_with(std::string value) {
  AuthenticationResultsField field;
  field.authserv_id = "mx.example.com";
  MethodStatement spf;
  spf.method = "spf";
  spf.result = "pass";
  spf.properties = {{"smtp.mailfrom", std::move(value)}};
  field.methods = {spf};
  return field;
}

std::string written(std::string value) {
  const std::string text = write_authentication_results(field_with(std::move(value)));
  const std::string_view start = "mx.example.com;\r\n\tspf=pass smtp.mailfrom=";
  EXPECT_TRUE(text.starts_with(start)) << text;
  return text.substr(std::min(text.size(), start.size()));
}

TEST(AuthenticationResultsField, OneMethodALine) {
  AuthenticationResultsField field;
  field.authserv_id = "mx.example.com";
  MethodStatement spf{"spf", {}, "fail", "203.0.113.7 is not listed", "", {}};
  spf.properties = {{"smtp.mailfrom", "ann@example.com"}, {"smtp.helo", "mail.example.com"}};
  MethodStatement dkim{"dkim", 1, "pass", "", "good signature", {}};
  dkim.properties = {{"header.d", "example.com"},
                     {"header.i", "@example.com"},
                     {"header.b", "dzd/+yV="},
                     {"policy.expired", "no"}};
  MethodStatement dmarc{"dmarc", {}, "pass", "", "", {{"header.from", "example.com"}}};
  MethodStatement arc{"arc", {}, "none", "", "", {}};
  field.methods = {spf, dkim, dmarc, arc};
  EXPECT_EQ(write_authentication_results(field),
            "mx.example.com;\r\n"
            "\tspf=fail (203.0.113.7 is not listed) smtp.mailfrom=ann@example.com\r\n"
            "\tsmtp.helo=mail.example.com;\r\n"
            "\tdkim/1=pass reason=\"good signature\" header.d=example.com\r\n"
            "\theader.i=@example.com header.b=\"dzd/+yV=\" policy.expired=no;\r\n"
            "\tdmarc=pass header.from=example.com;\r\n"
            "\tarc=none");
}

TEST(AuthenticationResultsField, NoMethodIsNone) {
  AuthenticationResultsField field;
  field.authserv_id = "mx.example.com";
  EXPECT_EQ(write_authentication_results(field), "mx.example.com; none");
  field.version = 1;
  field.arc_instance = 2;
  EXPECT_EQ(write_authentication_results(field), "i=2; mx.example.com 1; none");
}

TEST(AuthenticationResultsField, QuotesWhatIsNoToken) {
  EXPECT_EQ(written("example.com"), "example.com");
  EXPECT_EQ(written("ann@example.com"), "ann@example.com");
  EXPECT_EQ(written(""), "\"\"");
  EXPECT_EQ(written("a b"), "\"a b\"");
  EXPECT_EQ(written("\"a\\b\"@example.com"), "\"\\\"a\\\\b\\\"@example.com\"");
  EXPECT_EQ(written("a;b=c@example.com"), "\"a;b=c@example.com\"");
  EXPECT_EQ(written("ann@[192.0.2.1]"), "\"ann@[192.0.2.1]\"");
  EXPECT_EQ(written("(comment"), "\"(comment\"");
}

TEST(AuthenticationResultsField, NoValueEndsTheLineOrItsQuotes) {
  EXPECT_EQ(written("a\r\nSubject: x"), "\"a??Subject: x\"");
  EXPECT_EQ(written("a\nb"), "\"a?b\"");
  EXPECT_EQ(written(std::string("a\0b", 3)), "\"a?b\"");
  EXPECT_EQ(written("a\xc2\x85"
                    "b"),
            "\"a??b\"");
  EXPECT_EQ(written("\"; dkim=pass header.d=bank.example"),
            "\"\\\"; dkim=pass header.d=bank.example\"");
  AuthenticationResultsField field = field_with("x");
  field.methods[0].comment = "a) smtp.mailfrom=b (\\\r\n";
  field.methods[0].properties.push_back({"header.d=x; dkim", "x"});
  field.methods.push_back({"dkim=pass;", {}, "pass", "", "", {}});
  field.methods.push_back({"dkim", {}, "pass\r\n", "", "", {}});
  EXPECT_EQ(write_authentication_results(field),
            "mx.example.com;\r\n\tspf=pass (a\\) smtp.mailfrom=b \\(\\\\?\?) smtp.mailfrom=x");
}

TEST(AuthenticationResultsField, FoldsAt78AndBoundsWhatCannotBeFolded) {
  AuthenticationResultsField field = field_with("x");
  for (int i = 0; i < 40; ++i)
    field.methods[0].properties.push_back({"policy.p" + std::to_string(i), "some value"});
  std::string text = "Authentication-Results: " + write_authentication_results(field);
  std::size_t lines = 0;
  for (const std::string_view line : split(text, '\n')) {
    EXPECT_LE(line.size(), 79u) << line;  // with CR
    ++lines;
  }
  EXPECT_GT(lines, 10u);
  text = write_authentication_results(field_with(std::string(5000, '"')));
  for (const std::string_view line : split(text, '\n'))
    EXPECT_LT(line.size(), 998u);
  EXPECT_TRUE(text.ends_with('"'));
}

TEST(AuthenticationResultsField, IsReadBack) {
  const std::string value = "odd \"local\\part\" (x); dkim=pass @ example.com";
  AuthenticationResultsField field = field_with(value);
  field.methods[0].reason = "because; of =this";
  const auto read =
      message::parse_authentication_results(message::unfold(write_authentication_results(field)));
  EXPECT_EQ(read.server, "mx.example.com");
  ASSERT_EQ(read.methods.size(), 1u);
  EXPECT_EQ(read.methods[0].property("smtp.mailfrom"), value);
  EXPECT_EQ(read.methods[0].reason, "because; of =this");
}

TEST(ForgesUs, KnowsOurIdBehindEveryTrick) {
  for (const char* text : {
           "mx.example.com; spf=pass",
           " mx.example.com;none",
           "mx.example.com",
           "MX.Example.COM; spf=pass",
           "mx.example.com 1; spf=pass",
           "mx.example.com\t1 ;x=y",
           "mx.example.com\"1\"; x=y",
           "\"mx.example.com\"; spf=pass",
           "\"mx.\"example\".com\"; spf=pass",
           "\"m\\x.example.com\"; spf=pass",
           "m\\x.example.com; spf=pass",
           "(comment; (nested) \\) \") mx.example.com (more); spf=pass",
           "mx(a).(b)example.com; spf=pass",
           "\r\n mx.example.com;\r\n\tspf=pass",
           "mx.\r\n\texample.com; spf=pass",
           "mx . example . com; spf=pass",
           "mx.example.com.; spf=pass",
           "mx.example.com spf=pass",
           "mx.example.com, spf=pass",
           "mx.example.com/1; spf=pass",
           "mx.example.com\xc2\xa0; spf=pass",
           "mx.example\xe3\x80\x82"
           "com; spf=pass",
           "\xef\xbd\x8dx.example.com; spf=pass",
           "=?utf-8?q?mx.example.com?=; spf=pass",
           "=?us-ascii?B?bXguZXhhbXBsZS5jb20=?=; spf=pass",
           "(never closed mx.example.com; spf=pass",
           "other.example \" mx.example.com; spf=pass",
           "other.example; spf=pass (mx.example.com",
       })
    EXPECT_TRUE(forges_us(text, "mx.example.com")) << text;
  EXPECT_TRUE(forges_us(std::string_view("mx.exa\0mple.com; none", 21), "mx.example.com"));
  EXPECT_TRUE(forges_us("mx.example.com; none", "MX.example.com."));
  EXPECT_TRUE(
      forges_us("b\xc3\xbc"
                "cher.example; none",
                "xn--bcher-kva.example"));
  EXPECT_TRUE(forges_us("xn--bcher-kva.example; none", "xn--bcher-kva.example"));
}

TEST(ForgesUs, LeavesTheFieldsOfOthers) {
  for (const char* text : {
           "",
           "mx2.example.com; spf=pass",
           "mx.example.com.evil.example; spf=pass",
           "smx.example.com; spf=pass",
           "example.com; spf=pass",
           "other.example; spf=pass smtp.helo=mx.example.com",
           "other.example (mx.example.com); spf=pass",
           "other.example; spf=pass (mx.example.com)",
           "spf=pass smtp.mailfrom=mx.example.com; dkim=none",
           "other.example (never closed; spf=pass",
           "\xff\xfe; spf=pass",
       })
    EXPECT_FALSE(forges_us(text, "mx.example.com")) << text;
  EXPECT_FALSE(forges_us("mx12; none", "mx1"));
  EXPECT_FALSE(forges_us("mx.example.com; none", ""));
  EXPECT_FALSE(forges_us("; none", "\"\""));
}

}  // namespace
}  // namespace postern::auth
