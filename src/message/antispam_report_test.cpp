#include "message/antispam_report.hpp"

#include <gtest/gtest.h>

namespace postern::message {
namespace {

TEST(AntispamReport, ReadsWhatItKnows) {
  const auto r = parse_antispam_report(
      "CIP:203.0.113.66;CTRY:RU;LANG:en;SCL:9;SRV:;IPV:NLI;SFV:SPM;H:[127.0.0.1];"
      "PTR:InfoDomainNonexistent;CAT:SPOOF;SFS:(13230040);DIR:INB;");
  EXPECT_EQ(r.connecting_ip.value().text(), "203.0.113.66");
  EXPECT_EQ(r.country, "RU");
  EXPECT_EQ(r.helo, "[127.0.0.1]");
  EXPECT_EQ(r.reverse_name, "");
  EXPECT_EQ(r.verdict, "SPM");
  EXPECT_EQ(r.spam_confidence, 9);
  EXPECT_EQ(r.category, "SPOOF");
  EXPECT_EQ(r.direction, "INB");
}

TEST(AntispamReport, FoldedFormAndIpv6) {
  const auto r = parse_antispam_report(
      "CIP:2001:db8::7; CTRY:; SCL:-1; H:mx.example; PTR:mx.example; DIR:INB; ");
  EXPECT_EQ(r.connecting_ip.value().text(), "2001:db8::7");
  EXPECT_EQ(r.reverse_name, "mx.example");
  EXPECT_EQ(r.spam_confidence, -1);
}

TEST(AntispamReport, MailSubmittedInsideHasNoAddress) {
  const auto r = parse_antispam_report("CIP:255.255.255.255;CTRY:;SCL:1;DIR:INT;");
  EXPECT_TRUE(r.submitted_inside);
  EXPECT_EQ(r.connecting_ip, std::nullopt);
}

TEST(AntispamReport, SurvivesGarbage) {
  const auto r = parse_antispam_report(";;:;SCL:many;SCL:99;CIP:not;CIP");
  EXPECT_EQ(r.connecting_ip, std::nullopt);
  EXPECT_EQ(r.spam_confidence, std::nullopt);
  EXPECT_FALSE(r.submitted_inside);
}

}  // namespace
}  // namespace postern::message
