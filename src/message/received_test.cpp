#include "message/received.hpp"

#include <gtest/gtest.h>

namespace postern::message {
namespace {

std::string ip(const Received& r) {
  return r.client_ip ? r.client_ip->text() : "-";
}

TEST(Received, ExchangeOnline) {
  const auto r = parse_received(
      "from scanner.contoso.com (203.0.113.7) by AM5PEPF00000001.mail.protection.outlook.com "
      "(10.167.16.52) with Microsoft SMTP Server (version=TLS1_2, "
      "cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20.9769.17 via Frontend Transport; "
      "Thu, 1 Oct 2026 08:15:30 +0000");
  EXPECT_EQ(r.helo, "scanner.contoso.com");
  EXPECT_EQ(r.client_hostname, "");
  EXPECT_EQ(ip(r), "203.0.113.7");
  EXPECT_EQ(r.by, "AM5PEPF00000001.mail.protection.outlook.com");
  EXPECT_EQ(r.with, "Microsoft SMTP Server");
  EXPECT_EQ(r.tls, true);
  EXPECT_FALSE(r.authenticated);
  EXPECT_EQ(format_time(r.time.value()), "2026-10-01T08:15:30Z");
}

TEST(Received, ExchangeOnlineWithoutTlsAndWithALiteralHelo) {
  const auto r = parse_received(
      "from [127.0.0.1] (203.0.113.9) by X.mail.protection.outlook.com (10.0.0.1) with Microsoft "
      "SMTP Server id 15.20.9769.17 via Frontend Transport; Thu, 1 Oct 2026 08:15:30 +0000");
  EXPECT_EQ(r.helo, "[127.0.0.1]");
  EXPECT_EQ(ip(r), "203.0.113.9");
  EXPECT_EQ(r.tls, false);
}

TEST(Received, ExchangeOnlineInside) {
  const auto r = parse_received(
      "from AM0PR01MB1.eurprd01.prod.outlook.com ([fe80::30b2:3be9:48ab:c354]) by "
      "AM0PR01MB1.eurprd01.prod.outlook.com ([fe80::30b2:3be9:48ab:c354%6]) with mapi id "
      "15.20.9769.018; Thu, 1 Oct 2026 08:15:30 +0000");
  EXPECT_EQ(ip(r), "fe80::30b2:3be9:48ab:c354");
  EXPECT_EQ(r.with, "mapi");
  EXPECT_EQ(r.tls, std::nullopt);
}

TEST(Received, Postfix) {
  const auto r = parse_received(
      "from mail.partner.example (mx1.partner.example [IPv6:2001:db8::25])\t(using TLSv1.3 with "
      "cipher TLS_AES_256_GCM_SHA384 (256/256 bits))\t(No client certificate requested)\tby "
      "mx.contoso.com (Postfix) with ESMTPS id 4fq\tfor <anna@contoso.com>; Thu,  1 Oct 2026 "
      "10:15:30 +0200 (CEST)");
  EXPECT_EQ(r.helo, "mail.partner.example");
  EXPECT_EQ(r.client_hostname, "mx1.partner.example");
  EXPECT_EQ(ip(r), "2001:db8::25");
  EXPECT_EQ(r.by, "mx.contoso.com");
  EXPECT_EQ(r.with, "ESMTPS");
  EXPECT_EQ(r.recipient, "anna@contoso.com");
  EXPECT_EQ(r.tls, true);
  EXPECT_EQ(format_time(r.time.value()), "2026-10-01T08:15:30Z");
}

TEST(Received, PostfixWithoutReverseNameOrTls) {
  const auto r = parse_received(
      "from scanner (unknown [203.0.113.7]) by mx.contoso.com (Postfix) "
      "with SMTP id 1; Thu, 1 Oct 2026 08:15:30 +0000");
  EXPECT_EQ(r.client_hostname, "");
  EXPECT_EQ(ip(r), "203.0.113.7");
  EXPECT_EQ(r.tls, false);
}

TEST(Received, PostfixSubmission) {
  const auto r = parse_received(
      "from laptop (dsl.isp.example [203.0.113.8]) (Authenticated sender: anna) by mx.contoso.com "
      "(Postfix) with ESMTPSA id 1 for <bob@contoso.com>; Thu, 1 Oct 2026 08:15:30 +0000");
  EXPECT_TRUE(r.authenticated);
  EXPECT_EQ(r.tls, true);
}

TEST(Received, Exim) {
  const auto r = parse_received(
      "from mx1.partner.example ([203.0.113.7]:4123 helo=mail.partner.example) by mx.contoso.com "
      "with esmtps (TLS1.3) tls TLS_AES_256_GCM_SHA384 (Exim 4.96) (envelope-from "
      "<a@partner.example>) id 1abc-0001 for anna@contoso.com; Thu, 01 Oct 2026 08:15:30 +0000");
  EXPECT_EQ(r.helo, "mail.partner.example");
  EXPECT_EQ(r.client_hostname, "mx1.partner.example");
  EXPECT_EQ(ip(r), "203.0.113.7");
  EXPECT_EQ(r.tls, true);
  EXPECT_EQ(r.recipient, "anna@contoso.com");
}

TEST(Received, EximWithoutReverseName) {
  const auto r = parse_received(
      "from [203.0.113.7] (helo=scanner) by mx.contoso.com with smtp "
      "(Exim 4.96) id 1; Thu, 1 Oct 2026 08:15:30 +0000");
  EXPECT_EQ(r.helo, "scanner");
  EXPECT_EQ(r.client_hostname, "");
  EXPECT_EQ(ip(r), "203.0.113.7");
  const auto bare = parse_received("from [203.0.113.7] by mx.contoso.com with esmtp (Exim 4.96)");
  EXPECT_EQ(ip(bare), "203.0.113.7");
}

TEST(Received, Gmail) {
  const auto r = parse_received(
      "from mail-sor-f41.google.com (mail-sor-f41.google.com. [209.85.220.41]) by mx.google.com "
      "with SMTPS id f15sor1 for <anna@contoso.com> (Google Transport Security); Thu, 01 Oct 2026 "
      "01:15:30 -0700 (PDT)");
  EXPECT_EQ(r.client_hostname, "mail-sor-f41.google.com");
  EXPECT_EQ(ip(r), "209.85.220.41");
  EXPECT_EQ(r.tls, true);
}

TEST(Received, SendmailAndQmail) {
  const auto sendmail = parse_received(
      "from claims.example (IDENT:root@real.example [203.0.113.7] (may be forged)) by mx (8.17/8) "
      "with ESMTP id 1; Thu, 1 Oct 2026 08:15:30 +0000");
  EXPECT_EQ(sendmail.helo, "claims.example");
  EXPECT_EQ(sendmail.client_hostname, "real.example");
  EXPECT_EQ(ip(sendmail), "203.0.113.7");
  const auto qmail = parse_received(
      "from unknown (HELO mail.sender.example) (203.0.113.5) by mx.contoso.com with SMTP; 1 Oct "
      "2026 08:15:30 -0000");
  EXPECT_EQ(qmail.helo, "mail.sender.example");
  EXPECT_EQ(qmail.client_hostname, "");
  EXPECT_EQ(ip(qmail), "203.0.113.5");
}

TEST(Received, AClaimedAddressIsNotTheClients) {
  // Only the HELO name holds an address; the server noted none.
  const auto r = parse_received(
      "from [198.51.100.1] by mx.contoso.com with SMTP; Thu, 1 Oct 2026 "
      "08:15:30 +0000");
  EXPECT_EQ(ip(r), "-");
  const auto both = parse_received("from [198.51.100.1] (unknown [203.0.113.7]) by mx with SMTP");
  EXPECT_EQ(ip(both), "203.0.113.7");
}

TEST(Received, ANameThatLooksLikeAKeyword) {
  const auto r = parse_received("from by (unknown [203.0.113.7]) by mx.contoso.com with SMTP");
  EXPECT_EQ(r.helo, "by");
  EXPECT_EQ(r.by, "mx.contoso.com");
}

TEST(Received, SurvivesGarbage) {
  EXPECT_EQ(ip(parse_received("")), "-");
  EXPECT_EQ(ip(parse_received("from")), "-");
  EXPECT_EQ(ip(parse_received("from ((((( by ;;;; with")), "-");
  EXPECT_EQ(
      parse_received("by 2002:a05:6102::1 with SMTP id a6; Tue, 28 Sep 2021 20:57:32 -0700").by,
      "2002:a05:6102::1");
  EXPECT_EQ(parse_received("from a by b with ESMTP id 1").time, std::nullopt);
}

}  // namespace
}  // namespace postern::message
