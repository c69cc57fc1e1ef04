#include "smtp/client_session.hpp"

#include <gtest/gtest.h>

namespace postern::smtp {
namespace {

using Kind = ClientSession::Kind;
using Tls = ClientOptions::Tls;

// Feeds what the server says, and gives the events as text: "ready", "RCPT TO[0] 250", "failed: …".
class Talk {
 public:
  explicit Talk(ClientOptions options = {"gate.example", false, Tls::if_offered})
      : session(std::move(options)) {}

  std::string says(std::string_view bytes, std::size_t piece = 1000) {
    std::string events;
    while (!bytes.empty()) {
      std::string_view input = bytes.substr(0, piece);
      bytes.remove_prefix(input.size());
      for (;;) {
        const auto event = session.next(input);
        if (event.kind == Kind::need_input) break;
        if (!events.empty()) events += ", ";
        if (event.kind == Kind::ready) events += "ready";
        if (event.kind == Kind::start_tls) events += "tls";
        if (event.kind == Kind::failed) {
          events +=
              "failed at " + std::string(name_of(event.stage)) + ": " + std::string(event.what);
        }
        if (event.kind == Kind::reply) {
          events += std::string(name_of(event.stage)) + '[' + std::to_string(event.recipient) +
                    "] " + event.reply.line();
        }
        if (event.kind == Kind::start_tls || event.kind == Kind::failed) return events;
      }
    }
    return events;
  }

  std::string sent() {
    std::string out = session.output();
    session.output().clear();
    return out;
  }

