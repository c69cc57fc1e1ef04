#include "gate/received_field.hpp"

#include <gtest/gtest.h>

#include "message/header.hpp"
#include "message/received.hpp"

namespace postern::gate {
namespace {

TEST(ReceivedField, IsReadByOurOwnReader) {
  smtp::ClientAttributes client;
  client.address = IpAddress::parse("2001:db8::7");
  client.name = "mfp.contoso.com";
  client.helo = "printer";
  client.esmtp = true;
  ReceivedFacts facts;
  facts.client = &client;
  facts.by = "gate.example";
  facts.id = "1.2.3";
  facts.recipient = "ann@contoso.com";
  facts.tls_version = "TLSv1.3";
  facts.tls_cipher = "TLS_AES_256_GCM_SHA384";
  facts.authenticated = true;
  facts.time = 1795521600;
  const std::string field = received_field(facts);
  EXPECT_EQ(field,
            "Received: from printer (mfp.contoso.com [IPv6:2001:db8::7])\r\n"
            "\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384)\r\n"
            "\tby gate.example (Postern) with ESMTPSA id 1.2.3\r\n"
            "\tfor <ann@contoso.com>;\r\n"
            "\tTue, 24 Nov 2026 12:00:00 +0000\r\n");
  const auto read = message::parse_received(message::unfold(field.substr(10)));
  EXPECT_EQ(read.helo, "printer");
  EXPECT_EQ(read.client_ip, client.address);
  EXPECT_EQ(read.by, "gate.example");
  EXPECT_EQ(read.recipient, "ann@contoso.com");
  EXPECT_EQ(read.time, facts.time);
  EXPECT_TRUE(read.authenticated);
}

TEST(ReceivedField, AHeloClaimsNoAddress) {
  smtp::ClientAttributes client;
  client.address = IpAddress::parse("192.0.2.1");
  client.helo = "x([198.51.100.1])(";
  ReceivedFacts facts;
  facts.client = &client;
  facts.by = "gate.example";
  facts.id = "1";
  const auto read = message::parse_received(message::unfold(received_field(facts).substr(10)));
  EXPECT_EQ(read.client_ip, client.address);
}

TEST(ReceivedField, NamesTheProtocolAsRfc3848AndRfc6531Do) {
  smtp::ClientAttributes client;
  const auto with = [&](bool esmtp, bool tls, bool utf8) {
    client.esmtp = esmtp;
    ReceivedFacts facts;
    facts.client = &client;
    facts.by = "b";
    facts.id = "1";
    facts.smtputf8 = utf8;
    if (tls) facts.tls_version = "TLSv1.3";
    return message::parse_received(message::unfold(received_field(facts).substr(10))).with;
  };
  EXPECT_EQ(with(false, false, false), "SMTP");
  EXPECT_EQ(with(true, false, false), "ESMTP");
  EXPECT_EQ(with(true, true, false), "ESMTPS");
  EXPECT_EQ(with(true, true, true), "UTF8SMTPS");
}

}  // namespace
}  // namespace postern::gate
