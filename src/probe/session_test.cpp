#include "probe/session.hpp"

#include <cstddef>
#include <deque>
#include <utility>

#include <gtest/gtest.h>

namespace postern::probe {
namespace {

// A server that says its lines in order: one after each line that is sent, the first at once.
class Script final : public Wire {
 public:
  explicit Script(std::deque<std::string> replies) : replies_(std::move(replies)) {}

  Result<void> write(std::string_view bytes) override {
    sent += bytes;
    return {};
  }
  Result<std::string> read() override {
    // A server answers what it was sent; who reads first waits for ever.
    if (begun_ && sent.size() == heard_) return fail("nothing was sent, so nothing comes");
    begun_ = true;
    heard_ = sent.size();
    if (replies_.empty()) return std::string{};
    std::string out = replies_.front();
    replies_.pop_front();
    if (out == "!") return fail("no answer in time");
    return out;
  }
  Result<std::string> start_tls() override {
    if (break_tls) return fail("the TLS handshake failed");
    return std::string("TLSv1.3");
  }
  std::string sent;
  bool break_tls = false;

 private:
  std::deque<std::string> replies_;
  std::size_t heard_ = 0;
  bool begun_ = false;
};

Observation run(Script& script, bool send = false) {
  const Envelope envelope{Question::own_domain, "a@contoso.com", "a@contoso.com", "a@contoso.com"};
  return ask(envelope, script, {"probe.example", send, "id-1", 1'790'000'000});
}

constexpr const char* hello = "250 mx\r\n";

TEST(Session, StopsBeforeContent) {
  Script script({"220 mx\r\n", hello, "250 ok\r\n", "250 ok\r\n", "250 reset\r\n", "221 bye\r\n"});
  const Observation o = run(script);
  EXPECT_EQ(o.stage, smtp::Stage::rcpt);
  EXPECT_EQ(o.meaning, Meaning::accepted);
  EXPECT_FALSE(o.taken());
  EXPECT_EQ(script.sent,
            "EHLO probe.example\r\nMAIL FROM:<a@contoso.com>\r\nRCPT TO:<a@contoso.com>\r\n"
            "RSET\r\nQUIT\r\n");
}

TEST(Session, SendsTheMessageWhereAsked) {
  Script script({"220 mx\r\n", hello, "250 ok\r\n", "250 ok\r\n", "354 go\r\n",
                 "250 2.6.0 queued\r\n", "221 bye\r\n"});
  const Observation o = run(script, true);
  EXPECT_TRUE(o.taken());
  EXPECT_EQ(o.id, "id-1");
  EXPECT_NE(script.sent.find("X-Postern-Probe: A; id=id-1\r\n"), std::string::npos);
  EXPECT_NE(script.sent.find("\r\n.\r\nQUIT\r\n"), std::string::npos);
}

TEST(Session, TheStageOfARefusalIsRecorded) {
  Script at_rcpt({"220 mx\r\n", hello, "250 ok\r\n", "550 5.7.68 no\r\n", "250 ok\r\n", "221\r\n"});
  const Observation o = run(at_rcpt, true);
  EXPECT_EQ(o.stage, smtp::Stage::rcpt);
  EXPECT_EQ(o.meaning, Meaning::direct_send_refused);
  EXPECT_EQ(at_rcpt.sent.find("DATA"), std::string::npos);

  Script at_end({"220 mx\r\n", hello, "250 ok\r\n", "250 ok\r\n", "354 go\r\n", "550 5.7.68 no\r\n",
                 "221 bye\r\n"});
  EXPECT_EQ(run(at_end, true).stage, smtp::Stage::message);
  Script at_mail({"220 mx\r\n", hello, "550 5.7.1 no\r\n"});
  EXPECT_EQ(run(at_mail).stage, smtp::Stage::mail);
  Script at_greeting({"554 5.7.606 banned sending IP\r\n"});
  const Observation greeting = run(at_greeting);
  EXPECT_EQ(greeting.meaning, Meaning::reputation);
  EXPECT_EQ(greeting.stage, smtp::Stage::greeting);
}

TEST(Session, TakesStartTls) {
  Script script({"220 mx\r\n", "250-mx\r\n250 STARTTLS\r\n", "220 go\r\n", hello, "250 ok\r\n",
                 "550 5.7.51 TenantInboundAttribution\r\n", "250 ok\r\n", "221 bye\r\n"});
  const Observation o = run(script);
  EXPECT_TRUE(o.tls);
  EXPECT_EQ(o.tls_version, "TLSv1.3");
  EXPECT_EQ(o.meaning, Meaning::locked_down);
}

TEST(Session, AFaultIsAnObservation) {
  Script closed({"220 mx\r\n", hello, "250 ok\r\n"});
  const Observation o = run(closed);
  EXPECT_FALSE(o.answered);
  EXPECT_EQ(o.stage, smtp::Stage::rcpt);
  EXPECT_EQ(o.fault, "the host closed the connection");
  Script silent({"!"});
  EXPECT_FALSE(run(silent).answered);
  Script tls({"220 mx\r\n", "250-mx\r\n250 STARTTLS\r\n", "220 go\r\n"});
  tls.break_tls = true;
  EXPECT_EQ(run(tls).fault, "the TLS handshake failed");
  Script injected({"220 mx\r\n", "250-mx\r\n250 STARTTLS\r\n", "220 go\r\n250 ok\r\n"});
  EXPECT_FALSE(run(injected).answered);
  Script nonsense({"hello there\r\n"});
  EXPECT_FALSE(run(nonsense).answered);
}

TEST(Session, AnEndAfterTheAnswerChangesNothing) {
  Script script({"220 mx\r\n", hello, "250 ok\r\n", "550 5.7.68 no\r\n"});
  const Observation o = run(script);
  EXPECT_TRUE(o.answered);
  EXPECT_EQ(o.meaning, Meaning::direct_send_refused);
}

}  // namespace
}  // namespace postern::probe
