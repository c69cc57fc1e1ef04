// The gate before a next hop that is slow, wrong, or gone, at every stage of a transaction.
#include "gate/relay.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "gate/testing/memory_gate.hpp"

namespace postern::gate {
namespace {

using namespace std::chrono_literals;
using smtp::Stage;

// What a client hears at the first command that fails; the reply to the message where none does.
std::string attempt(MemoryGate& gate, MemoryClient& client, std::chrono::seconds patience = 0s) {
  const auto say = [&](std::string_view line) {
    std::string reply = client.say(line);
    if (reply.empty() && patience > 0s) {
      gate.pass(patience);
      reply = client.hear();
    }
    return reply;
  };
  for (const std::string_view line :
       {"MAIL FROM:<ann@fabrikam.example>", "RCPT TO:<bob@contoso.com>", "DATA"}) {
    const std::string reply = say(line);
    if (!reply.starts_with("2") && !reply.starts_with("354")) return reply;
  }
  client.send("Subject: x\r\n\r\nhello\r\n");
  return say(".");
}

TEST(Lookup, ThatNeverEndsKeepsNoClientWaiting) {
  MemoryGate gate([](Settings& settings) {
    settings.routes.front().next_hops = {"mail.example:25"};
    settings.hops.connect_time = 30s;
  });
  std::function<void(Found)> late;
  gate.worker().hops.begin_lookup = [&](const std::string& host, std::uint16_t port, auto done) {
    EXPECT_EQ(host, "mail.example");
    EXPECT_EQ(port, 25);
    late = done;
    return std::make_shared<int>();
  };
  MemoryClient client = gate.connect();
  client.hear();
  client.say("HELO client.example");
  EXPECT_EQ(attempt(gate, client), "");
  gate.pass(29s);
  EXPECT_EQ(client.hear(), "");
  gate.pass(2s);
  EXPECT_EQ(client.hear(), "451 4.4.1 The next mail server can't be reached, try again later\r\n");
  EXPECT_NE(gate.log().find("mail.example:25 its name was not looked up in time"),
            std::string::npos)
      << gate.log();
  // Nobody waits for the answer any more.
  late({{}, "no such host"});
  gate.settle();
  EXPECT_EQ(client.say("NOOP"), "250 2.0.0 OK\r\n");
}

TEST(Lookup, ThatSaysNoIsTold) {
  MemoryGate gate(
      [](Settings& settings) { settings.routes.front().next_hops = {"mail.example:25"}; });
  gate.worker().hops.begin_lookup = [](const std::string&, std::uint16_t, auto done) {
    done({{}, "no such host"});
    return std::shared_ptr<void>();
  };
  MemoryClient client = gate.connect();
  client.hear();
  client.say("HELO client.example");
  EXPECT_TRUE(attempt(gate, client).starts_with("451 4.4.1 "));
  EXPECT_NE(gate.log().find("mail.example:25 no such host"), std::string::npos) << gate.log();
}

class Hop : public testing::TestWithParam<Stage> {
 protected:
  MemoryGate gate_{[](Settings& settings) { settings.routes.front().xclient = true; }};
  Hop() { gate_.hop().extensions = {"PIPELINING", "XCLIENT NAME ADDR"}; }

