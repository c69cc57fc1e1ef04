#include "policy/tenant.hpp"

#include <gtest/gtest.h>

namespace postern::policy {
namespace {

TEST(SenderDomain, ReadsEveryFormThatExchangeShows) {
  EXPECT_EQ(parse_sender_domain("smtp:*;1")->text(), "*");
  EXPECT_EQ(parse_sender_domain("smtp:Contoso.com;10")->text(), "contoso.com");
  EXPECT_EQ(parse_sender_domain("smtp:Contoso.com;10")->cost, 10);
  EXPECT_EQ(parse_sender_domain("*.contoso.com")->text(), "*.contoso.com");
  EXPECT_EQ(parse_sender_domain("SMTP:bücher.example;1")->name, "xn--bcher-kva.example");
}

TEST(SenderDomain, RefusesWhatExchangeRefuses) {
  EXPECT_NE(parse_sender_domain("mail.*.contoso.com").error().what.find("embedded wildcard"),
            std::string::npos);
  EXPECT_NE(parse_sender_domain("x400:c=us;1").error().what.find("not an SMTP"), std::string::npos);
  EXPECT_NE(parse_sender_domain("smtp:contoso.com;x").error().what.find("cost"), std::string::npos);
  EXPECT_FALSE(parse_sender_domain(""));
}

TEST(CertificateName, ReadsNamesAndTheHybridWizardsOldForm) {
  EXPECT_EQ(*parse_certificate_name("Mail.Contoso.com"), "mail.contoso.com");
  EXPECT_EQ(*parse_certificate_name("*.contoso.com"), "*.contoso.com");
  EXPECT_EQ(*parse_certificate_name(""), "");
  EXPECT_EQ(*parse_certificate_name("<I>CN=Example CA, O=Example<S>CN=mail.contoso.com, OU=IT"),
            "mail.contoso.com");
  EXPECT_FALSE(parse_certificate_name("<I>CN=Example CA<S>O=Contoso"));
  EXPECT_FALSE(parse_certificate_name("not a name"));
}

}  // namespace
}  // namespace postern::policy
