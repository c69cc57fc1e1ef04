// The milter protocol and a session of it, octet by octet.
#include "gate/milter_protocol.hpp"

#include <memory>
#include <utility>

#include <gtest/gtest.h>

#include "auth/message_check.hpp"
#include "gate/milter_session.hpp"

namespace postern::gate {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;
using Kind = MilterSession::Kind;
namespace action = milter::action;
namespace step = milter::step;

std::string frame(char command, std::string_view arguments = {}) {
  const auto size = static_cast<std::uint32_t>(arguments.size() + 1);
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8)
    out += static_cast<char>(size >> shift & 0xff);
  return out + command + std::string(arguments);
}

std::string number(std::uint32_t value) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8)
    out += static_cast<char>(value >> shift & 0xff);
  return out;
}

std::string offer(std::uint32_t actions = 0x1ff, std::uint32_t steps = 0x1fffff,
                  std::uint32_t version = 6) {
  return frame('O', number(version) + number(actions) + number(steps));
}

const std::string connect_4 = frame('C', "host\0"s + "4"s + "\0\x19"s + "198.51.100.9\0"s);

// A mail server's side of a session, and what came back.
class Dialogue {
 public:
  explicit Dialogue(judge::Settings settings = {}, policy::Tenant tenant = contoso())
      : session_(judge(std::move(settings), std::move(tenant))) {}

  static policy::Tenant contoso() {
    policy::Tenant tenant;
    tenant.name = "contoso.com";
    tenant.accepted_domains = {{"contoso.com", {}, false, false, ""}};
    return tenant;
  }
  static std::shared_ptr<const judge::Judge> judge(judge::Settings settings,
                                                   const policy::Tenant& tenant) {
    auto made = judge::Judge::make({&tenant, 1}, std::move(settings));
    EXPECT_TRUE(made) << (made ? "" : made.error().front().line());
    return *made;
  }

  // The answers, a letter each; a reply's or change's arguments are in said().
  std::string send(std::string_view input, std::size_t piece = 1u << 20) {
    std::string output;
    while (!input.empty() || pending_) {
      std::string_view part = input.substr(0, piece);
      input.remove_prefix(part.size());
      pending_ = false;
      for (bool more = true; more;) {
        const auto event = session_.next(part, output, 1000);
        switch (event.kind) {
          case Kind::input:
            more = false;
            break;
          case Kind::header:
            ++headers_;
            break;
          case Kind::body:
            body_ += event.body;
            break;
          case Kind::message:
            header_ = session_.header();
            session_.answer(results_, output);
            break;
          case Kind::close:
            closed_ = true;
            more = false;
            input = {};
            break;
        }
      }
    }
    std::string letters;
    milter::Frames frames;
    std::string_view rest = output;
    while (const auto answer = frames.next(rest)) {
      letters += answer->command;
      said_.emplace_back(answer->arguments);
    }
    EXPECT_TRUE(frames.idle() || frames.next(rest) == std::nullopt);
    return letters;
  }
  std::string begin() { return send(offer() + connect_4 + frame('H', "printer\0"sv)); }
  std::string mail(std::string_view from, std::string_view to) {
    return send(frame('M', std::string(from) + '\0') + frame('R', std::string(to) + '\0'));
  }

  MilterSession session_;
  std::vector<std::string> said_;
  std::string header_;
  std::string body_;
  const auth::MessageAuthentication* results_ = nullptr;
  int headers_ = 0;
  bool closed_ = false;
  bool pending_ = false;
};

TEST(MilterFrames, AreCutAtEveryOctet) {
  const std::string stream = frame('H', "a\0"sv) + frame('Q') + frame('B', "xyz");
  for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
    milter::Frames frames;
    std::string seen;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      std::string_view input = std::string_view(stream).substr(at, piece);
      while (const auto next = frames.next(input)) {
        seen += next->command;
        seen += next->arguments;
      }
    }
    EXPECT_EQ(seen, "Ha\0QBxyz"s);
  }
}

