// Each testdata/mail/NAME.eml is read and compared with NAME.txt beside it: what must be known of
// the message, line by line. Lines that begin with '#' say what the case is about.
#include "evidence/mail/mail_message.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <sstream>
#include <utility>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/testing/reading.hpp"
#include "policy/clouds.hpp"

namespace postern::evidence {
namespace {

namespace fs = std::filesystem;
using postern::testing::octets_of;

std::string_view word(policy::Known known) {
  return known == policy::Known::unknown ? "unknown" : known == policy::Known::yes ? "yes" : "no";
}

std::string_view word(AuthResult result) {
  constexpr std::array<std::string_view, 8> words = {
      "unknown", "none", "pass", "fail", "softfail", "neutral", "temperror", "permerror"};
  return words[static_cast<std::size_t>(result)];
}

std::string_view word(Delivery delivery) {
  constexpr std::array<std::string_view, 6> words = {"unknown",    "inbox",   "junk",
                                                     "quarantine", "blocked", "failed"};
  return words[static_cast<std::size_t>(delivery)];
}

std::string_view word(Direction direction) {
  constexpr std::array<std::string_view, 4> words = {"unknown", "inbound", "outbound", "internal"};
  return words[static_cast<std::size_t>(direction)];
}

std::string or_unknown(std::string_view text) {
  return text.empty() ? "unknown" : std::string(text);
}

std::string reverse_path(const Message& m) {
  using State = policy::ReversePath::State;
  if (m.submission.reverse_path.state == State::null) return "<>";
  if (m.submission.reverse_path.state == State::unknown) return "unknown";
  return fmt::format("{} ({})", or_unknown(m.reverse_path), m.submission.reverse_path.domain);
}

std::string rendered(const Message& m) {
  const policy::Submission& s = m.submission;
  std::string out;
  const auto line = [&](std::string_view key, std::string_view value) {
    out += fmt::format("{}: {}\n", key, value);
  };
  line("client", s.client_ip ? s.client_ip->text() : "unknown");
  line("helo", or_unknown(m.helo));
  line("reverse name", or_unknown(m.client_hostname));
  line("tls", word(s.tls));
  line("authenticated", word(s.authenticated));
  line("default connector",
       s.observed.state == policy::ObservedAttribution::State::default_connector ? "seen"
                                                                                 : "unknown");
  line("reverse path", reverse_path(m));
  line("header from", fmt::format("{} ({})", or_unknown(m.header_from), m.header_from_domain));
  line("recipient", fmt::format("{} ({})", or_unknown(m.recipient),
                                s.recipient_domain ? *s.recipient_domain : "unknown"));
  line("results",
       fmt::format("spf={} dkim={} dmarc={} compauth={}", word(m.results.spf), word(m.results.dkim),
                   word(m.results.dmarc), word(m.results.compauth)));
  line("delivery", word(m.delivery));
  line("direction", word(m.direction));
  line("time", s.time ? format_time(*s.time) : "unknown");
  line("subject", or_unknown(m.subject));
  return out;
}

std::string without_remarks(const std::string& text) {
  std::istringstream lines(text);
  std::string out;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with('#')) out += line + '\n';
  }
  return out;
}

TEST(MailMessage, ReadsEachFixtureAsItsNeighbourSays) {
  std::vector<fs::path> mails;
  for (const auto& entry : fs::directory_iterator(fs::path(POSTERN_ROOM_DIR) / "testdata/mail")) {
    if (entry.path().extension() == ".eml") mails.push_back(entry.path());
  }
  std::sort(mails.begin(), mails.end());
  ASSERT_GE(mails.size(), 13u);
  for (const fs::path& mail : mails) {
    MessageBuffer buffer;
    ASSERT_TRUE(message_from_headers(octets_of(mail), buffer)) << mail;
    std::string all;
    for (const Message& message : buffer.messages()) {
      if (!all.empty()) all += '\n';
      all += rendered(message);
    }
    EXPECT_EQ(all, without_remarks(octets_of(fs::path(mail).replace_extension(".txt")))) << mail;
  }
}

Message only(std::string_view header, MessageBuffer& buffer) {
  EXPECT_TRUE(message_from_headers(header, buffer));
  EXPECT_EQ(buffer.messages().size(), 1u);
  return buffer.messages().empty() ? Message{} : buffer.messages().front();
}

constexpr std::string_view front_door =
    "Received: from relay (203.0.113.7) by X.mail.protection.outlook.com (10.0.0.1) with Microsoft "
    "SMTP Server id 15.20.1.1; Thu, 1 Oct 2026 08:15:30 +0000\n";

