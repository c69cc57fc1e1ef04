// One client's session: what it may take, who it is, and what is kept of it, however it ends.
#include "gate/connection.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "auth/message_check.hpp"
#include "gate/maildir.hpp"
#include "gate/testing/identities.hpp"
#include "gate/testing/memory_gate.hpp"

namespace postern::gate {
namespace {

using namespace std::chrono_literals;
using smtp::Stage;

constexpr std::string_view own = "MAIL FROM:<ceo@contoso.com>";
constexpr std::string_view foreign = "MAIL FROM:<ann@fabrikam.example>";
constexpr std::string_view recipient = "RCPT TO:<bob@contoso.com>";
constexpr std::string_view direct_send =
    "550 5.7.68 TenantInboundAttribution; Direct Send not allowed";

MemoryClient greeted(MemoryGate& gate) {
  MemoryClient client = gate.connect();
  EXPECT_EQ(client.hear(), "220 gate.example ESMTP\r\n");
  EXPECT_TRUE(client.say("EHLO client.example").starts_with("250-gate.example\r\n"));
  return client;
}

// Up to the message's octets, whose final dot is still to come.
void begin_message(MemoryClient& client) {
  EXPECT_EQ(client.say(foreign), "250 2.1.0 OK\r\n");
  EXPECT_EQ(client.say(recipient), "250 2.1.5 OK\r\n");
  EXPECT_TRUE(client.say("DATA").starts_with("354"));
  client.send("Subject: x\r\n\r\nhello\r\n");
}

// --- time ---

TEST(Session, AClientIsNotToldToGoWhileTheNextHopIsAwaited) {
  MemoryGate gate([](Settings& s) { s.limits.block_time = s.limits.command_time = 2s; });
  for (const Stage stage : {Stage::rcpt, Stage::data, Stage::message}) {
    SCOPED_TRACE(smtp::name_of(stage));
    gate.hop().script[stage] = {};
    MemoryClient client = greeted(gate);
    EXPECT_EQ(client.say(foreign), "250 2.1.0 OK\r\n");
    std::string reply = client.say(recipient);
    if (stage != Stage::rcpt) {
      EXPECT_EQ(reply, "250 2.1.5 OK\r\n");
      reply = client.say("DATA");
    }
    if (stage == Stage::message) {
      EXPECT_TRUE(reply.starts_with("354"));
      reply = client.send("Subject: x\r\n\r\nhello\r\n.\r\n");
    }
    EXPECT_EQ(reply, "");
    gate.pass(7s);
    EXPECT_EQ(client.hear(), "");
    gate.hop().script.clear();
    gate.hop().say(stage == Stage::data ? "354 go on\r\n" : "250 2.0.0 at last\r\n");
    EXPECT_EQ(client.hear(), stage == Stage::data ? "354 End data with <CR><LF>.<CR><LF>\r\n"
                                                  : "250 2.0.0 at last\r\n");
    EXPECT_FALSE(client.closed());
    client.hang_up();
    gate.settle();
    gate.hop().hang_up();
  }
}

TEST(Session, ASilentClientIsTold) {
  MemoryGate gate;
  MemoryClient client = greeted(gate);
  gate.pass(299s);
  EXPECT_FALSE(client.closed());
  gate.pass(2s);
  EXPECT_EQ(client.hear(), "421 4.4.2 gate.example Timeout, closing the connection\r\n");
  EXPECT_TRUE(client.closed());
  EXPECT_EQ(gate.metrics().sessions_timed_out.value(), 1u);
}

TEST(Session, AMessageHasItsHalfHourAlsoOfAClientThatDoesNotPipeline) {
  MemoryGate gate;
  MemoryClient client = greeted(gate);
  EXPECT_EQ(client.say(foreign), "250 2.1.0 OK\r\n");
  gate.pass(240s);
  EXPECT_EQ(client.say(recipient), "250 2.1.5 OK\r\n");
  gate.pass(240s);
  EXPECT_TRUE(client.say("DATA").starts_with("354"));
  for (int minute = 0; minute < 29; ++minute) {
    gate.pass(60s);
    EXPECT_EQ(client.send("X: y\r\n"), "") << minute;
  }
  EXPECT_EQ(client.send(".\r\n"), "250 2.0.0 taken\r\n");
}

TEST(Session, AMessageMayNotTrickleForEver) {
  MemoryGate gate;
  MemoryClient client = greeted(gate);
  begin_message(client);
  std::string said;
  for (int minute = 0; minute < 32 && said.empty(); ++minute) {
    gate.pass(60s);
    said = client.send("y\r\n");
  }
  EXPECT_TRUE(said.starts_with("421 4.4.2 ")) << said;
  EXPECT_TRUE(gate.hop().messages.empty());
}

TEST(Session, ALineMayNotTrickleForEver) {
  MemoryGate gate;
  MemoryClient client = greeted(gate);
  std::string said;
  for (int i = 0; i < 13 && said.empty(); ++i) {
    gate.pass(30s);
    said = client.send("N");
  }
  EXPECT_TRUE(said.starts_with("421 4.4.2 ")) << said;
}

// --- who the client is ---

struct Identity {
  bool xclient = false;
  bool tls = false;
  const char* certificate = "";  // whose
  bool signs_in = false;
};

class Identities : public testing::Test {
 protected:
  Identities()
      : gate_([this](Settings& s) {
          s.smtp.auth = AuthUse::pass;
          s.smtp.auth_in_clear = true;
          s.smtp.xclient_peers = {*Prefix::parse("192.0.2.0/24")};
          authority_ = std::make_unique<Authority>();
          s.tls = {.certificate = authority_->identity("gate.example"),
                   .key = {},
                   .client_ca = authority_->bundle()};
        }) {
    gate_.hop().extensions = {"PIPELINING", "AUTH PLAIN LOGIN"};
  }