  ClientSession session;
};

constexpr const char* hello =
    "220 mx ESMTP\r\n250-mx\r\n250-PIPELINING\r\n250-SIZE 1000\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n";

TEST(ClientSession, OpensHoweverTheRepliesAreCut) {
  for (std::size_t piece = 1; piece < 40; ++piece) {
    Talk talk;
    EXPECT_EQ(talk.sent(), "");
    EXPECT_EQ(talk.says(hello, piece), "ready");
    EXPECT_EQ(talk.sent(), "EHLO gate.example\r\n");
    EXPECT_TRUE(talk.session.extensions().pipelining);
    EXPECT_EQ(talk.session.extensions().size, 1000u);
    EXPECT_TRUE(talk.session.reusable());
  }
}

TEST(ClientSession, SendsAnEnvelopeInOnePieceAndTellsTheRepliesApart) {
  Talk talk;
  talk.says(hello);
  talk.sent();
  EXPECT_TRUE(talk.session.mail("<a@b.example>", {12, Body::eight_bit_mime, true}));
  EXPECT_TRUE(talk.session.rcpt("<c@d.example>"));
  EXPECT_TRUE(talk.session.rcpt("<e@d.example>"));
  EXPECT_EQ(talk.sent(),
            "MAIL FROM:<a@b.example> SIZE=12 BODY=8BITMIME SMTPUTF8\r\nRCPT TO:<c@d.example>\r\n"
            "RCPT TO:<e@d.example>\r\n");
  EXPECT_FALSE(talk.session.reusable());
  EXPECT_EQ(talk.says("250 2.1.0 ok\r\n250 2.1.5 ok\r\n550 5.1.1 no\r\n"),
            "MAIL FROM[0] 250 2.1.0 ok, RCPT TO[0] 250 2.1.5 ok, RCPT TO[1] 550 5.1.1 no");
  EXPECT_TRUE(talk.session.data());
  EXPECT_EQ(talk.says("354 go\r\n"), "DATA[0] 354 go");
  talk.sent();
  EXPECT_TRUE(talk.session.end_of_message());
  EXPECT_EQ(talk.sent(), ".\r\n");
  EXPECT_EQ(talk.says("250 2.0.0 taken\r\n"), "end of message[0] 250 2.0.0 taken");
  EXPECT_TRUE(talk.session.reusable());
}

TEST(ClientSession, DeclaresOnlyWhatTheServerOffers) {
  Talk talk;
  talk.says("220 mx\r\n250 mx\r\n");
  talk.sent();
  talk.session.mail("<a@b.example>", {12, Body::eight_bit_mime, true});
  EXPECT_EQ(talk.sent(), "MAIL FROM:<a@b.example>\r\n");
}

TEST(ClientSession, LmtpAnswersForEachRecipientThatWasAccepted) {
  Talk talk({"gate.example", true, Tls::never});
  talk.says("220 mx\r\n250 mx\r\n");
  EXPECT_EQ(talk.sent(), "LHLO gate.example\r\n");
  talk.session.mail("<a@b.example>", {});
  talk.session.rcpt("<c@d.example>");
  talk.session.rcpt("<no@d.example>");
  talk.session.rcpt("<e@d.example>");
  talk.session.data();
  talk.says("250 ok\r\n250 ok\r\n550 no\r\n250 ok\r\n354 go\r\n");
  talk.session.end_of_message();
  EXPECT_EQ(talk.says("250 one\r\n"), "end of message[0] 250 one");
  EXPECT_FALSE(talk.session.reusable());
  EXPECT_EQ(talk.says("452 full\r\n"), "end of message[1] 452 full");
  EXPECT_TRUE(talk.session.reusable());
}

TEST(ClientSession, TakesTlsWhereItIsOffered) {
  Talk talk;
  EXPECT_EQ(talk.says("220 mx\r\n250-mx\r\n250 STARTTLS\r\n220 go\r\n"), "tls");
  EXPECT_EQ(talk.sent(), "EHLO gate.example\r\nSTARTTLS\r\n");
  talk.session.tls_started();
  EXPECT_FALSE(talk.session.extensions().starttls);
  EXPECT_EQ(talk.sent(), "EHLO gate.example\r\n");
  EXPECT_EQ(talk.says("250 mx\r\n"), "ready");
  EXPECT_TRUE(talk.session.tls());
}

TEST(ClientSession, OctetsBehindTheReplyToStarttlsAreAnAttack) {  // CVE-2011-0411
  Talk talk;
  EXPECT_EQ(talk.says("220 mx\r\n250-mx\r\n250 STARTTLS\r\n220 go\r\n250 x\r\n"),
            "failed at STARTTLS: octets came before the TLS handshake");
  Talk late;
  EXPECT_EQ(late.says("220 mx\r\n250-mx\r\n250 STARTTLS\r\n220 go\r\n"), "tls");
  EXPECT_EQ(late.says("2"), "failed at STARTTLS: octets came before the TLS handshake");
}

TEST(ClientSession, DoesWithoutTlsOnlyWhereThatIsAllowed) {
  Talk refused;
  EXPECT_EQ(refused.says("220 mx\r\n250-mx\r\n250 STARTTLS\r\n454 no\r\n"), "ready");
  Talk strict({"gate.example", false, Tls::required});
  EXPECT_EQ(strict.says("220 mx\r\n250-mx\r\n250 STARTTLS\r\n454 no\r\n"),
            "failed at STARTTLS: STARTTLS was refused");
  Talk stripped({"gate.example", false, Tls::required});  // NO-STARTTLS, 2021
  EXPECT_EQ(stripped.says("220 mx\r\n250 mx\r\n"),
            "failed at EHLO: the server does not offer STARTTLS");
  Talk never({"gate.example", false, Tls::never});
  EXPECT_EQ(never.says("220 mx\r\n250-mx\r\n250 STARTTLS\r\n"), "ready");
}

TEST(ClientSession, FallsBackToHelo) {
  Talk talk;
  EXPECT_EQ(talk.says("220 mx\r\n500 what\r\n"), "");
  EXPECT_EQ(talk.sent(), "EHLO gate.example\r\nHELO gate.example\r\n");
  EXPECT_EQ(talk.says("250 mx\r\n"), "ready");
  EXPECT_FALSE(talk.session.esmtp());
}

TEST(ClientSession, SaysHelloAgainAfterXclient) {
  Talk talk;
  talk.says("220 mx\r\n250-mx\r\n250 XCLIENT ADDR HELO\r\n");
  talk.sent();
  ClientAttributes client;
  client.address = IpAddress::parse("192.0.2.1");
  client.helo = "printer";
  ASSERT_TRUE(talk.session.xclient(client));
  EXPECT_EQ(talk.sent(), "XCLIENT ADDR=192.0.2.1 HELO=printer\r\n");
  EXPECT_EQ(talk.says("220 mx\r\n"), "XCLIENT[0] 220 mx");
  EXPECT_EQ(talk.sent(), "EHLO printer\r\n");
  EXPECT_EQ(talk.says("250-mx\r\n250 SIZE\r\n"), "ready");
  EXPECT_TRUE(talk.session.extensions().size);
}

TEST(ClientSession, RefusesToSendControls) {
  Talk talk;
  talk.says(hello);
  talk.sent();
  EXPECT_FALSE(talk.session.mail("<a\r\nRCPT TO:<x@y.example>", {}));
  EXPECT_FALSE(talk.session.rcpt(std::string("<a\0b>", 5)));
  EXPECT_FALSE(talk.session.command(Stage::auth, "AUTH\nX"));
  EXPECT_EQ(talk.sent(), "");
}

TEST(ClientSession, EndsAtWhatItCannotTrust) {
  EXPECT_EQ(Talk().says("554 no\r\n"), "failed at greeting: the server refuses to talk");
  EXPECT_EQ(Talk().says("hello\r\n"), "failed at greeting: its reply does not begin with a code");
  Talk unasked;
  EXPECT_EQ(unasked.says(std::string(hello) + "250 more\r\n"),
            "ready, failed at connect: a reply came that nothing asked for");
  Talk shutdown;
  EXPECT_EQ(shutdown.says(std::string(hello) + "421 bye\r\n"),
            "ready, failed at connect: the server closes the connection");
}

// RFC 4954, 6: 235 says yes, 334 asks for more, and nothing else does either.
TEST(ClientSession, NoOtherCodeAnswersAuth) {
  const auto answer = [](std::string_view reply) {
    Talk talk;
    talk.says(hello);
    EXPECT_TRUE(talk.session.command(Stage::auth, "AUTH PLAIN AGFubgBzZWNyZXQ="));
    return talk.says(reply);
  };
  EXPECT_EQ(answer("235 2.7.0 welcome\r\n"), "AUTH[0] 235 2.7.0 welcome");
  EXPECT_EQ(answer("334 \r\n"), "AUTH[0] 334");
  EXPECT_EQ(answer("535 5.7.8 no\r\n"), "AUTH[0] 535 5.7.8 no");
  EXPECT_EQ(answer("454 4.7.0 later\r\n"), "AUTH[0] 454 4.7.0 later");
  for (const char* reply : {"250 ok\r\n", "220 hello\r\n", "299 x\r\n", "354 go on\r\n"})
    EXPECT_EQ(answer(reply), "failed at AUTH: its reply can't be an answer") << reply;
}

TEST(ClientSession, IsNotReusedAfter421) {
  Talk talk;
  talk.says(hello);
  talk.session.mail("<>", {});
  EXPECT_EQ(talk.says("421 4.3.2 bye\r\n"), "MAIL FROM[0] 421 4.3.2 bye");
  EXPECT_FALSE(talk.session.reusable());
}

}  // namespace
}  // namespace postern::smtp