TEST(MailMessage, PlatformFieldsCountOnlyInMailThatThePlatformReceived) {
  MessageBuffer buffer;
  const std::string fields =
      "X-MS-Exchange-Organization-AuthAs: Internal\n"
      "X-MS-Exchange-Organization-IsAnonymousDirectSend: True\n"
      "X-MS-Exchange-CrossTenant-FromEntityHeader: HybridOnPrem\nFrom: a@contoso.com\n";
  const auto believed = only(std::string(front_door) + fields, buffer);
  EXPECT_EQ(believed.submission.authenticated, policy::Known::no) << "by a hybrid connector";
  EXPECT_EQ(believed.submission.observed.state,
            policy::ObservedAttribution::State::default_connector);
  // The same front door named in a line that another host stands above proves nothing.
  const std::string other =
      "Received: from evil (evil.example [198.51.100.66]) by mx.contoso.com with ESMTP; Thu, 1 Oct "
      "2026 08:15:31 +0000\n" +
      std::string(front_door) + fields;
  const auto forged = only(other, buffer);
  EXPECT_EQ(forged.submission.authenticated, policy::Known::no);
  EXPECT_EQ(forged.submission.client_ip->text(), "198.51.100.66");
  EXPECT_EQ(forged.submission.observed.state, policy::ObservedAttribution::State::unknown);
}

TEST(MailMessage, EachCloudsFrontDoorIsBelieved) {
  MessageBuffer buffer;
  for (const policy::CloudRow& row : policy::clouds()) {
    for (const std::string_view suffix : row.mail->front_doors) {
      const auto read = only(
          fmt::format("Received: from relay (203.0.113.7) by X.{} (10.0.0.1) with Microsoft SMTP "
                      "Server id 15.20.1.1; Thu, 1 Oct 2026 08:15:30 +0000\n"
                      "X-MS-Exchange-Organization-AuthAs: Internal\nFrom: a@contoso.com\n",
                      suffix),
          buffer);
      EXPECT_EQ(read.submission.client_ip->text(), "203.0.113.7") << suffix;
      EXPECT_EQ(read.submission.authenticated, policy::Known::yes) << suffix;
    }
  }
}

TEST(MailMessage, AnonymousAloneIsNotDirectSend) {
  MessageBuffer buffer;
  const auto m = only(std::string(front_door) +
                          "X-MS-Exchange-Organization-AuthAs: Anonymous\nFrom: a@contoso.com\n",
                      buffer);
  EXPECT_EQ(m.submission.authenticated, policy::Known::no);
  EXPECT_EQ(m.submission.observed.state, policy::ObservedAttribution::State::unknown);
}

TEST(MailMessage, ContradictionsSettleNothing) {
  MessageBuffer buffer;
  const auto direction = only(std::string(front_door) +
                                  "X-MS-Exchange-Organization-MessageDirectionality: Incoming\n"
                                  "X-MS-Exchange-CrossTenant-FromEntityHeader: HybridOnPrem\n",
                              buffer);
  EXPECT_EQ(direction.submission.authenticated, policy::Known::unknown);
  const auto address = only(std::string(front_door) +
                                "X-MS-Exchange-CrossTenant-OriginalAttributedTenantConnectingIp: "
                                "TenantId=1;Ip=[198.51.100.1];Helo=[x]\n",
                            buffer);
  EXPECT_EQ(address.submission.authenticated, policy::Known::unknown);
}

TEST(MailMessage, EnvelopeSenderIsNeverTakenFromTheHeaderFrom) {
  MessageBuffer buffer;
  const auto m = only(std::string(front_door) + "From: ceo@contoso.com\n", buffer);
  EXPECT_EQ(m.submission.reverse_path.state, policy::ReversePath::State::unknown);
  // What SPF was checked against is the envelope sender's domain.
  const auto checked = only(std::string(front_door) +
                                "Authentication-Results: spf=pass (sender IP is 203.0.113.7) "
                                "smtp.mailfrom=Bounce.Contoso.com; dkim=none\n",
                            buffer);
  EXPECT_EQ(checked.submission.reverse_path.domain, "bounce.contoso.com");
  EXPECT_EQ(checked.reverse_path, "");
}

TEST(MailMessage, TheSignerIsTheAuthorOrNot) {
  using policy::Known;
  for (const auto& [methods, expected] : {
           std::pair{"dkim=pass header.d=contoso.com", Known::yes},
           std::pair{"dkim=pass header.d=Mail.Contoso.com", Known::yes},
           std::pair{"dkim=pass header.i=@contoso.com", Known::yes},
           std::pair{"dkim=pass header.d=evil.example", Known::no},
           std::pair{"dkim=pass header.d=notcontoso.com", Known::no},
           std::pair{"dkim=pass header.d=contoso.com.evil.example", Known::no},
           std::pair{"dkim=pass header.d=evil.example; dkim=pass header.d=contoso.com", Known::yes},
           std::pair{"dkim=pass header.d=evil.example; dkim=fail header.d=contoso.com", Known::no},
           std::pair{"dkim=pass", Known::unknown},
           std::pair{"dkim=pass (whose?); dkim=pass header.d=evil.example", Known::unknown},
           // The envelope sender's own provider.
           std::pair{
               "spf=pass smtp.mailfrom=bounce.sender.example; dkim=pass header.d=sender.example",
               Known::yes},
       }) {
    MessageBuffer buffer;
    const auto m = only(std::string(front_door) + "From: ceo@contoso.com\n" +
                            "Authentication-Results: " + methods + "\n",
                        buffer);
    EXPECT_EQ(m.results.dkim, AuthResult::pass) << methods;
    EXPECT_EQ(m.results.dkim_is_authors, expected) << methods;
  }
}

