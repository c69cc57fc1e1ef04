// Questions as entries of senders.toml: each holds its sender, what was answered stays.
#include "impact/questions.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/ascii.hpp"
#include "impact/answers.hpp"
#include "impact/testing/evidence_cases.hpp"
#include "tenant/load.hpp"

namespace postern::impact {
namespace {

using testing::EvidenceCase;
using testing::OwnedMessage;

constexpr const char* small_tenant = R"(
reject_direct_send = false
[[accepted_domain]]
name = "contoso.com"
spf = "v=spf1 ip4:192.0.2.0/28 include:_spf.crm.example -all"
)";

void add_mail(EvidenceCase& evidence, std::string from, const char* address, int days) {
  for (int day = 0; day < days; ++day) {
    OwnedMessage m;
    m.from = m.header_from = from;
    m.to = "ann@contoso.com";
    m.subject = "Scan from the copier";
    m.message_id = fmt::format("<{}.{}@device>", evidence.messages.size(), day);
    m.source = "trace.csv";
    policy::Submission& s = m.facts.submission;
    s.client_ip = IpAddress::parse(address);
    s.time = 1'790'812'800 + day * 86400;
    s.authenticated = policy::Known::no;
    s.tls = policy::Known::yes;
    s.certificate.state = policy::ClientCertificate::State::none;
    m.facts.results.spf = evidence::AuthResult::soft_fail;
    evidence.messages.push_back(std::move(m));
  }
}

// A copier and a second one that nothing vouches for, and a device of the tenant's own.
EvidenceCase three_senders() {
  EvidenceCase out;
  out.configuration = *tenant::parse(small_tenant, "tenant.toml");
  add_mail(out, "scan@contoso.com", "203.0.113.7", 30);
  add_mail(out, "fax@contoso.com", "203.0.113.99", 12);
  add_mail(out, "door@contoso.com", "192.0.2.5", 30);
  return out;
}

std::string asked(const EvidenceCase& evidence, std::string_view there = {}) {
  const auto file = with_questions(there, "senders.toml", evidence.report(), "Contoso");
  EXPECT_TRUE(file) << file.error().line();
  return file ? file->text : std::string{};
}

std::string answered(std::string text, std::string_view sender, std::string_view answer) {
  const std::size_t entry = text.find(fmt::format("\"{}\"", sender));
  const std::size_t at = text.find("answer = \"?\"", entry);
  EXPECT_NE(at, std::string::npos) << sender << "\n" << text;
  return at == std::string::npos ? text
                                 : text.replace(at, 12, fmt::format("answer = \"{}\"", answer));
}

Report report_with(EvidenceCase evidence, const std::string& senders) {
  auto pins = parse_pins(senders, "senders.toml");
  EXPECT_TRUE(pins) << pins.error().line();
  if (pins) evidence.pins = std::move(*pins);
  return evidence.report();
}

std::uint64_t refused_of(const Report& report, Standing standing, Looks looks) {
  std::uint64_t out = 0;
  for (const Sender& sender : report.senders) {
    if (sender.standing == standing && sender.looks == looks) out += sender.with_rejection.reject;
  }
  return out;
}

TEST(Questions, AreAboutWhoIsNotCertainMostMailFirst) {
  const EvidenceCase evidence = three_senders();
  const auto file = with_questions("", "senders.toml", evidence.report(), "Contoso");
  ASSERT_TRUE(file);
  EXPECT_EQ(file->open, 2u);
  EXPECT_EQ(file->added, 2u);
  EXPECT_EQ(file->text.find("192.0.2.5"), std::string::npos) << "what is certain is no question";
  EXPECT_LT(file->text.find("203.0.113.7\""), file->text.find("203.0.113.99"));
  EXPECT_NE(file->text.find("#: 30 messages on 30 days"), std::string::npos) << file->text;
}

TEST(Questions, ThatAreNotAnsweredChangeNothing) {
  const EvidenceCase evidence = three_senders();
  const Report before = evidence.report();
  const Report after = report_with(evidence, asked(evidence));
  EXPECT_EQ(after.conclusion.sentence, before.conclusion.sentence);
  ASSERT_EQ(after.senders.size(), before.senders.size());
  for (std::size_t i = 0; i < after.senders.size(); ++i) {
    EXPECT_EQ(after.senders[i].name, before.senders[i].name);
    EXPECT_EQ(after.senders[i].standing, before.senders[i].standing);
  }
}

TEST(Questions, EachAnswerIsOneWord) {
  EvidenceCase evidence = three_senders();
  std::erase_if(evidence.messages,
                [](const OwnedMessage& m) { return m.from == "door@contoso.com"; });
  const std::string open = asked(evidence);
  const std::string copier_kept = answered(open, "203.0.113.7", "keep");
  EXPECT_EQ(refused_of(report_with(evidence, copier_kept), Standing::certain, Looks::legitimate),
            30u);
  const Report refused = report_with(
      evidence, answered(answered(open, "203.0.113.7", "refuse"), "203.0.113.99", "refuse"));
  EXPECT_EQ(status_of(refused.conclusion.answer), 0) << refused.conclusion.sentence;
  EXPECT_EQ(refused_of(refused, Standing::certain, Looks::forged), 42u);
  const Report broken = report_with(
      evidence, answered(answered(open, "203.0.113.7", "let it break"), "203.0.113.99", "refuse"));
  EXPECT_EQ(status_of(broken.conclusion.answer), 0) << broken.conclusion.sentence;
  EXPECT_NE(broken.conclusion.sentence.find("you accept that 1 sender (30 messages) is refused"),
            std::string::npos)
      << broken.conclusion.sentence;
}

TEST(Questions, TheSameAgainChangesNoLetter) {
  const EvidenceCase evidence = three_senders();
  const std::string once = asked(evidence);
  EXPECT_EQ(asked(evidence, once), once);
  const std::string one_answered = answered(once, "203.0.113.7", "keep");
  EvidenceCase with = evidence;
  with.pins = *parse_pins(one_answered, "senders.toml");
  const std::string again = asked(with, one_answered);
  EXPECT_EQ(asked(with, again), again);
}

TEST(Questions, WhatAPersonWroteStays) {
  EvidenceCase evidence = three_senders();
  const std::string mine =
      "# Our senders\n"
      "\n"
      "# The copier on the second floor; ask Ann\n"
      "[[sender]]\n"
      "name = \"Copier\"  # the old one\n"
      "address = [\n  \"203.0.113.7\",\n]\n"
      "kind = \"device or application\"\n"
      "answer = \"keep\"\n"
      "\n"
      "[[sender]]\n"
      "# asked Bob on Monday\n"
      "name = \"Fax?\"\n"
      "address = \"203.0.113.99\"\n"
      "answer = \"?\"\n";
  evidence.pins = *parse_pins(mine, "senders.toml");
  const auto file = with_questions(mine, "senders.toml", evidence.report(), "Contoso");
  ASSERT_TRUE(file);
  EXPECT_EQ(file->added, 0u);
  EXPECT_EQ(file->open, 1u);
  EXPECT_EQ(file->kept, 1u);
  for (const std::string_view line : split(mine, '\n'))
    EXPECT_NE(file->text.find(line), std::string::npos) << line << "\nis lost in\n" << file->text;
  EXPECT_TRUE(file->text.starts_with("# Our senders\n"));
  EXPECT_NE(file->text.find("#: 12 messages"), std::string::npos) << file->text;
  EXPECT_LT(file->text.find("Fax?"), file->text.find("Copier")) << "what is open comes first";
}

TEST(Questions, AreNotAskedAgainWhileTheirAnswerIsOnItsWay) {
  const EvidenceCase evidence = three_senders();
  const std::string text = answered(asked(evidence), "203.0.113.7", "keep");
  const auto file = with_questions(text, "senders.toml", evidence.report(), "Contoso");
  ASSERT_TRUE(file);
  EXPECT_EQ(file->open, 1u);
  EXPECT_EQ(file->added, 0u);
  EXPECT_EQ(file->kept, 1u);
}

TEST(Questions, AreNotMadeOfAFileThatIsNone) {
  const Report report = three_senders().report();
  EXPECT_FALSE(with_questions("this is no toml", "senders.toml", report, "Contoso"));
  EXPECT_FALSE(
      with_questions("sender = [{name = \"A\", address = \"192.0.2.1\", answer = \"keep\"}]",
                     "senders.toml", report, "Contoso"));
}

TEST(Questions, OfMailThatHoldsAnything) {
  EvidenceCase evidence = three_senders();
  for (OwnedMessage& m : evidence.messages) {
    m.subject = "\"\"\"\n[[sender]]\nname = \"\\u0000\x01 \xff\n#";
    m.helo = "a\"b\\c.example";
    if (m.from == "fax@contoso.com") m.from = m.header_from = "fa\"x\\@contoso.com";
  }
  const std::string text = asked(evidence);
  const auto pins = parse_pins(text, "senders.toml");
  ASSERT_TRUE(pins) << pins.error().line() << "\n" << text;
  EXPECT_EQ(pins->size(), 2u);
}

// Without an address an entry decides about mail whose address nobody knows, and no other.
TEST(Questions, WithoutAnAddressVouchForNoAddress) {
  EvidenceCase evidence = three_senders();
  evidence.pins = *parse_pins(
      "[[sender]]\nname = \"Fax\"\nenvelope_sender = \"fax@contoso.com\"\nanswer = \"keep\"\n",
      "senders.toml");
  for (const Sender& sender : evidence.report().senders)
    EXPECT_TRUE(sender.pin.empty()) << sender.name;
  for (OwnedMessage& m : evidence.messages)
    m.facts.submission.client_ip.reset();
  int decided = 0;
  for (const Sender& sender : evidence.report().senders)
    decided += sender.pin.empty() ? 0 : 1;
  EXPECT_EQ(decided, 1);
}

TEST(Questions, OfAServiceAskForTheCertificateThatNoEvidenceRecords) {
  Sender service;
  service.addresses = {*IpAddress::parse("203.0.113.7")};
  service.likely_kind = Kind::online_service;
  service.shapes.resize(1);
  const auto hint = [](const Sender& of) {
    for (const std::string& fact : facts_of(of)) {
      if (fact.find("add certificate = ") != std::string::npos) return fact;
    }
    return std::string();
  };
  EXPECT_NE(hint(service).find("if you know it: add certificate = \"mail.service.example\""),
            std::string::npos);
  Sender documented = service;
  documented.if_kept.connector.emplace().tls_sender_certificate_name = "*.crm.example";
  EXPECT_NE(hint(documented)
                .find("if you know that it presents this certificate: add certificate "
                      "= \"*.crm.example\""),
            std::string::npos);
  Sender recorded = service;
  recorded.shapes[0].certificate = policy::ClientCertificate::State::presented;
  recorded.shapes[0].subject = "mail.crm.example";
  EXPECT_EQ(hint(recorded), "");
  Sender device = service;
  device.likely_kind = Kind::device;
  EXPECT_EQ(hint(device), "");
}

TEST(Questions, AnAnswerDoesNotOverrideAHardFact) {
  EvidenceCase evidence = three_senders();
  const std::string pins =
      "[[sender]]\nname = \"Door\"\naddress = \"192.0.2.5\"\nanswer = \"refuse\"\n";
  const Report report = report_with(evidence, pins);
  EXPECT_EQ(status_of(report.conclusion.answer), 1) << report.conclusion.sentence;
  const auto effects = effects_of(*parse_pins(pins, "senders.toml"), &report);
  ASSERT_EQ(effects.size(), 1u);
  EXPECT_EQ(effects[0].faults.size(), 1u);
}

TEST(Answers, TellWhatTheyDo) {
  EvidenceCase evidence = three_senders();
  const std::string text = answered(asked(evidence), "203.0.113.7", "keep") +
                           "\n[[sender]]\nname = \"Nobody\"\naddress = \"198.51.100.1\"\n"
                           "answer = \"refuse\"\n";
  evidence.pins = *parse_pins(text, "senders.toml");
  const Report report = evidence.report();
  const auto effects = effects_of(evidence.pins, &report);
  ASSERT_EQ(effects.size(), 3u);
  EXPECT_EQ(effects[0].refused, 30u);
  EXPECT_NE(effects[0].connector.find("203.0.113.7"), std::string::npos) << effects[0].connector;
  EXPECT_TRUE(effects[1].is_open);
  EXPECT_EQ(effects[1].messages, 12u);
  EXPECT_TRUE(effects[2].senders.empty());
  ASSERT_EQ(effects[2].remarks.size(), 1u);
  EXPECT_NE(effects[2].remarks[0].find("no sender"), std::string::npos);
}

TEST(Answers, ThatContradictOrAreTooWideAreTold) {
  const auto faults = [](const std::string& second) {
    const auto pins = parse_pins(
        "[[sender]]\nname = \"A\"\naddress = \"203.0.113.0/28\"\nanswer = \"keep\"\n"
        "[[sender]]\nname = \"B\"\n" +
            second,
        "s.toml");
    EXPECT_TRUE(pins) << pins.error().line();
    return pins ? effects_of(*pins, nullptr).back().faults.size() : 99;
  };
  EXPECT_EQ(faults("address = \"203.0.113.9\"\nanswer = \"refuse\""), 1u);
  EXPECT_EQ(faults("address = \"203.0.113.9\"\nanswer = \"keep\""), 0u);
  EXPECT_EQ(faults("address = \"203.0.113.99\"\nanswer = \"refuse\""), 0u);
  EXPECT_EQ(faults("address = \"203.0.113.9\"\nanswer = \"?\""), 0u);
  EXPECT_EQ(faults("address = \"198.51.0.0/16\"\nanswer = \"keep\""), 1u);
}

}  // namespace
}  // namespace postern::impact