  // Begins a session as that, up to MAIL.
  MemoryClient client(const Identity& who) {
    MemoryClient client = greeted(gate_);
    if (who.tls) {
      EXPECT_EQ(client.say("STARTTLS"), "220 2.0.0 Ready to start TLS\r\n");
      const std::string shown =
          *who.certificate == '\0' ? std::string{} : authority_->identity(who.certificate);
      const auto context = TlsContext::client({}, false, shown, {});
      EXPECT_TRUE(context && client.start_tls(**context));
      client.say("EHLO client.example");
    }
    if (who.xclient) {
      EXPECT_EQ(client.say("XCLIENT ADDR=203.0.113.5"), "220 gate.example ESMTP\r\n");
      client.say("EHLO far.example");
    }
    if (who.signs_in) {
      EXPECT_EQ(client.say("AUTH PLAIN AGFubgBzZWNyZXQ="), "235 2.7.0 welcome\r\n");
    }
    return client;
  }

  std::unique_ptr<Authority> authority_;
  MemoryGate gate_;
};

TEST_F(Identities, WhoSpeaksForAClientLendsItNothing) {
  for (const bool xclient : {false, true}) {
    for (const auto& [tls, certificate] :
         std::vector<std::pair<bool, const char*>>{{false, ""},
                                                   {true, ""},
                                                   {true, "mail.partner.example"},
                                                   {true, "mail.other.example"}}) {
      for (const bool signs_in : {false, true}) {
        SCOPED_TRACE(fmt::format("XCLIENT {}, TLS {}, certificate '{}', AUTH {}", xclient, tls,
                                 certificate, signs_in));
        MemoryClient sender = client({xclient, tls, certificate, signs_in});
        EXPECT_EQ(sender.say(own), "250 2.1.0 OK\r\n");
        const std::string reply = sender.say(recipient);
        const bool partner = std::string_view(certificate) == "mail.partner.example";
        EXPECT_EQ(reply.starts_with("250 "), signs_in || (partner && !xclient)) << reply;
        EXPECT_EQ(reply.starts_with(direct_send), !signs_in && (!partner || xclient)) << reply;
        gate_.records.clear();
        sender.hang_up();
        gate_.settle();
        if (reply.starts_with("250 ")) continue;
        ASSERT_EQ(gate_.records.size(), 1u);
        const ledger::Record& record = gate_.records.front();
        EXPECT_EQ(record.client->text(), xclient ? "203.0.113.5" : "192.0.2.9");
        EXPECT_EQ(record.tls_known, !xclient);
        EXPECT_EQ(record.tls, tls && !xclient);
        EXPECT_EQ(record.certificate_known, !xclient);
        EXPECT_EQ(record.certificate_name, xclient ? "" : certificate);
      }
    }
  }
}

TEST_F(Identities, ACancelledSignInIsOverAtTheNextHopToo) {
  MemoryClient sender = client({});
  EXPECT_EQ(sender.say("AUTH LOGIN"), "334 \r\n");
  EXPECT_EQ(gate_.hop().open(), 1u);
  EXPECT_EQ(sender.say("*"), "501 5.0.0 Authentication cancelled\r\n");
  EXPECT_EQ(gate_.hop().open(), 0u);
  EXPECT_EQ(sender.say(foreign), "250 2.1.0 OK\r\n");
  EXPECT_EQ(sender.say(recipient), "250 2.1.5 OK\r\n");
  EXPECT_TRUE(gate_.hop().has_heard("MAIL FROM:<ann@fabrikam.example>"));
  sender.say("RSET");
  EXPECT_EQ(sender.say(own), "250 2.1.0 OK\r\n");
  EXPECT_TRUE(sender.say(recipient).starts_with(direct_send));
}

// RFC 4954: 235 alone. Where AUTH is offered by nobody, a server may agree to what it never heard
// of.
TEST_F(Identities, NobodyIsSignedInByAnotherCodeThan235) {
  for (const char* code : {"250 ok", "220 hello", "252 maybe", "299 x", "354 go on", "150 wait"}) {
    SCOPED_TRACE(code);
    gate_.hop().script[Stage::auth] = {std::string(code) + "\r\n", false};
    MemoryClient sender = client({});
    EXPECT_EQ(sender.say("AUTH PLAIN AGFubgBzZWNyZXQ="),
              "454 4.7.0 Temporary authentication failure\r\n");
    EXPECT_EQ(gate_.hop().open(), 0u);
    sender.say(own);
    EXPECT_TRUE(sender.say(recipient).starts_with(direct_send));
  }
  EXPECT_NE(gate_.log().find("at AUTH: its reply can't be an answer: 250 ok"), std::string::npos)
      << gate_.log();
}

TEST_F(Identities, NobodyIsSentWhereTheMechanismIsNotOffered) {
  for (const std::vector<std::string>& offers :
       {std::vector<std::string>{"PIPELINING"}, {"PIPELINING", "AUTH LOGIN CRAM-MD5"}}) {
    gate_.hop().extensions = offers;
    gate_.hop().heard.clear();
    MemoryClient sender = client({});
    EXPECT_EQ(sender.say("AUTH PLAIN AGFubgBzZWNyZXQ="),
              "454 4.7.0 Temporary authentication failure\r\n");
    EXPECT_FALSE(gate_.hop().has_heard("AUTH PLAIN AGFubgBzZWNyZXQ=")) << "the password went out";
    sender.say(own);
    EXPECT_TRUE(sender.say(recipient).starts_with(direct_send));
    sender.hang_up();
    gate_.pass(std::chrono::seconds(21));
  }
  EXPECT_NE(gate_.log().find("does not offer AUTH PLAIN"), std::string::npos) << gate_.log();
}

TEST_F(Identities, NobodyIsSignedInBeforeTheNextHopAgreed) {
  gate_.hop().script[Stage::auth] = {"535 5.7.8 no\r\n", false};
  for (const std::string_view attempt :
       {"AUTH PLAIN AGFubgBzZWNyZXQ=", "AUTH PLAIN !!!", "AUTH PLAIN Y2VvAGFubgBzZWNyZXQ="}) {
    MemoryClient sender = client({});
    EXPECT_TRUE(sender.say(attempt).starts_with("5")) << attempt;
    EXPECT_EQ(gate_.hop().open(), 0u);
    sender.say(own);
    EXPECT_TRUE(sender.say(recipient).starts_with(direct_send)) << attempt;
  }
}

TEST_F(Identities, StartTlsAndXclientEndASignIn) {
  MemoryClient in_clear = client({.signs_in = true});
  EXPECT_EQ(gate_.hop().open(), 1u);
  in_clear.say("STARTTLS");
  EXPECT_EQ(gate_.hop().open(), 0u);
  const auto context = TlsContext::client({}, false, {}, {});
  ASSERT_TRUE(context && in_clear.start_tls(**context));
  in_clear.say("EHLO client.example");
  in_clear.say(own);
  EXPECT_TRUE(in_clear.say(recipient).starts_with(direct_send));

  MemoryClient proxy = client({.signs_in = true});
  EXPECT_EQ(gate_.hop().open(), 1u);
  proxy.say("XCLIENT ADDR=203.0.113.5");
  EXPECT_EQ(gate_.hop().open(), 0u);
  proxy.say("EHLO far.example");
  proxy.say(own);
  EXPECT_TRUE(proxy.say(recipient).starts_with(direct_send));
}

TEST_F(Identities, MailGoesOverTheConnectionThatWasSignedIn) {
  MemoryClient sender = client({.signs_in = true});
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(sender.say(own), "250 2.1.0 OK\r\n");
    EXPECT_EQ(sender.say(recipient), "250 2.1.5 OK\r\n");
    EXPECT_TRUE(sender.say("DATA").starts_with("354"));
    EXPECT_EQ(sender.send("Subject: x\r\n\r\nhello\r\n.\r\n"), "250 2.0.0 taken\r\n");
  }
  EXPECT_EQ(gate_.hop().connections(), 1u);
  EXPECT_EQ(gate_.hop().messages.size(), 2u);
}

TEST_F(Identities, WhoseSignInIsLostMustSignInAgain) {
  MemoryClient sender = client({.signs_in = true});
  gate_.hop().hang_up();
  sender.say(own);
  EXPECT_TRUE(sender.say(recipient).starts_with("451 "));
  sender.say("RSET");
  EXPECT_EQ(sender.say(own),
            "421 4.7.0 The next mail server was lost, connect and sign in again\r\n");
  EXPECT_TRUE(sender.closed());
  EXPECT_EQ(gate_.hop().connections(), 1u);
}

// --- what is kept ---

TEST(Records, ARefusalIsKeptHoweverTheSessionEnds) {
  const std::vector<std::pair<const char*, std::function<void(MemoryGate&, MemoryClient&)>>> ends =
      {{"quits", [](MemoryGate&, MemoryClient& c) { c.say("QUIT"); }},
       {"resets", [](MemoryGate&, MemoryClient& c) { c.say("RSET"); }},
       {"vanishes", [](MemoryGate&, MemoryClient& c) { c.hang_up(); }},
       {"is silent", [](MemoryGate& g, MemoryClient&) { g.pass(301s); }},
       {"breaks the protocol", [](MemoryGate&, MemoryClient& c) { c.send("NOOP\nNOOP\r\n"); }},
       {"is cut off at a stop", [](MemoryGate& g, MemoryClient&) { g.cut_off(); }}};
  for (const auto& [name, end] : ends) {
    SCOPED_TRACE(name);
    MemoryGate gate;
    MemoryClient client = greeted(gate);
    client.say(own);
    EXPECT_TRUE(client.say(recipient).starts_with(direct_send));
    EXPECT_TRUE(gate.records.empty());
    end(gate, client);
    gate.settle();
    ASSERT_EQ(gate.records.size(), 1u);
    EXPECT_EQ(gate.records.front().reason, "direct_send_rejected");
    EXPECT_EQ(gate.records.front().recipient, "bob@contoso.com");
  }
}

TEST(Records, WhoOnlyLooksWhetherThePortIsOpenBreaksNothing) {
  MemoryGate gate([](Settings& s) { s.smtp.proxy_peers = {*Prefix::parse("198.51.100.0/24")}; });
  for (const std::string_view from : {"192.0.2.9", "198.51.100.1"}) {
    MemoryClient client = gate.connect(from);
    client.hang_up();
    gate.settle();
  }
  EXPECT_EQ(gate.metrics().protocol_faults.value(), 0u);
  EXPECT_EQ(gate.log().find("protocol_fault"), std::string::npos);
}

TEST(Records, WhoTalksFirstDoes) {
  MemoryGate gate([](Settings& s) { s.smtp.proxy_peers = {*Prefix::parse("198.51.100.0/24")}; });
  MemoryClient early = gate.connect();
  EXPECT_TRUE(early.send("EHLO early\r\n").starts_with("554 5.5.1 "));
  MemoryClient proxy = gate.connect("198.51.100.1");
  proxy.send("EHLO no PROXY header\r\n");
  EXPECT_TRUE(proxy.closed());
  EXPECT_EQ(gate.metrics().protocol_faults.value(), 2u);
}

// --- limits of the milter's door ---

TEST(MilterDoor, ClosesConnectionsBeyondItsLimit) {
  MemoryGate gate([](Settings& settings) { settings.milter.connections = 2; });
  std::vector<int> ends;
  for (int i = 0; i < 3; ++i)
    ends.push_back(gate.connect_milter());
  gate.settle();
  EXPECT_EQ(gate.metrics().milter_connections_open.value(), 2);
  char octet = 0;
  EXPECT_EQ(::read(ends[2], &octet, 1), 0) << "it is not closed";
  EXPECT_NE(gate.log().find("\"milter_turned_away\""), std::string::npos) << gate.log();
  ::close(ends[0]);
  gate.settle();
  ends.push_back(gate.connect_milter());
  gate.settle();
  EXPECT_EQ(gate.metrics().milter_connections_open.value(), 2) << "one went, and one may come";
  for (std::size_t i = 1; i < ends.size(); ++i)
    ::close(ends[i]);
  gate.settle();
}

// --- stopping ---

TEST(Stopping, EndsIdleSessionsOfBothDoorsAtOnceAndLetsMessagesEnd) {
  MemoryGate gate;
  MemoryClient idle = greeted(gate);
  MemoryClient busy = greeted(gate);
  begin_message(busy);
  const int milter = gate.connect_milter();
  gate.settle();
  EXPECT_EQ(gate.metrics().milter_connections_open.value(), 1);
  drain(gate.worker());
  gate.settle();
  EXPECT_EQ(idle.hear(), "421 4.3.2 gate.example Shutting down\r\n");
  EXPECT_TRUE(idle.closed());
  EXPECT_EQ(gate.metrics().milter_connections_open.value(), 0);
  ::close(milter);
  const std::string last = busy.say(".");
  EXPECT_TRUE(last.starts_with("250 2.0.0 taken\r\n")) << last;
  EXPECT_TRUE((last + busy.hear()).ends_with("421 4.3.2 gate.example Shutting down\r\n"));
}

// Who stops before DATA loses nothing: he is told so, and tries again.
TEST(Stopping, WaitsForNobodyWhoHasBegunNoMessage) {
  MemoryGate gate;
  std::vector<MemoryClient> clients;
  for (const std::vector<std::string>& steps : std::vector<std::vector<std::string>>{
           {},
           {"NOO"},
           {std::string(foreign) + "\r\n"},
           {std::string(foreign) + "\r\n", std::string(recipient) + "\r\n"},
           {std::string(foreign) + "\r\n", "RCPT TO:<half"}}) {
    clients.push_back(greeted(gate));
    for (const std::string& step : steps)
      clients.back().send(step);
  }
  drain(gate.worker());
  gate.settle();
  for (MemoryClient& client : clients) {
    EXPECT_EQ(client.hear(), "421 4.3.2 gate.example Shutting down\r\n");
    EXPECT_TRUE(client.closed());
  }
  EXPECT_EQ(gate.metrics().sessions_open.value(), 0);
}

TEST(Stopping, DoesNotWaitForAGreetingThatIsHeldBack) {
  MemoryGate gate([](Settings& s) { s.smtp.greeting_delay = std::chrono::seconds(60); });
  MemoryClient waiting = gate.connect();
  EXPECT_EQ(waiting.hear(), "");
  drain(gate.worker());
  gate.settle();
  EXPECT_EQ(waiting.hear(), "421 4.3.2 gate.example Shutting down\r\n");
  EXPECT_TRUE(waiting.closed());
}

// Answers nothing before it is destroyed.
class SlowAuthenticator final : public Authenticator {
 public:
  class Check final : public Authenticator::Check {
   public:
    void add_body(std::string_view) override {}
    void finish(std::function<void(const auth::MessageAuthentication&)> done) override {
      done_ = std::move(done);
    }