// Between the own server's Received line and the next one stands what came with the message, and
// what filters of the own server put there: its exact name tells them apart, where it is told.
TEST(MailMessage, ResultsUnderAnotherNameThanTheOwnServersAreAForgersOwn) {
  const auto dkim = [](std::string_view above, std::string_view below) {
    MessageBuffer buffer;
    const std::string field = "Authentication-Results: ";
    const std::string_view received =
        "Received: from mail.evil.example (unknown [198.51.100.66]) by MX.contoso.com (Postfix) "
        "with ESMTP id 1; Thu, 1 Oct 2026 08:15:31 +0000\n";
    std::string header = above.empty() ? std::string{} : field + std::string(above) + "\n";
    header.append(received);
    if (!below.empty()) header += field + std::string(below) + "\n";
    return only(header + "From: ceo@contoso.com\n", buffer).results.dkim;
  };
  const std::string_view pass = "dkim=pass header.d=contoso.com";
  const auto as = [&](std::string_view server) { return fmt::format("{}; {}", server, pass); };
  for (const std::string_view server :
       {"com", "contoso.com", "a.mx.contoso.com", "evil.example", "mx.contoso.com.evil.example"}) {
    EXPECT_EQ(dkim("", as(server)), AuthResult::unknown) << server;
  }
  EXPECT_EQ(dkim("", pass), AuthResult::unknown) << "Exchange Online's form, from elsewhere";
  EXPECT_EQ(dkim("", as("mx.contoso.com")), AuthResult::pass);
  // What the server wrote above its line is all that it says, and the topmost word counts.
  EXPECT_EQ(dkim("mx.contoso.com; dkim=none", as("mx.contoso.com")), AuthResult::none);
  EXPECT_EQ(dkim("mx.contoso.com; spf=fail", as("mx.contoso.com")), AuthResult::unknown);
  EXPECT_EQ(dkim("mx.contoso.com; dkim=none\nAuthentication-Results: " + as("mx.contoso.com"), ""),
            AuthResult::none);
  EXPECT_EQ(dkim("contoso.com; " + std::string(pass), ""), AuthResult::pass);
}

TEST(MailMessage, AReturnPathThatCameWithTheMessageProvesNothing) {
  MessageBuffer buffer;
  const auto m = only(
      "Received: from x (y.example [198.51.100.66]) by mx.contoso.com with ESMTP; "
      "Thu, 1 Oct 2026 08:15:31 +0000\nReturn-Path: <a@contoso.com>\n"
      "Delivered-To: b@contoso.com\nFrom: a@b.example\n",
      buffer);
  EXPECT_EQ(m.submission.reverse_path.state, policy::ReversePath::State::unknown);
  EXPECT_EQ(m.recipient, "");
}

TEST(MailMessage, AServerThatHidesItsClientEndsWhatCanBeKnown) {
  MessageBuffer buffer;
  const auto m = only(
      "Received: from x by mx.contoso.com with SMTP; Thu, 1 Oct 2026 08:15:31 +0000\n"
      "Received: from y (z [198.51.100.66]) by forged.example with SMTP; x\n"
      "From: a@b.example\n",
      buffer);
  EXPECT_EQ(m.submission.client_ip, std::nullopt);
  EXPECT_EQ(m.submission.authenticated, policy::Known::unknown);
}

TEST(MailMessage, CollectedMailIsReadBelowTheCollection) {
  MessageBuffer buffer;
  const auto m = only(
      "Received: from outlook.office365.com [52.97.1.1] by pc with IMAP (fetchmail); "
      "Fri, 2 Oct 2026 08:15:31 +0000\n" +
          std::string(front_door) + "From: a@b.example\n",
      buffer);
  EXPECT_EQ(m.submission.client_ip->text(), "203.0.113.7");
  EXPECT_EQ(format_time(m.submission.time.value()), "2026-10-01T08:15:30Z");
}

TEST(MailMessage, PlaceDecidesDeliveryBeforeTheHeader) {
  MessageBuffer buffer;
  ASSERT_TRUE(message_from_headers("From: a@b.example\n", buffer, Delivery::junk));
  EXPECT_EQ(buffer.messages().front().delivery, Delivery::junk);
}

TEST(MailMessage, WhatIsNoMailIsRefused) {
  MessageBuffer buffer;
  for (const std::string_view text :
       {std::string_view(""), std::string_view("\n"), std::string_view("key: value\n"),
        std::string_view("\0\0\0\0", 4), std::string_view("%PDF-1.7\n")}) {
    EXPECT_FALSE(message_from_headers(text, buffer));
    EXPECT_TRUE(buffer.messages().empty());
  }
}

}  // namespace
}  // namespace postern::evidence
