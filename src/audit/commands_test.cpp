#include "audit/commands.hpp"

#include <string>

#include <gtest/gtest.h>

#include "tenant/load.hpp"

namespace postern::audit {
namespace {

tenant::Configuration tenant_of(const std::string& toml) {
  auto read = tenant::parse("reject_direct_send = false\n" + toml, "tenant.toml");
  EXPECT_TRUE(read.has_value()) << read.error().line();
  return read ? *read : tenant::Configuration{};
}

std::string domain(const std::string& name, const std::string& mx) {
  return "[[accepted_domain]]\nname = \"" + name + "\"\nmx = [\"" + mx + "\"]\n";
}

const char* const gateway = "mx0a-00000001.pphosted.com";

TEST(LockDownCommand, NamesTheCertificateOfTheGatewayThatTheMxNames) {
  const LockDown found = lock_down_for(tenant_of(domain("contoso.com", gateway)));
  EXPECT_NE(found.command.find("-SenderDomains * "), std::string::npos) << found.command;
  EXPECT_NE(found.command.find("-TlsSenderCertificateName '*.pphosted.com'"), std::string::npos)
      << found.command;
  EXPECT_NE(found.command.find("-RestrictDomainsToCertificate $true"), std::string::npos);
  EXPECT_NE(found.advice.find("is refused as soon as it is there (5.7.51)"), std::string::npos);
}

// It would refuse whatever the world sends to the second domain.
TEST(LockDownCommand, IsNotPrintedWhereOneMxIsMicrosofts) {
  const LockDown found =
      lock_down_for(tenant_of(domain("contoso.com", gateway) +
                              domain("fabrikam.com", "fabrikam-com.mail.protection.outlook.com")));
  EXPECT_EQ(found.command, "");
  EXPECT_NE(found.advice.find("an MX of fabrikam.com is Microsoft's"), std::string::npos)
      << found.advice;
}

TEST(LockDownCommand, IsNotPrintedForAGatewayWhoseCertificateIsNotKnown) {
  const LockDown found = lock_down_for(tenant_of(domain("contoso.com", "mx.gateway.example")));
  EXPECT_EQ(found.command, "");
  EXPECT_NE(found.advice.find("mx.gateway.example present is not known"), std::string::npos)
      << found.advice;
}

TEST(LockDownCommand, IsNotPrintedWhereAnMxWasNotRead) {
  const LockDown found = lock_down_for(
      tenant_of(domain("contoso.com", gateway) + "[[accepted_domain]]\nname = \"fabrikam.com\"\n"));
  EXPECT_EQ(found.command, "");
  EXPECT_NE(found.advice.find("the MX of fabrikam.com is not known"), std::string::npos)
      << found.advice;
}

TEST(Commands, CarryTheTenantsOwnNames) {
  EXPECT_EQ(remove_from_list("Set-HostedContentFilterPolicy", "O'Brien", "AllowedSenderDomains",
                             {"a.example", "b.example"}),
            "Set-HostedContentFilterPolicy -Identity 'O''Brien' -AllowedSenderDomains "
            "@{Remove='a.example','b.example'}");
  EXPECT_EQ(set_flag("Set-DkimSigningConfig", "contoso.com", "Enabled", true),
            "Set-DkimSigningConfig -Identity 'contoso.com' -Enabled $true");
  EXPECT_EQ(set_flag("Set-X", "a\nb", "Y", false), "");
  EXPECT_EQ(remove_from_list("Set-X", "Default", "Y", {}), "");
}

TEST(SharedCertificate, IsThatOfAServiceWithManyCustomers) {
  EXPECT_TRUE(is_shared_certificate("*.smtp.sendgrid.net"));
  EXPECT_TRUE(is_shared_certificate("*.sendgrid.net"));
  EXPECT_TRUE(is_shared_certificate("mail.protection.outlook.com"));
  EXPECT_FALSE(is_shared_certificate("mail.contoso.com"));
}

}  // namespace
}  // namespace postern::audit