   private:
    std::function<void(const auth::MessageAuthentication&)> done_;
  };
  std::unique_ptr<Authenticator::Check> begin(auth::ConnectionFacts, const message::HeaderBlock&,
                                              UnixTime, auth::MessageCheckOptions) override {
    return std::make_unique<Check>();
  }
};

// Under a sanitizer: whatever a session waits for, the end of the program finds everything that it
// uses still there.
TEST(Stopping, CutsASessionOffInEveryState) {
  using Steps = std::vector<std::string>;
  const std::string mail = std::string(foreign) + "\r\n";
  const std::string rcpt = std::string(recipient) + "\r\n";
  const std::string message = "DATA\r\n";
  const std::string body = "From: a@contoso.com\r\n\r\nhello\r\n";
  const std::vector<std::pair<std::optional<Stage>, Steps>> states = {
      {std::nullopt, {}},
      {std::nullopt, {"EHLO c\r\n"}},
      {std::nullopt, {"EHLO c\r\n", "NOO"}},
      {std::nullopt, {"EHLO c\r\n", "STARTTLS\r\n"}},
      {Stage::greeting, {"EHLO c\r\n", "AUTH LOGIN\r\n"}},
      {Stage::auth, {"EHLO c\r\n", "AUTH PLAIN AGFubgBzZWNyZXQ=\r\n"}},
      {std::nullopt, {"EHLO c\r\n", "AUTH LOGIN\r\n"}},
      {std::nullopt, {"EHLO c\r\n", mail}},
      {Stage::greeting, {"EHLO c\r\n", mail, rcpt}},
      {Stage::hello, {"EHLO c\r\n", mail, rcpt}},
      {Stage::mail, {"EHLO c\r\n", mail, rcpt}},
      {Stage::rcpt, {"EHLO c\r\n", mail, rcpt}},
      {Stage::data, {"EHLO c\r\n", mail, rcpt, message}},
      {std::nullopt, {"EHLO c\r\n", mail, rcpt, message}},
      {std::nullopt, {"EHLO c\r\n", mail, rcpt, message, "Subject: half"}},
      {Stage::message, {"EHLO c\r\n", mail, rcpt, message, body, ".\r\n"}},
      {Stage::reset, {"EHLO c\r\n", mail, rcpt, "RSET\r\n", mail, rcpt}},
  };
  for (const bool held : {false, true}) {
    for (const auto& [silent, steps] : states) {
      SCOPED_TRACE(fmt::format("held {}, {} steps, the hop is silent at {}", held, steps.size(),
                               silent ? smtp::name_of(*silent) : "nothing"));
      Authority authority;
      MemoryGate gate([&](Settings& s) {
        s.smtp.auth = AuthUse::pass;
        s.smtp.auth_in_clear = true;
        s.tls.certificate = authority.identity("gate.example");
        s.judge.refuse_own_header_from = held;
      });
      gate.authenticate(std::make_unique<SlowAuthenticator>());
      if (silent) gate.hop().script[*silent] = {};
      MemoryClient client = gate.connect();
      client.hear();
      for (const std::string& step : steps)
        client.send(step);
      const int milter = gate.connect_milter();
      gate.settle();
      EXPECT_EQ(gate.worker().connections.size(), 1u);
      gate.cut_off();
      ::close(milter);
      EXPECT_EQ(gate.metrics().sessions_open.value(), 0);
      EXPECT_EQ(gate.metrics().milter_connections_open.value(), 0);
    }
  }
}

TEST(Stopping, CutsALookupOffThatIsAnsweredAfterwards) {
  MemoryGate gate(
      [](Settings& settings) { settings.routes.front().next_hops = {"mail.example:25"}; });
  std::function<void(Found)> late;
  gate.worker().hops.begin_lookup = [&](const std::string&, std::uint16_t, auto done) {
    late = std::move(done);
    return std::shared_ptr<void>();
  };
  MemoryClient client = greeted(gate);
  client.say(foreign);
  EXPECT_EQ(client.say(recipient), "");
  gate.cut_off();
  late({});
}

// Whatever has the name is somebody's mail.
TEST(Maildir, ReplacesNothing) {
  namespace fs = std::filesystem;
  const std::string box = testing::TempDir() + "postern-box" + std::to_string(::getpid());
  MemoryGate gate([&](Settings& settings) {
    settings.routes.front().next_hops.clear();
    settings.routes.front().maildir = box;
  });
  fs::remove_all(box);
  ASSERT_TRUE(prepare_maildir(box));
  MemoryClient client = greeted(gate);
  const auto deliver = [&](bool occupied) {
    begin_message(client);
    const std::string name = fs::directory_iterator(box + "/tmp")->path().filename();
    if (occupied) std::ofstream(box + "/new/" + name) << "somebody's mail";
    const std::string reply = client.say(".");
    std::ifstream file(box + "/new/" + name);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    return std::pair(reply, text);
  };
  const auto [refused, kept] = deliver(true);
  EXPECT_TRUE(refused.starts_with("452 4.3.1 ")) << refused;
  EXPECT_EQ(kept, "somebody's mail");
  EXPECT_TRUE(fs::is_empty(box + "/tmp"));
  const auto [taken, text] = deliver(false);
  EXPECT_TRUE(taken.starts_with("250 2.0.0 ")) << taken;
  EXPECT_TRUE(text.starts_with("Return-Path: <")) << text;
  fs::remove_all(box);
}

}  // namespace
}  // namespace postern::gate
