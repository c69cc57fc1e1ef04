// What the dialogues (tests/dialogues) can't say of a server's session: who is signed in, and what
// its owner is told.
#include "smtp/server_session.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace postern::smtp {
namespace {

using Kind = ServerSession::Kind;

class Session : public ::testing::Test {
 protected:
  Session() {
    options_.host_name = "mx.example";
    options_.auth_mechanisms = {"PLAIN", "LOGIN"};
    options_.auth_in_clear = true;
    session_.greet({}, output_);
    say("EHLO client.example");
  }

  /// The client says a line; the first event that comes of it. What it is answered is in replies().
  Kind say(std::string_view line) {
    output_.clear();
    const std::string octets = std::string(line) + "\r\n";
    std::string_view rest(octets);
    return session_.next(rest, output_).kind;
  }
  Kind next() {
    std::string_view nothing;
    return session_.next(nothing, output_).kind;
  }
  Kind answer(int code) {
    session_.answer({code, "", "answered"}, output_);
    return next();
  }
  void begin_transaction() {
    EXPECT_EQ(say("MAIL FROM:<ann@contoso.com>"), Kind::mail);
    answer(250);
    EXPECT_EQ(say("RCPT TO:<bob@contoso.com>"), Kind::rcpt);
    answer(250);
  }
  [[nodiscard]] const std::string& login() const { return session_.client().login; }

  ServerOptions options_;
  ServerSession session_{options_};
  std::string output_;
};

// "\0ann\0secret"
constexpr std::string_view ann = "AGFubgBzZWNyZXQ=";

TEST_F(Session, PlainLeavesTheUserAsLoginAndNeverThePassword) {
  EXPECT_EQ(say("AUTH PLAIN " + std::string(ann)), Kind::auth);
  EXPECT_FALSE(session_.authenticated()) << "the owner has not agreed yet";
  EXPECT_EQ(login(), "");
  answer(235);
  EXPECT_TRUE(session_.authenticated());
  EXPECT_EQ(login(), "ann");
}

TEST_F(Session, PlainInTwoStepsLeavesTheUserToo) {
  EXPECT_EQ(say("AUTH PLAIN"), Kind::auth);
  answer(334);
  EXPECT_EQ(say(ann), Kind::auth_line);
  answer(235);
  EXPECT_EQ(login(), "ann");
}

TEST_F(Session, WhoIsRefusedIsNobody) {
  EXPECT_EQ(say("AUTH PLAIN " + std::string(ann)), Kind::auth);
  answer(535);
  EXPECT_FALSE(session_.authenticated());
  EXPECT_EQ(login(), "");
}

TEST_F(Session, MechanismsAreKnownInSmallLettersToo) {
  EXPECT_EQ(say("auth plain " + std::string(ann)), Kind::auth);
  answer(235);
  EXPECT_EQ(login(), "ann");
}

TEST_F(Session, EveryCharacterOfBase64IsTaken) {
  // "\0ann\0~~>" and "\0ann\0secret?>": with + and with /.
  for (const char* response : {"AGFubgB+fj4=", "AGFubgBzZWNyZXQ/Pg=="}) {
    ServerSession fresh(options_);
    std::string output;
    fresh.greet({}, output);
    const std::string lines = std::string("EHLO c\r\nAUTH PLAIN ") + response + "\r\n";
    std::string_view input(lines);
    EXPECT_EQ(fresh.next(input, output).kind, Kind::auth) << response;
  }
}

// RFC 4616, 2: [authzid] NUL authcid NUL passwd.
TEST_F(Session, WhatIsNoPlainIsRefusedWithoutAskingAnybody) {
  const std::vector<std::string_view> wrong = {
      "AGFubg==",          // no password
      "AGFubgBhAGI=",      // more than three parts
      "AABzZWNyZXQ=",      // no user
      "AGFuCm4Ac2VjcmV0",  // a line break in the user
      "YW5u",              // one part
  };
  for (const std::string_view response : wrong) {
    EXPECT_EQ(say("AUTH PLAIN " + std::string(response)), Kind::input) << response;
    EXPECT_EQ(output_.substr(0, 1), "5") << output_;
    EXPECT_FALSE(session_.authenticated());
  }
}

TEST_F(Session, ResetTellsOnceThatTheTransactionIsGone) {
  begin_transaction();
  EXPECT_EQ(say("RSET"), Kind::abandoned);
  EXPECT_EQ(output_, "250 2.0.0 OK\r\n");
  EXPECT_FALSE(session_.in_transaction());
  EXPECT_EQ(next(), Kind::input);
  EXPECT_EQ(say("RSET"), Kind::input) << "there was nothing left to forget";
  EXPECT_EQ(say("NOOP"), Kind::input);
}

TEST_F(Session, WhatElseEndsATransactionTellsToo) {
  begin_transaction();
  EXPECT_EQ(say("EHLO client.example"), Kind::abandoned);
  EXPECT_EQ(next(), Kind::input);
  begin_transaction();
  EXPECT_EQ(say("QUIT"), Kind::abandoned);
  EXPECT_EQ(next(), Kind::close);
}

TEST_F(Session, AFinishedTransactionIsNotAbandoned) {
  begin_transaction();
  EXPECT_EQ(say("DATA"), Kind::data);
  answer(354);
  std::string_view octets = "Subject: x\r\n\r\nx\r\n.\r\n";
  Kind kind = Kind::body;
  while (kind == Kind::body)
    kind = session_.next(octets, output_).kind;
  EXPECT_EQ(kind, Kind::message);
  answer(250);
  EXPECT_EQ(session_.messages(), 1u);
  EXPECT_EQ(say("RSET"), Kind::input);
}

TEST_F(Session, GivingUpSays421AndDropsWhatIsUnderWay) {
  begin_transaction();
  output_.clear();
  session_.give_up("4.4.2", "Timeout", output_);
  EXPECT_EQ(output_, "421 4.4.2 mx.example Timeout\r\n");
  EXPECT_FALSE(session_.in_transaction());
  EXPECT_EQ(next(), Kind::abandoned);
  EXPECT_EQ(next(), Kind::close);
}

TEST_F(Session, An421OfTheOwnersEndsTheSession) {
  begin_transaction();
  EXPECT_EQ(say("DATA"), Kind::data);
  EXPECT_EQ(answer(421), Kind::abandoned);
  EXPECT_EQ(next(), Kind::close);
}

}  // namespace
}  // namespace postern::smtp
