#include "policy/clouds.hpp"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace postern::policy {
namespace {

TEST(Clouds, EachHasOneRowThatIsFilled) {
  std::set<Cloud> seen;
  for (const CloudRow& row : clouds()) {
    EXPECT_TRUE(seen.insert(row.cloud).second) << name_of(row.cloud);
    EXPECT_EQ(row_of(row.cloud).cloud, row.cloud);
    for (const std::string_view base : {row.sign_in, row.exchange, row.graph}) {
      EXPECT_TRUE(base.starts_with("https://") && !base.ends_with('/')) << base;
    }
    EXPECT_FALSE(row.mail->front_doors.empty() || row.mail->submission.empty() ||
                 row.mail->servers.empty() || row.mail->certificates.empty())
        << name_of(row.cloud);
  }
  EXPECT_EQ(seen.size(), 5u);
  EXPECT_FALSE(seen.contains(Cloud::none));
}

// Hosts as they were met in MX records, mail logs and Received lines.
TEST(Clouds, FrontDoors) {
  for (const char* host :
       {"contoso-com.mail.protection.outlook.com", "contoso-com.a-v1.mx.microsoft",
        "contoso-com.mail.eo.outlook.com", "contoso-com.mail.protection.office365.us",
        "CY1USG02FT007.mail.protection.office365.us",
        "contoso-cn.mail.protection.partner.outlook.cn", "A.Mail.Protection.Outlook.COM"}) {
    EXPECT_TRUE(is_front_door(host)) << host;
    EXPECT_TRUE(is_exchange_online_host(host)) << host;
    EXPECT_FALSE(is_submission_host(host)) << host;
  }
  for (const char* host :
       {"mail.protection.outlook.com", "evilmx.microsoft", "mx.microsoft",
        "evilmail.protection.outlook.com", "mail.protection.outlook.com.gateway.example", "",
        "smtp.hve.mx.microsoft"}) {
    EXPECT_FALSE(is_front_door(host)) << host;
  }
}

TEST(Clouds, SubmissionHosts) {
  for (const char* host : {"smtp.office365.com", "SMTP.Office365.com", "smtp-legacy.office365.com",
                           "smtp-hve.office365.com", "smtp.hve.mx.microsoft", "smtp.office365.us",
                           "outlook-dod.office365.us", "smtp.partner.outlook.cn"}) {
    EXPECT_TRUE(is_submission_host(host)) << host;
    EXPECT_FALSE(is_front_door(host)) << host;
  }
  EXPECT_FALSE(is_submission_host("evil.smtp.office365.com"));
}

TEST(Clouds, ServersInsideAndAtTheWayOut) {
  for (const char* host :
       {"AM5PR01MB1234.eurprd01.prod.outlook.com", "BN0P110MB2148.NAMP110.PROD.OUTLOOK.COM",
        "DS0PR01MB8010.prod.exchangelabs.com", "ZQ4PR01MB1202.CHNPR01.prod.partner.outlook.cn"}) {
    EXPECT_TRUE(is_exchange_online_host(host)) << host;
    EXPECT_TRUE(is_exchange_online_sender(host)) << host;
    EXPECT_TRUE(is_exchange_online_id(host)) << host;
  }
  for (const char* host : {"mail-am5eur01on2045.outbound.protection.outlook.com",
                           "USG02-CY1-obe.outbound.protection.office365.us",
                           "mail-sh0chn02on2112.outbound.protection.partner.outlook.cn"}) {
    EXPECT_TRUE(is_exchange_online_host(host)) << host;
    EXPECT_TRUE(is_exchange_online_sender(host)) << host;
    EXPECT_FALSE(is_exchange_online_id(host)) << host;
  }
  for (const char* host : {"SN1P110CA0028.office365.us",
                           "CY1USG02FT007.eop-usg02.itar.protection."
                           "office365.us"}) {
    EXPECT_TRUE(is_exchange_online_host(host)) << host;
    EXPECT_FALSE(is_exchange_online_sender(host)) << host;
  }
  for (const char* host :
       {"evilprod.outlook.com", "prod.outlook.com.example", "mail.outlook.com"}) {
    EXPECT_FALSE(is_exchange_online_host(host)) << host;
    EXPECT_FALSE(is_exchange_online_sender(host)) << host;
  }
}

TEST(Clouds, CertificatesThatAllCustomersShare) {
  for (const char* name : {"mail.protection.outlook.com", "*.outlook.com", "outlook.com",
                           "mail.protection.office365.us", "*.partner.outlook.cn"}) {
    EXPECT_TRUE(is_exchange_online_certificate(name)) << name;
  }
  EXPECT_FALSE(is_exchange_online_certificate("mail.contoso.com"));
  EXPECT_FALSE(is_exchange_online_certificate("notoutlook.com"));
}

TEST(Clouds, InitialDomains) {
  for (const char* name : {"contoso.onmicrosoft.com", "contoso.mail.onmicrosoft.com",
                           "contoso.onmicrosoft.us", "contoso.partner.onmschina.cn"}) {
    EXPECT_TRUE(is_onmicrosoft(name)) << name;
  }
  EXPECT_FALSE(is_onmicrosoft("contoso.notonmicrosoft.com"));
  EXPECT_EQ(cloud_of_initial_domain("contoso.onmicrosoft.com"), std::nullopt);
  EXPECT_EQ(cloud_of_initial_domain("contoso.onmicrosoft.us"), Cloud::gcc_high);
  EXPECT_EQ(cloud_of_initial_domain("contoso.partner.onmschina.cn"), Cloud::china);
  EXPECT_EQ(cloud_of_initial_domain("contoso.com"), std::nullopt);
}

TEST(Clouds, TheSwitchIsMissingFromGccHighAndDoD) {
  for (const CloudRow& row : clouds()) {
    EXPECT_EQ(row.has_reject_direct_send, row.cloud != Cloud::gcc_high && row.cloud != Cloud::dod);
  }
}

}  // namespace
}  // namespace postern::policy