TEST(MilterFrames, NoFrameIsEmptyOrEndless) {
  for (const std::string& head : {number(0), number(0xffffffff), number((1u << 20) + 1)}) {
    milter::Frames frames;
    std::string_view input = head;
    EXPECT_FALSE(frames.next(input));
    EXPECT_TRUE(frames.too_long());
  }
}

TEST(MilterNegotiation, AsksForTheFewestSteps) {
  Dialogue d;
  EXPECT_EQ(d.send(offer()), "O");
  const auto options = milter::parse_negotiate(d.said_[0]);
  ASSERT_TRUE(options);
  EXPECT_EQ(options->version, 6u);
  EXPECT_EQ(options->actions, action::add_headers | action::change_headers | action::set_symbols);
  EXPECT_EQ(options->steps, step::no_body | step::no_headers | step::no_end_of_header |
                                step::no_unknown | step::no_data | step::connect_unanswered |
                                step::helo_unanswered | step::mail_unanswered |
                                step::header_unanswered | step::body_unanswered);
  EXPECT_NE(d.said_[0].find("{auth_authen}"), std::string::npos);
}

TEST(MilterNegotiation, AsksForWhatTheSettingsNeed) {
  judge::Settings settings;
  settings.refuse_own_header_from = true;
  Dialogue d(settings);
  d.send(offer());
  const auto options = milter::parse_negotiate(d.said_[0]);
  EXPECT_EQ(options->steps & (step::no_body | step::no_headers), 0u);
  EXPECT_NE(options->steps & step::leading_space, 0u);
}

TEST(MilterNegotiation, TakesNoMoreThanIsOffered) {
  Dialogue d;
  d.send(offer(0, 0, 2));
  const auto options = milter::parse_negotiate(d.said_[0]);
  EXPECT_EQ(options->version, 2u);
  EXPECT_EQ(options->actions, 0u);
  EXPECT_EQ(options->steps, 0u);
  EXPECT_EQ(d.said_[0].size(), 12u);
  Dialogue future;
  future.send(offer(0xffffffff, 0xffffffff, 99));
  EXPECT_EQ(milter::parse_negotiate(future.said_[0])->version, 6u);
  Dialogue old;
  EXPECT_EQ(old.send(offer(0, 0, 1)), "");
  EXPECT_TRUE(old.closed_);
}

TEST(MilterSession, RefusesDirectSendAtRcpt) {
  Dialogue d;
  EXPECT_EQ(d.begin(), "O");
  EXPECT_EQ(d.mail("<scanner@contoso.com>", "<ann@contoso.com>"), "y");
  EXPECT_TRUE(d.said_.back().starts_with("550 5.7.68 ")) << d.said_.back();
  EXPECT_EQ(d.said_.back().back(), '\0');
  EXPECT_EQ(d.send(frame('R', "<ann@elsewhere.example>\0"sv)), "c");
  EXPECT_EQ(d.send(frame('A') + frame('Q')), "");
  EXPECT_TRUE(d.closed_);
  EXPECT_EQ(d.session_.fault(), "");
  const auto records = d.session_.take_records();
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].door, "milter");
  EXPECT_EQ(records[0].client->text(), "198.51.100.9");
  EXPECT_EQ(records[0].helo, "printer");
}

TEST(MilterSession, IsTheSameInPieces) {
  const std::string input = offer() + connect_4 + frame('H', "printer\0"sv) +
                            frame('M', "<a@contoso.com>\0SIZE=1\0"sv) +
                            frame('R', "<ann@contoso.com>\0"sv);
  for (const std::size_t piece : {1u, 2u, 3u, 7u, 1000u}) {
    Dialogue d;
    EXPECT_EQ(d.send(input, piece), "Oy") << piece;
  }
}

TEST(MilterSession, AnswersEachStepWhereTheServerWaits) {
  Dialogue d;
  EXPECT_EQ(d.send(offer(0x1ff, 0) + connect_4 + frame('H', "h\0"sv)), "Occ");
  EXPECT_EQ(d.mail("<bob@adatum.com>", "<ann@contoso.com>"), "cc");
  EXPECT_EQ(d.send(frame('T') + frame('L', "From\0 x\0"sv) + frame('N') + frame('B', "body") +
                   frame('U', "VRFY\0"sv) + frame('E')),
            "cccccc");
}