  MemoryClient greeted() {
    MemoryClient client = gate_.connect();
    EXPECT_EQ(client.hear(), "220 gate.example ESMTP\r\n");
    EXPECT_EQ(client.say("HELO client.example"), "250 gate.example\r\n");
    return client;
  }
  // After it failed, the hop is asked anew, and nothing of before is left.
  void expect_the_next_message_to_pass() {
    gate_.hop().script.clear();
    gate_.hop().messages.clear();
    MemoryClient next = greeted();
    EXPECT_EQ(attempt(gate_, next), "250 2.0.0 taken\r\n");
    EXPECT_EQ(gate_.hop().messages.size(), 1u);
    next.hang_up();
    gate_.pass(21s);  // nor is a connection kept
  }
};

TEST_P(Hop, ThatHangsUpIsTriedAgainLater) {
  gate_.hop().script[GetParam()] = {"", true};
  MemoryClient client = greeted();
  const std::string reply = attempt(gate_, client);
  EXPECT_TRUE(reply.starts_with("451 4.4.")) << reply << gate_.log();
  EXPECT_FALSE(client.closed());
  EXPECT_TRUE(gate_.hop().messages.empty());
  expect_the_next_message_to_pass();
}

TEST_P(Hop, ThatIsSilentIsGivenUpOnAndTheClientIsNot) {
  gate_.hop().script[GetParam()] = {};
  MemoryClient client = greeted();
  const std::string reply = attempt(gate_, client, 601s);
  EXPECT_TRUE(reply.starts_with("451 4.4.")) << reply << gate_.log();
  EXPECT_FALSE(client.closed());
  expect_the_next_message_to_pass();
}

TEST_P(Hop, ThatTalksNonsenseIsNotBelieved) {
  for (const std::string_view nonsense : {"150 wait\r\n", "hello\r\n", "99\r\n", "2500 x\r\n"}) {
    SCOPED_TRACE(nonsense);
    gate_.hop().script[GetParam()] = {std::string(nonsense), false};
    MemoryClient client = greeted();
    const std::string reply = attempt(gate_, client, 601s);
    EXPECT_TRUE(reply.starts_with("451 4.4.")) << reply;
    EXPECT_FALSE(client.closed());
    expect_the_next_message_to_pass();
  }
}

TEST_P(Hop, ThatShutsDownIsTriedAgainLater) {
  gate_.hop().script[GetParam()] = {"421 4.3.2 shutting down\r\n", true};
  MemoryClient client = greeted();
  const std::string reply = attempt(gate_, client);
  EXPECT_TRUE(reply.starts_with("451 4.")) << reply;
  EXPECT_FALSE(client.closed());
  expect_the_next_message_to_pass();
}

std::string stage_name(const testing::TestParamInfo<Stage>& stage) {
  std::string out;
  for (const char c : smtp::name_of(stage.param)) {
    if (c != ' ') out += c;
  }
  return out;
}

INSTANTIATE_TEST_SUITE_P(AtEveryStage, Hop,
                         testing::Values(Stage::greeting, Stage::hello, Stage::xclient, Stage::mail,
                                         Stage::rcpt, Stage::data, Stage::message),
                         stage_name);

struct WrongAnswer {
  Stage stage;
  const char* says;
};

TEST_F(Hop, WhoseReplyCantBeAnAnswerIsLost) {
  for (const WrongAnswer& wrong : {WrongAnswer{Stage::mail, "354 go on\r\n"},
                                   {Stage::mail, "150 wait\r\n"},
                                   {Stage::rcpt, "354 go on\r\n"},
                                   {Stage::data, "250 OK\r\n"},
                                   {Stage::message, "354 more\r\n"},
                                   {Stage::message, "150 wait\r\n"}}) {
    SCOPED_TRACE(wrong.says);
    gate_.hop().script[wrong.stage] = {wrong.says, false};
    MemoryClient client = greeted();
    EXPECT_EQ(attempt(gate_, client),
              "451 4.4.2 The next mail server was lost, try again later\r\n");
    EXPECT_EQ(gate_.hop().open(), 0u);
    expect_the_next_message_to_pass();
  }
}

TEST_F(Hop, WhatItSaysOfARecipientOrTheMessageIsPassedOn) {
  gate_.hop().script[Stage::rcpt] = {"550 5.1.1 no such user\r\n", false};
  MemoryClient client = greeted();
  EXPECT_EQ(attempt(gate_, client), "550 5.1.1 no such user\r\n");
  gate_.hop().script.clear();
  gate_.hop().script[Stage::message] = {"554 5.6.0 not with us\r\n", false};
  client.say("RSET");
  EXPECT_EQ(attempt(gate_, client), "554 5.6.0 not with us\r\n");
}

// Postfix with a client restriction and smtpd_delay_reject = no answers XCLIENT with it.
TEST_F(Hop, WhatItSaysOfTheClientIsPassedOn) {
  for (const char* says : {"554 5.7.1 Client host rejected\r\n", "450 4.7.1 Try again\r\n"}) {
    SCOPED_TRACE(says);
    gate_.hop().script[Stage::xclient] = {says, false};
    MemoryClient client = greeted();
    EXPECT_EQ(attempt(gate_, client), says);
    EXPECT_FALSE(gate_.hop().has_heard("MAIL FROM:<ann@fabrikam.example>"));
    EXPECT_EQ(gate_.hop().open(), 0u);
    EXPECT_EQ(gate_.log().find("xclient_refused"), std::string::npos);
    expect_the_next_message_to_pass();
    gate_.hop().heard.clear();
  }
}

// Postfix with inet_protocols = ipv4, and a client that came by IPv6.
TEST_F(Hop, ThatTakesNoSuchAddressHearsThatItIsNotTold) {
  gate_.hop().script[Stage::xclient] = {"501 5.5.4 Bad ADDR syntax\r\n", false, true};
  MemoryClient client = gate_.connect("2001:db8::7");
  client.hear();
  client.say("HELO client.example");
  EXPECT_EQ(attempt(gate_, client), "250 2.0.0 taken\r\n");
  EXPECT_TRUE(gate_.hop().has_heard("XCLIENT ADDR=IPV6:2001:db8::7 NAME=[UNAVAILABLE]"));
  EXPECT_TRUE(gate_.hop().has_heard("XCLIENT ADDR=[UNAVAILABLE] NAME=[UNAVAILABLE]"));
  EXPECT_NE(gate_.log().find("\"xclient_refused\""), std::string::npos) << gate_.log();
  EXPECT_NE(gate_.log().find("501 5.5.4 Bad ADDR syntax"), std::string::npos) << gate_.log();
}

TEST_F(Hop, ThatTakesNoXclientAtAllIsNeverSpokenToWithoutIt) {
  gate_.hop().script[Stage::xclient] = {"501 5.5.4 Bad NAME syntax\r\n", false};
  MemoryClient client = greeted();
  EXPECT_EQ(attempt(gate_, client), "501 5.5.4 Bad NAME syntax\r\n");
  EXPECT_EQ(gate_.hop().heard.back(), "XCLIENT ADDR=[UNAVAILABLE] NAME=[UNAVAILABLE]");
}

// A stranger would pass for the gate.
TEST(KeptConnections, AreUsedOnlyWhereTheHopIsSpokenToInTheSameWay) {
  MemoryGate gate([](Settings& settings) {
    settings.judge.foreign_recipients = judge::ForeignRecipients::pass;
    RouteSettings without = settings.routes.front();
    without.domains = {"fabrikam.example"};
    without.xclient = false;
    settings.routes.push_back(without);
  });
  gate.hop().extensions = {"PIPELINING", "XCLIENT NAME ADDR"};
  const auto told = [&](std::string_view recipient) {
    gate.hop().heard.clear();
    MemoryClient client = gate.connect();
    client.hear();
    client.say("HELO client.example");
    client.say("MAIL FROM:<x@adatum.com>");
    EXPECT_TRUE(client.say(recipient).starts_with("250 ")) << gate.log();
    client.say("DATA");
    EXPECT_EQ(client.send("Subject: x\r\n\r\nhello\r\n.\r\n"), "250 2.0.0 taken\r\n");
    return gate.hop().has_heard("XCLIENT ADDR=192.0.2.9 NAME=[UNAVAILABLE]");
  };
  for (int i = 0; i < 2; ++i) {
    EXPECT_FALSE(told("RCPT TO:<ann@fabrikam.example>"));
    EXPECT_TRUE(told("RCPT TO:<bob@contoso.com>"));
  }
  EXPECT_EQ(gate.hop().connections(), 2u) << "each is kept for its own route";
}

TEST_F(Hop, IsUsedAgainWhileNothingIsLeftOver) {
  for (int i = 0; i < 3; ++i) {
    MemoryClient client = greeted();
    EXPECT_EQ(attempt(gate_, client), "250 2.0.0 taken\r\n");
  }
  EXPECT_EQ(gate_.hop().connections(), 1u);
  gate_.pass(21s);
  EXPECT_EQ(gate_.hop().open(), 0u);
}

TEST_F(Hop, OneReplyTooManyAnswersNobodyElse) {
  // With the reply to the message, and some time after it.
  for (const bool at_once : {true, false}) {
    SCOPED_TRACE(at_once);
    if (at_once) {
      gate_.hop().script[Stage::message] = {"250 2.0.0 taken\r\n250 2.0.0 taken again\r\n", false};
    }
    MemoryClient first = greeted();
    EXPECT_EQ(attempt(gate_, first), "250 2.0.0 taken\r\n");
    if (!at_once) gate_.hop().say("550 5.7.1 and another thing\r\n");
    gate_.hop().script.clear();
    const std::size_t before = gate_.hop().connections();
    MemoryClient next = greeted();
    EXPECT_EQ(attempt(gate_, next), "250 2.0.0 taken\r\n");
    EXPECT_EQ(gate_.hop().connections(), before + 1);
    gate_.pass(21s);
  }
}

TEST_F(Hop, AReplyBeforeTheDotIsNoAnswerToIt) {
  struct Early {
    const char* says;
    const char* heard;
  };
  for (const Early& early : {Early{"250 2.0.0 taken\r\n",
                                   "451 4.4.2 The next mail server was lost, try again later\r\n"},
                             {"552 5.3.4 too large\r\n", "552 5.3.4 too large\r\n"}}) {
    SCOPED_TRACE(early.says);
    MemoryClient client = greeted();
    client.say("MAIL FROM:<ann@fabrikam.example>");
    client.say("RCPT TO:<bob@contoso.com>");
    EXPECT_TRUE(client.say("DATA").starts_with("354"));
    client.send("Subject: x\r\n\r\nhello\r\n");
    gate_.hop().say(early.says);
    EXPECT_EQ(client.say("."), early.heard);
    EXPECT_TRUE(gate_.hop().messages.empty());
  }
}

TEST_F(Hop, HalfAMessageNeverLooksLikeAWholeOne) {
  MemoryClient client = greeted();
  client.say("MAIL FROM:<ann@fabrikam.example>");
  client.say("RCPT TO:<bob@contoso.com>");
  client.say("DATA");
  client.send("Subject: x\r\n\r\n" + std::string(40000, 'x') + "\r\n");
  client.hang_up();
  gate_.settle();
  EXPECT_EQ(gate_.hop().open(), 0u);
  EXPECT_FALSE(gate_.hop().has_heard("."));
  EXPECT_TRUE(gate_.hop().messages.empty());
}

TEST_F(Hop, ThatEndedWhileItWasKeptIsNotTheClientsMatter) {
  MemoryClient client = greeted();
  EXPECT_EQ(attempt(gate_, client), "250 2.0.0 taken\r\n");
  gate_.hop().hang_up();
  EXPECT_EQ(attempt(gate_, client), "250 2.0.0 taken\r\n");
  EXPECT_EQ(gate_.hop().connections(), 2u);
}

// What people look at when mail does not arrive: it must not jump because a hop greylists, nor
// stand still while one dies.
TEST_F(Hop, IsCountedAsFailingWhereItIsLostAndNotForWhatItAnswers) {
  const auto failures = [&] { return gate_.metrics().next_hop_failures.value(); };
  const auto counted_at = [&](Stage stage, const Deviation& deviation) {
    gate_.hop().script = {{stage, deviation}};
    const auto before = failures();
    MemoryClient client = greeted();
    attempt(gate_, client, 601s);
    gate_.hop().script.clear();
    gate_.pass(21s);
    return failures() - before;
  };
  for (const Stage stage : {Stage::greeting, Stage::hello, Stage::xclient, Stage::mail, Stage::rcpt,
                            Stage::data, Stage::message}) {
    SCOPED_TRACE(smtp::name_of(stage));
    EXPECT_EQ(counted_at(stage, {"", true}), 1u) << "it hangs up";
    EXPECT_EQ(counted_at(stage, {}), 1u) << "it is silent";
    if (stage == Stage::greeting || stage == Stage::hello) continue;
    EXPECT_EQ(counted_at(stage, {"450 4.2.0 Greylisted\r\n", false}), 0u);
    EXPECT_EQ(counted_at(stage, {"550 5.7.1 no\r\n", false}), 0u);
  }
  // Nothing is listening.
  const auto before = failures();
  MemoryGate nobody([](Settings& settings) {
    settings.routes.front().next_hops = {"lmtp:unix:/nowhere/socket"};
  });
  MemoryClient client = nobody.connect();
  client.hear();
  client.say("HELO client.example");
  EXPECT_TRUE(attempt(nobody, client).starts_with("451 4.4.1 "));
  EXPECT_EQ(nobody.metrics().next_hop_failures.value(), 1u);
  EXPECT_EQ(failures(), before);
}

// Mail goes on, and yet somebody has to look.
TEST(Failover, CountsTheHopThatCouldNotBeReached) {
  MemoryGate gate([](Settings& settings) {
    auto& hops = settings.routes.front().next_hops;
    hops.insert(hops.begin(), "lmtp:unix:/nowhere/socket");
  });
  MemoryClient client = gate.connect();
  client.hear();
  client.say("HELO client.example");
  EXPECT_EQ(attempt(gate, client), "250 2.0.0 taken\r\n");
  EXPECT_EQ(gate.metrics().next_hop_failures.value(), 1u);
}

TEST_F(Hop, ThatEndedWhileItWasKeptIsNoFailure) {
  MemoryClient client = greeted();
  EXPECT_EQ(attempt(gate_, client), "250 2.0.0 taken\r\n");
  gate_.hop().hang_up();
  EXPECT_EQ(attempt(gate_, client), "250 2.0.0 taken\r\n");
  EXPECT_EQ(gate_.metrics().next_hop_failures.value(), 0u);
}

// RFC 6152, 3.
TEST_F(Hop, ThatTakesNo8BitMimeGetsNoSuchOctets) {
  gate_.hop().extensions = {"PIPELINING"};
  MemoryClient client = gate_.connect();
  client.hear();
  client.say("EHLO client.example");
  const auto deliver = [&](std::string_view mail, const std::string& text) {
    client.say(mail);
    client.say("RCPT TO:<bob@contoso.com>");
    client.say("DATA");
    client.send("Subject: x\r\n\r\n" + text + "\r\n");
    return client.say(".");
  };
  const std::string_view declared = "MAIL FROM:<ann@fabrikam.example> BODY=8BITMIME";
  // In one piece with its end, and when most of it is there already.
  for (const std::size_t before : {0, 100000}) {
    gate_.hop().messages.clear();
    EXPECT_EQ(deliver(declared, std::string(before, 'x') + "\r\nGr\xc3\xbc\xc3\x9f"),
              "550 5.6.3 The next mail server takes no 8BITMIME\r\n");
    EXPECT_TRUE(gate_.hop().messages.empty());
    EXPECT_EQ(gate_.hop().open(), 0u) << "half a message looked like a whole one";
  }
  EXPECT_EQ(gate_.metrics().next_hop_failures.value(), 0u);
  EXPECT_EQ(deliver(declared, "Gruesse"), "250 2.0.0 taken\r\n");
  EXPECT_TRUE(gate_.hop().has_heard("MAIL FROM:<ann@fabrikam.example>"));
  gate_.pass(21s);
  gate_.hop().extensions = {"PIPELINING", "8BITMIME"};
  EXPECT_EQ(deliver(declared, "Gr\xc3\xbc\xc3\x9f"), "250 2.0.0 taken\r\n");
}

// msmtp says SMTPUTF8 of every message. RFC 6531, 3.6: what needs it must not go to a hop without.
TEST_F(Hop, WithoutSmtputf8GetsWhatIsAscii) {
  gate_.hop().extensions = {"PIPELINING", "8BITMIME"};
  MemoryClient client = gate_.connect();
  client.hear();
  client.say("EHLO client.example");
  const auto deliver = [&](const std::string& from, const std::string& to,
                           const std::string& header) {
    client.say("RSET");
    client.say("MAIL FROM:<" + from + "> SMTPUTF8 BODY=8BITMIME");
    const std::string answer = client.say("RCPT TO:<" + to + ">");
    if (!answer.starts_with("250")) return answer;
    client.say("DATA");
    client.send(header + "\r\n\r\nGr\xc3\xbc\xc3\x9f\r\n");
    return client.say(".");
  };
  const std::string refused = "550 5.6.7 The next mail server takes no SMTPUTF8\r\n";
  EXPECT_EQ(deliver("ann@fabrikam.example", "bob@contoso.com", "Subject: Gr\xc3\xbc\xc3\x9f"),
            refused);
  EXPECT_TRUE(gate_.hop().messages.empty());
  EXPECT_EQ(gate_.hop().open(), 0u) << "half a message looked like a whole one";
  EXPECT_EQ(deliver("j\xc3\xb6rg@fabrikam.example", "bob@contoso.com", "Subject: x"), refused);
  EXPECT_EQ(deliver("ann@fabrikam.example", "j\xc3\xb6rg@contoso.com", "Subject: x"), refused);
  EXPECT_TRUE(gate_.hop().messages.empty());
  EXPECT_EQ(deliver("ann@fabrikam.example", "bob@contoso.com", "Subject: x"),
            "250 2.0.0 taken\r\n");
  EXPECT_TRUE(gate_.hop().has_heard("MAIL FROM:<ann@fabrikam.example> BODY=8BITMIME"));
}

}  // namespace
}  // namespace postern::gate
