// Every reply that direct-send.md 1.4 collects, and others that a mail host gives, with what it
// means at its stage.
#include "probe/reply_meaning.hpp"

#include <string>

#include <gtest/gtest.h>

namespace postern::probe {
namespace {

using smtp::Stage;

struct Case {
  Stage stage;
  const char* reply;
  const char* meaning;
};

const Case cases[] = {
    {Stage::rcpt, "250 2.1.5 Recipient OK", "accepted"},
    {Stage::message, "250 2.6.0 <x@y> Queued mail for delivery", "accepted"},
    {Stage::data, "354 Start mail input; end with <CRLF>.<CRLF>", "accepted"},
    {Stage::rcpt, "354 out of place", "not_understood"},

    {Stage::rcpt,
     "550 5.7.68 TenantInboundAttribution; Direct Send not allowed for this organization from "
     "unauthorized sources [SJ5PEPF000001F2.namprd05.prod.outlook.com 2026-10-01T08:00:00.000Z "
     "08DE0]",
     "direct_send_refused"},
    {Stage::message,
     "550 5.7.68 TenantInboundAttribution; Direct Send not allowed for this organization from "
     "unauthorized sources",
     "direct_send_refused"},
    {Stage::rcpt, "550 TenantInboundAttribution; Direct Send not allowed", "direct_send_refused"},
    {Stage::rcpt,
     "550 5.7.51 TenantInboundAttribution; There is a partner connector configured that matched "
     "the "
     "message's recipient domain. The connector had either the RestrictDomainsToIPAddresses or "
     "RestrictDomainsToCertificate set [AM0PR01.eurprd01.prod.outlook.com]",
     "locked_down"},
    {Stage::rcpt, "550 5.7.51 TenantInboundAttribution; Rejecting", "locked_down"},

    {Stage::rcpt, "550 5.7.64 TenantAttribution; Relay Access Denied [host]", "relay_denied"},
    {Stage::rcpt, "554 5.7.1 <a@b.example>: Relay access denied", "relay_denied"},
    {Stage::rcpt, "550 5.7.64 Relay Access Denied ATTR36", "on_premises_mismatch"},
    {Stage::rcpt, "550 5.7.64 TenantAttribution; Relay Access Denied ATTR36. For more details …",
     "on_premises_mismatch"},
    {Stage::rcpt, "451 4.4.62 Mail sent to the wrong Office 365 region. ATTR35", "wrong_region"},
    {Stage::rcpt,
     "550 4.4.4 Mail received as unauthenticated, incoming to a recipient domain configured in a "
     "hosted tenant which has no mail-enabled subscriptions. ATTR5",
     "no_mailboxes"},
    {Stage::rcpt, "451 4.4.4 Temporary server error. Please try again later ATTR1",
     "attribution_fault"},
    {Stage::rcpt, "451 4.4.3 Temporary server error. Please try again later ATTR17",
     "attribution_fault"},
    {Stage::rcpt, "451 4.4.3 Temporary server error. Please try again later ATTR18",
     "attribution_fault"},
    {Stage::rcpt, "450 4.7.1 Unable to relay ATTR14", "attribution_fault"},
    {Stage::mail, "530 5.7.57 Client was not authenticated to send anonymous mail during MAIL FROM",
     "wrong_service"},

    {Stage::greeting, "550 5.7.606 Access denied, banned sending IP [192.0.2.1]", "reputation"},
    {Stage::mail, "550 5.7.511 Access denied, banned sender[192.0.2.1]", "reputation"},
    {Stage::rcpt, "550 5.7.649 Access denied, banned sending IP", "reputation"},
    {Stage::rcpt,
     "550 5.7.1 Service unavailable, Client host [192.0.2.1] blocked using Spamhaus. To request "
     "removal …",
     "reputation"},
    {Stage::rcpt, "451 4.7.500 Server busy. Please try again later from [192.0.2.1]. (AS77712)",
     "reputation"},
    {Stage::rcpt, "451 4.7.651 The mail server [192.0.2.1] has been temporarily rate limited",
     "reputation"},
    {Stage::rcpt, "451 4.7.699 later", "reputation"},
    {Stage::rcpt, "451 4.7.700 later", "busy"},

    {Stage::rcpt, "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)",
     "unknown_recipient"},
    {Stage::rcpt, "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address",
     "unknown_recipient"},
    {Stage::rcpt, "550 5.1.1 <nobody@b.example>: Recipient address rejected: User unknown",
     "unknown_recipient"},
    {Stage::rcpt, "550 No such user here", "unknown_recipient"},
    {Stage::rcpt, "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup", "recipient_refuses"},
    {Stage::message, "550 5.7.134 RESOLVER.RST.SenderNotAuthenticatedForMailbox",
     "recipient_refuses"},

    {Stage::rcpt, "450 4.2.0 <a@b.example>: Recipient address rejected: Greylisted", "greylisted"},
    {Stage::message, "550 5.7.1 TRANSPORT.RULES.RejectMessage; the message was rejected",
     "transport_rule"},
    {Stage::message,
     "550 5.7.509 Access denied, sending domain contoso.com does not pass DMARC verification and "
     "has a DMARC policy of reject.",
     "dmarc"},
    {Stage::message, "550 5.7.26 unauthenticated mail is prohibited", "dmarc"},
    {Stage::mail, "450 4.1.8 <a@b.invalid>: Sender address rejected: Domain not found",
     "sender_refused"},
    {Stage::mail, "530 5.7.0 Must issue a STARTTLS command first", "tls_required"},
    {Stage::message, "554 5.6.0 too bad", "content"},
    {Stage::rcpt, "452 4.3.1 Insufficient system storage", "busy"},
    {Stage::greeting, "421 4.3.2 Service not available", "busy"},
    {Stage::rcpt, "550 5.7.1 Command rejected", "other_refusal"},
    // Numbers that only look alike.
    {Stage::rcpt, "550 5.7.680 other", "other_refusal"},
    {Stage::rcpt, "550 5.7.6 other", "other_refusal"},
    {Stage::rcpt, "450 5.7.68 odd", "busy"},
    {Stage::rcpt, "250 5.7.68 odd", "accepted"},
    {Stage::rcpt, "650 5.7.68 odd", "not_understood"},
};

TEST(ReplyMeaning, OfEachReplyThatIsKnown) {
  for (const Case& c : cases) {
    std::string wire = std::string(c.reply) + "\r\n";
    std::string_view input = wire;
    smtp::ReplyParser parser;
    const auto reply = parser.next(input);
    if (!reply) {
      // A code that no reply may have never gets as far as this.
      EXPECT_STREQ(c.meaning, "not_understood") << c.reply;
      continue;
    }
    EXPECT_EQ(name_of(meaning_of(c.stage, *reply)), c.meaning) << c.reply;
  }
}

TEST(ReplyMeaning, SeveralLinesAreOneText) {
  std::string_view input =
      "550-5.7.68 TenantInboundAttribution; Direct Send not allowed for this organization\r\n"
      "550 5.7.68 from unauthorized sources\r\n";
  smtp::ReplyParser parser;
  EXPECT_EQ(meaning_of(Stage::rcpt, *parser.next(input)), Meaning::direct_send_refused);
}

TEST(ReplyMeaning, OnlyThreeMeaningsProveAnything) {
  for (int i = 0; i <= static_cast<int>(Meaning::not_understood); ++i) {
    const auto meaning = static_cast<Meaning>(i);
    const bool proof = meaning == Meaning::accepted || meaning == Meaning::direct_send_refused ||
                       meaning == Meaning::locked_down;
    EXPECT_EQ(would_prove(meaning).empty(), proof) << name_of(meaning);
    EXPECT_FALSE(describe(meaning).empty());
  }
}

}  // namespace
}  // namespace postern::probe