TEST(MilterSession, SignedInIsNoDirectSend) {
  Dialogue d;
  d.begin();
  EXPECT_EQ(d.send(frame('D', "M{auth_authen}\0ann\0"sv)), "");
  EXPECT_EQ(d.mail("<ann@contoso.com>", "<bob@contoso.com>"), "c");
  // An empty value says that nobody did.
  EXPECT_EQ(d.send(frame('A') + frame('D', "M{auth_authen}\0\0"sv)), "");
  EXPECT_EQ(d.mail("<ann@contoso.com>", "<bob@contoso.com>"), "y");
}

TEST(MilterSession, JudgesTheSenderAsTheServerReadsItToo) {
  Dialogue d;
  d.begin();
  const auto mail = [&](std::string_view argument, std::string_view read) {
    std::string macros = "M{mail_addr}";
    macros += '\0';
    macros += read;
    macros += '\0';
    d.send(frame('A') + frame('D', macros));
    return d.mail(argument, "<bob@contoso.com>");
  };
  // What Postfix makes of each is in its tables: quotes off, comments and groups read, its domain
  // on.
  EXPECT_EQ(mail("<\"ceo@contoso.com\">", "ceo@contoso.com"), "y");
  EXPECT_EQ(mail("<ceo@contoso.com(x)>", "ceo@contoso.com"), "y");
  EXPECT_EQ(mail("<g:ceo@contoso.com;>", "ceo@contoso.com"), "y");
  EXPECT_EQ(mail("<ceo%contoso.com>", "ceo@contoso.com"), "y");
  EXPECT_EQ(mail("<ceo@contoso.com>", "x@evil.example"), "y");
  EXPECT_EQ(mail("<x@evil.example>", "x@evil.example"), "c");
  // The next sender, of whom nothing is told, is not the last one.
  EXPECT_EQ(mail("<ann@contoso.com>", "ann@contoso.com"), "y");
  d.send(frame('A'));
  EXPECT_EQ(d.mail("<>", "<bob@contoso.com>"), "c");
}

// What Postfix takes for a recipient, and nobody else: whose it is decides, as of any other.
TEST(MilterSession, JudgesTheRecipientAsTheServerReadsIt) {
  judge::Settings settings;
  settings.domains = {{"lab.contoso.com", judge::Mode::off, {}, {}}};
  policy::Tenant tenant = Dialogue::contoso();
  tenant.accepted_domains.push_back({"lab.contoso.com", {}, false, false, ""});
  Dialogue d(settings, tenant);
  d.begin();
  const auto rcpt = [&](std::string_view argument, std::string_view read) {
    d.send(frame('A'));
    d.send(frame('M', "<scanner@contoso.com>\0"sv));
    std::string macros = "R{rcpt_addr}";
    macros += '\0';
    macros += read;
    macros += '\0';
    std::string to(argument);
    to += '\0';
    return d.send((read.empty() ? std::string() : frame('D', macros)) + frame('R', to));
  };
  EXPECT_EQ(rcpt("<ann@contoso.com>", "ann@contoso.com"), "y");
  EXPECT_EQ(rcpt("<ann@contoso.com(x)>", "ann@contoso.com"), "y");
  EXPECT_TRUE(d.said_.back().starts_with("550 5.7.68 ")) << d.said_.back();
  EXPECT_EQ(rcpt("<ann%contoso.com@hop.example>", "ann@contoso.com"), "y");
  EXPECT_EQ(rcpt("<ann@contoso.com(x)>", "ann@hop.example"), "c") << "nobody's here";
  EXPECT_EQ(rcpt("<ann smith@contoso.com>", ""), "y");
  EXPECT_EQ(rcpt("<ann smith@adatum.com>", ""), "c");
  // Both are own: where it will be delivered counts.
  EXPECT_EQ(rcpt("<ann@lab.contoso.com>", ""), "c");
  EXPECT_EQ(rcpt("<ann@lab.contoso.com>", "ann@contoso.com"), "y");
  EXPECT_EQ(rcpt("<ann%contoso.com@lab.contoso.com>", ""), "y");
  EXPECT_EQ(rcpt("<ann@contoso.com>", "ann@lab.contoso.com"), "c");
  for (const auto& record : d.session_.take_records())
    EXPECT_EQ(record.reason, "direct_send_rejected");
}

TEST(MilterSession, WhatCanNotBeReadIsRefusedOnlyWhereTheModeRefusesAndIsRecorded) {
  using judge::Mode;
  for (const Mode mode : {Mode::enforce, Mode::tenant, Mode::observe, Mode::off}) {
    judge::Settings settings;
    settings.mode = mode;
    settings.strip_organization_headers = true;
    Dialogue d(settings);
    d.begin();
    const bool refuses = mode == Mode::enforce || mode == Mode::tenant;
    const std::string outcome = refuses                 ? "refused"
                                : mode == Mode::observe ? "would_refuse"
                                                        : "undetermined";
    EXPECT_EQ(d.mail("<bob@adatum.com>", "<ann@contoso.com(x)>"), refuses ? "y" : "c");
    EXPECT_EQ(d.send(frame('R', "<ann@contoso.com>\0"sv)), "c");
    // Which would continue a field before it.
    const std::string said = d.send(frame('L', " x\0 y\0"sv) + frame('E'));
    EXPECT_EQ(said.back(), refuses ? 'y' : 'c');
    EXPECT_EQ(d.mail("<bob@adatum.com>", "<ann@contoso.com>"), "c");
    for (int i = 0; i < 3; ++i)
      d.send(frame('L', "X\0 "s + std::string(400'000, 'x') + "\0"s));
    EXPECT_EQ(d.send(frame('E')).back(), refuses ? 'y' : 'c');
    EXPECT_EQ(d.said_.back().starts_with("552 5.3.4 "), refuses) << d.said_.back();
    const auto records = d.session_.take_records();
    ASSERT_EQ(records.size(), 3u);
    EXPECT_EQ(records[0].reason, "unreadable_recipient");
    EXPECT_EQ(records[0].recipient, "<ann@contoso.com(x)>");
    EXPECT_EQ(records[1].reason, "unreadable_header");
    EXPECT_EQ(records[1].tenant, "contoso.com");
    EXPECT_EQ(records[2].reply, "552 5.3.4 The header is too long");
    for (const auto& record : records) {
      EXPECT_EQ(name_of(record.outcome), outcome);
      EXPECT_EQ(record.mode, mode);
    }
  }
}

TEST(MilterSession, RefusesAFieldThatWouldContinueAnother) {
  Dialogue d;
  d.begin();
  EXPECT_EQ(d.mail("<x@evil.example>", "<bob@contoso.com>"), "c");
  d.send(frame('L', "Subject\0 hi\0"sv) + frame('L', " ; dmarc=pass\0 x\0"sv) + frame('N'));
  const std::string said = d.send(frame('E'));
  EXPECT_NE(said.find('y'), std::string::npos) << said;
}

policy::Tenant with_certificate_connector() {
  policy::Tenant tenant = Dialogue::contoso();
  policy::InboundConnector connector;
  connector.name = "Signatures";
  connector.sender_domains = {{policy::SenderDomain::Kind::any, "", 1}};
  connector.tls_sender_certificate_name = "*.signatures.example";
  tenant.inbound_connectors = {connector};
  return tenant;
}

TEST(MilterSession, AVerifiedCertificateMatchesItsConnector) {
  Dialogue d({}, with_certificate_connector());
  d.begin();
  // Sendmail: a distinguished name, and whether it was verified.
  d.send(frame('D',
               "H{tls_version}\0TLSv1.3\0{verify}\0OK\0{cert_subject}\0"
               "/C=FR/O=a+2Fb/CN=EU.signatures.example\0"sv));
  EXPECT_EQ(d.mail("<ann@contoso.com>", "<bob@contoso.com>"), "c");
  EXPECT_EQ(d.session_.facts().common_name, "eu.signatures.example");
  d.send(frame('A') + frame('D',
                            "H{tls_version}\0TLSv1.3\0{verify}\0FAIL\0{cert_subject}\0"
                            "/CN=eu.signatures.example\0"sv));
  EXPECT_EQ(d.mail("<ann@contoso.com>", "<bob@contoso.com>"), "y");
  // Postfix: the common name alone, and only where the certificate is trusted.
  d.send(frame('A') + frame('D', "Cv\0Postfix 3.7.11\0"sv) +
         frame('D', "H{tls_version}\0TLSv1.3\0{cert_subject}\0eu.signatures.example\0"sv));
  EXPECT_EQ(d.mail("<ann@contoso.com>", "<bob@contoso.com>"), "c");
}

TEST(MilterSession, SaysOnceWhatMissingMacrosDisable) {
  Dialogue d({}, with_certificate_connector());
  EXPECT_EQ(d.send(offer(0x3f) + connect_4 + frame('H', "h\0"sv)), "O");
  EXPECT_EQ(d.mail("<ann@contoso.com>", "<bob@contoso.com>"), "c");
  const auto remarks = d.session_.take_remarks();
  ASSERT_EQ(remarks.size(), 3u);
  EXPECT_NE(remarks[0].find("{auth_authen}"), std::string::npos);
  d.send(frame('A'));
  d.mail("<ann@contoso.com>", "<bob@contoso.com>");
  EXPECT_TRUE(d.session_.take_remarks().empty());
  ASSERT_FALSE(d.session_.take_records().empty());
  d.send(frame('Q'));
}

TEST(MilterSession, ReadsTheHeaderAsItStood) {
  judge::Settings settings;
  settings.strip_organization_headers = true;
  Dialogue d(settings);
  d.begin();
  EXPECT_EQ(d.mail("<bob@adatum.com>", "<ann@contoso.com>"), "c");
  // The second field tries to smuggle a third one in.
  EXPECT_EQ(d.send(frame('L', "Subject\0 a\n\tb\0"sv) + frame('L', "X-A\0 1\nFrom: x\0"sv) +
                   frame('L', "X-MS-Exchange-Organization-SCL\0 -1\0"sv) +
                   frame('L', "X-Ms-Exchange-Organization-Scl\0 -1\0"sv) + frame('E')),
            "mmc");
  EXPECT_EQ(d.header_,
            "Subject: a\r\n\tb\r\nX-A: 1\r\n\tFrom: x\r\nX-MS-Exchange-Organization-SCL: "
            "-1\r\nX-Ms-Exchange-Organization-Scl: -1\r\n\r\n");
  // From the bottom up, so that the server's counting stays right.
  EXPECT_EQ(d.said_[d.said_.size() - 3], number(2) + "X-Ms-Exchange-Organization-Scl\0\0"s);
  EXPECT_EQ(d.said_[d.said_.size() - 2], number(1) + "X-MS-Exchange-Organization-SCL\0\0"s);
}

TEST(MilterSession, GivesTheBodyOnlyWhereItIsWanted) {
  judge::Settings settings;
  settings.refuse_own_header_from = true;
  for (const char* author : {"ann@contoso.com", "bob@adatum.com"}) {
    Dialogue d(settings);
    d.begin();
    EXPECT_EQ(d.mail("<bob@adatum.com>", "<ann@contoso.com>"), "c");
    const std::string letters =
        d.send(frame('L', "From\0 "s + author + "\0"s) + frame('B', "one\r\n") +
               frame('B', "two\r\n") + frame('E', "three\r\n"));
    const bool own = author == "ann@contoso.com"sv;
    EXPECT_EQ(d.headers_, 1);
    EXPECT_EQ(d.body_, own ? "one\r\ntwo\r\nthree\r\n" : "");
    EXPECT_EQ(letters, own ? "y" : "c");
  }
}

TEST(MilterSession, AnExceptionIsTakenAtTheEndOfTheMessage) {
  judge::Settings settings;
  settings.stage = ledger::Stage::data;
  settings.allow_aligned_dkim = true;
  settings.authserv_id = "gate.example";
  auth::MessageAuthentication results;
  auth::DkimOutcome signature;
  signature.result = auth::DkimResult::pass;
  signature.domain = "contoso.com";
  results.dkim.push_back(signature);
  for (const bool leading_space : {true, false}) {
    Dialogue d(settings);
    d.results_ = &results;
    d.send(offer(0x1ff, leading_space ? 0x1fffff : 0x0fffff) + connect_4 + frame('H', "h\0"sv));
    EXPECT_EQ(d.mail("<ann@contoso.com>", "<bob@contoso.com>"), "c");
    const std::string header = leading_space ? " Ann <ann@contoso.com>\0"s : "ann@contoso.com\0"s;
    EXPECT_EQ(d.send(frame('L', "From\0"s + header) + frame('B', "body") + frame('E')), "ic");
    EXPECT_EQ(d.header_, leading_space ? "From: Ann <ann@contoso.com>\r\n\r\n"
                                       : "From: ann@contoso.com\r\n\r\n");
    EXPECT_EQ(d.said_[d.said_.size() - 2],
              number(0) + "Authentication-Results\0"s + (leading_space ? " " : "") +
                  "gate.example;\n\tdkim=pass header.d=contoso.com;\n\tdmarc=none\0"s);
    const auto records = d.session_.take_records();
    ASSERT_EQ(records.size(), 1u);
    EXPECT_EQ(records[0].exception, "aligned_dkim");
  }
}

TEST(MilterSession, ServesSeveralMessagesAndConnections) {
  Dialogue d;
  d.begin();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(d.mail("<bob@adatum.com>", "<ann@contoso.com>"), "c");
    EXPECT_EQ(d.send(frame('E')), "c");
  }
  d.send(frame('D', "M{auth_authen}\0ann\0"sv));
  EXPECT_EQ(d.send(frame('K') + connect_4 + frame('H', "h\0"sv)), "");
  // Who signed in was somebody else.
  EXPECT_EQ(d.mail("<ann@contoso.com>", "<bob@contoso.com>"), "y");
}

TEST(MilterSession, ClosesOnWhatIsNoMilterProtocol) {
  for (const std::string& input :
       {frame('C', "x\0"sv), offer() + frame('Z'), offer() + frame('D'), offer() + frame('D', "Cx"),
        offer() + frame('C', "host"),
        offer() + frame('C',
                        "host\0004\0\x19"
                        "999.1.1.1\0"sv),
        offer() + frame('R', "<a@contoso.com>\0"sv), offer() + frame('L', "a\0"sv),
        frame('O', "short"), number(0x7fffffff) + "O"}) {
    Dialogue d;
    d.send(input);
    EXPECT_TRUE(d.closed_);
    EXPECT_NE(d.session_.fault(), "");
  }
}

TEST(MilterReply, EscapesWhatTheServerWouldFormat) {
  std::string out;
  milter::put_reply(out, {550, "5.7.68", "100 % sure\r\ninjected\nsecond"});
  EXPECT_EQ(out.substr(5),
            "550-5.7.68 100 %% sure?\r\n550-5.7.68 injected\r\n550 5.7.68 second\0"s);
}

TEST(MilterConnect, ReadsAddresses) {
  const auto v6 = milter::parse_connect("h\0006\0\x19IPv6:2001:db8::7\0"sv);
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->address->text(), "2001:db8::7");
  EXPECT_EQ(v6->port, 25);
  const auto local = milter::parse_connect("h\0L\0\0/run/x\0"sv);
  ASSERT_TRUE(local);
  EXPECT_FALSE(local->address);
  EXPECT_TRUE(milter::parse_connect("h\0U"sv));
}

}  // namespace
}  // namespace postern::gate
