// What holds of whatever evidence: the order of files and rows does not matter, and knowing less
// never clears anybody.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "impact/testing/evidence_cases.hpp"
#include "tenant/load.hpp"

namespace postern::impact {
namespace {

using policy::Known;
using testing::EvidenceCase;
using testing::OtherRow;
using testing::OwnedMessage;

constexpr const char* tenant_text = R"(
reject_direct_send = false
[[accepted_domain]]
name = "contoso.com"
spf = "v=spf1 ip4:192.0.2.0/28 include:_spf.crm.example -all"
[[accepted_domain]]
name = "fabrikam.com"
spf = "v=spf1 ip4:192.0.2.0/28 -all"
[[inbound_connector]]
name = "CRM"
type = "Partner"
sender_domains = ["*"]
tls_sender_certificate_name = "mail.crm.example"
[[inbound_connector]]
name = "Scanners"
type = "OnPremises"
sender_domains = ["*"]
sender_ip_addresses = ["203.0.113.9"]
)";

// Messages that really came, and files that each tell of some of them, not always all.
class World {
 public:
  explicit World(unsigned seed) : random_(seed) {}

  std::size_t below(std::size_t bound) { return random_() % bound; }
  bool chance(unsigned percent) { return below(100) < percent; }

  OwnedMessage truth(std::size_t number) {
    OwnedMessage m;
    const std::size_t who = below(6);
    m.from = fmt::format("user{}@{}", who, chance(70) ? "contoso.com" : "fabrikam.com");
    m.to = fmt::format("ann{}@contoso.com", below(3));
    m.header_from = m.from;
    if (chance(10)) m.from = "someone@adatum.example";
    m.message_id = fmt::format("<{}@device>", number);
    m.network_message_id = fmt::format("net-{}", number);
    m.subject = chance(50) ? "Scan" : "Missed fax";
    m.helo = fmt::format("host{}.example", who);
    policy::Submission& s = m.facts.submission;
    s.client_ip = IpAddress::parse(who == 0   ? "192.0.2.5"
                                   : who == 1 ? "203.0.113.9"
                                              : fmt::format("198.51.100.{}", who * 20));
    s.time = 1'790'812'800 + static_cast<UnixTime>(below(30)) * 86400;
    s.authenticated = chance(10) ? Known::yes : Known::no;
    s.tls = Known::yes;
    s.certificate.state = policy::ClientCertificate::State::none;
    if (who == 3) {
      s.certificate.state = policy::ClientCertificate::State::presented;
      m.certificate = "mail.crm.example";
    }
    auto& r = m.facts.results;
    const bool is_signed = who == 2 || who == 3;
    r.spf = is_signed ? evidence::AuthResult::pass : evidence::AuthResult::fail;
    r.dkim = is_signed ? evidence::AuthResult::pass : evidence::AuthResult::none;
    r.dkim_is_authors = is_signed ? Known::yes : Known::unknown;
    r.dmarc = is_signed ? evidence::AuthResult::pass : evidence::AuthResult::fail;
    return m;
  }

  // A row of a file whose kind of evidence does not record some facts.
  static OwnedMessage told(OwnedMessage m, unsigned lacks, const std::string& file) {
    m.source = file;
    policy::Submission& s = m.facts.submission;
    if ((lacks & 1) != 0) s.certificate.state = policy::ClientCertificate::State::unknown;
    if ((lacks & 1) != 0) m.certificate.clear();
    if ((lacks & 2) != 0) s.tls = Known::unknown;
    if ((lacks & 4) != 0) m.facts.results = {};
    if ((lacks & 8) != 0) s.authenticated = Known::unknown;
    if ((lacks & 16) != 0) m.subject.clear();
    if ((lacks & 32) != 0) m.helo.clear();
    if ((lacks & 64) != 0) m.network_message_id.clear();
    if ((lacks & 128) != 0) s.time.reset();
    return m;
  }

  EvidenceCase evidence() {
    EvidenceCase out;
    out.configuration = *tenant::parse(tenant_text, "tenant.toml");
    out.options.most_joined = 10'000;
    const std::size_t files = 2 + below(3);
    std::vector<unsigned> lacks(files);
    for (unsigned& each : lacks)
      each = static_cast<unsigned>(below(256));
    for (std::size_t number = 0; number < 40; ++number) {
      const OwnedMessage m = truth(number);
      const std::size_t surely = below(files);
      for (std::size_t file = 0; file < files; ++file) {
        if (file != surely && chance(50)) continue;
        out.messages.push_back(told(m, lacks[file], fmt::format("file{}", file)));
      }
    }
    return out;
  }

  void shuffle(std::vector<OwnedMessage>& messages) {
    std::shuffle(messages.begin(), messages.end(), random_);
  }

 private:
  std::mt19937 random_;
};

// All that must not hang on the order.
std::string digest(const Report& report) {
  std::string out = report.conclusion.sentence + fmt::format("\n{} {} {}\n", report.totals.used,
                                                             report.totals.not_relevant,
                                                             report.totals.of_the_tenant);
  std::set<std::string> senders;
  for (const Sender& s : report.senders) {
    std::string line = fmt::format("{} {} {} {} m{} a{} r{} u{} h{} d{} rc{}", s.name,
                                   name_of(s.standing), name_of(s.looks), name_of(s.kind),
                                   s.messages, s.with_rejection.accept, s.with_rejection.reject,
                                   s.with_rejection.undetermined, s.hanging, s.days, s.recipients);
    for (const std::string& reason : s.reasons)
      line += "; " + reason;
    for (const std::string& subject : s.subjects)
      line += "; " + subject;
    for (const std::string& id : s.message_ids)
      line += "; " + id;
    senders.insert(line);
  }
  for (const std::string& line : senders)
    out += line + "\n";
  return out;
}

std::uint64_t certain_messages(const Report& report) {
  std::uint64_t out = 0;
  for (const Sender& sender : report.senders) {
    out += sender.standing == Standing::certain ? sender.messages : 0;
  }
  return out;
}

TEST(Evidence, TheOrderOfFilesAndRowsDoesNotMatter) {
  for (unsigned seed = 0; seed < 150; ++seed) {
    World world(seed);
    EvidenceCase evidence = world.evidence();
    const std::string before = digest(evidence.report());
    for (int round = 0; round < 3; ++round) {
      world.shuffle(evidence.messages);  // the file that is named first is read first
      ASSERT_EQ(digest(evidence.report()), before) << "seed " << seed;
    }
  }
}

TEST(Evidence, EveryMessageIsCountedOnce) {
  for (unsigned seed = 0; seed < 100; ++seed) {
    World world(seed);
    const EvidenceCase evidence = world.evidence();
    const Report report = evidence.report();
    std::uint64_t counted = report.totals.used + report.totals.aside.external_sender +
                            report.totals.aside.header_from_only +
                            report.totals.aside.authenticated;
    EXPECT_GE(counted, 40u);
    EXPECT_LE(report.totals.used, 40u) << "seed " << seed;
    EXPECT_EQ(report.totals.rows, evidence.messages.size());
    EXPECT_EQ(report.totals.rows,
              report.totals.used + report.totals.not_relevant + report.totals.bad);
  }
}

// A file whose messages other files hold too: less is known of them.
TEST(Evidence, TakingAFileAwayNeverClears) {
  int tried = 0;
  for (unsigned seed = 0; seed < 300; ++seed) {
    World world(seed);
    const EvidenceCase evidence = world.evidence();
    const int before = status_of(evidence.report().conclusion.answer);
    EvidenceCase less = evidence;
    std::map<std::string, std::set<std::string>> files_of;
    for (const OwnedMessage& m : evidence.messages)
      files_of[m.message_id].insert(m.source);
    std::erase_if(less.messages, [&](const OwnedMessage& m) {
      return m.source == "file0" && files_of[m.message_id].size() > 1;
    });
    if (less.messages.size() == evidence.messages.size()) continue;
    ++tried;
    const Report report = less.report();
    EXPECT_TRUE(before == 0 || status_of(report.conclusion.answer) != 0)
        << "seed " << seed << ": " << report.conclusion.sentence;
  }
  EXPECT_GT(tried, 100);
}

TEST(Evidence, AnUnreadableRowNeverClears) {
  for (unsigned seed = 0; seed < 100; ++seed) {
    World world(seed);
    EvidenceCase evidence = world.evidence();
    evidence.others.push_back({OtherRow::Kind::lost, "file0", 1});
    EXPECT_NE(status_of(evidence.report().conclusion.answer), 0);
  }
}

// What one file proves no other that tells of the same messages can make doubtful.
TEST(Evidence, MoreEvidenceOfTheSameMessagesLeavesCertainWhatIsCertain) {
  for (unsigned seed = 0; seed < 150; ++seed) {
    World world(seed);
    const EvidenceCase evidence = world.evidence();
    EvidenceCase less = evidence;
    std::map<std::string, std::set<std::string>> files_of;
    for (const OwnedMessage& m : evidence.messages)
      files_of[m.message_id].insert(m.source);
    std::erase_if(less.messages, [&](const OwnedMessage& m) {
      return m.source == "file1" && files_of[m.message_id].size() > 1;
    });
    EXPECT_GE(certain_messages(evidence.report()) + evidence.report().totals.aside.authenticated,
              certain_messages(less.report()))
        << "seed " << seed;
  }
}

// Mail that comes besides, from whomever: it neither vouches for what is proved nor takes the
// proof.
TEST(Evidence, FurtherMessagesLeaveCertainWhatIsCertain) {
  int tried = 0;
  for (unsigned seed = 0; seed < 150; ++seed) {
    World world(seed);
    const EvidenceCase evidence = world.evidence();
    EvidenceCase less = evidence;
    std::set<std::string> left_away;
    for (const OwnedMessage& m : evidence.messages) {
      if (world.chance(30)) left_away.insert(m.message_id);
    }
    std::erase_if(less.messages,
                  [&](const OwnedMessage& m) { return left_away.contains(m.message_id); });
    tried += less.messages.size() < evidence.messages.size() ? 1 : 0;
    EXPECT_GE(certain_messages(evidence.report()), certain_messages(less.report()))
        << "seed " << seed;
  }
  EXPECT_GT(tried, 100);
}

// What the evidence does not record any more can only make the answer more careful.
TEST(Evidence, KnowingLessOfAMessageNeverClears) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    World world(seed);
    const EvidenceCase evidence = world.evidence();
    const int before = status_of(evidence.report().conclusion.answer);
    EvidenceCase less = evidence;
    const auto lacks = static_cast<unsigned>(1u << world.below(8));
    for (OwnedMessage& m : less.messages)
      m = World::told(m, lacks, m.source);
    const Report report = less.report();
    EXPECT_TRUE(before == 0 || status_of(report.conclusion.answer) != 0)
        << "seed " << seed << ", without " << lacks << ": " << report.conclusion.sentence;
  }
}

// A tenant's mail records who took it, which settles a choice; without the record the choice is
// open.
TEST(Evidence, AnOpenedChoiceNeverClears) {
  int settled = 0;
  int cleared_by_the_record = 0;
  for (unsigned seed = 0; seed < 60; ++seed) {
    World world(seed);
    EvidenceCase evidence;
    evidence.configuration = *tenant::parse(std::string(tenant_text) + R"(
[[inbound_connector]]
name = "Vendor"
type = "Partner"
sender_domains = ["contoso.com"]
sender_ip_addresses = ["198.51.100.200"]
)",
                                            "tenant.toml");
    const bool counts = world.chance(50);
    for (std::size_t number = 0; number < 30; ++number) {
      OwnedMessage m = world.truth(number);
      m.from = m.header_from = "vendor@contoso.com";
      m.certificate.clear();
      policy::Submission& s = m.facts.submission;
      s.certificate.state = policy::ClientCertificate::State::none;
      s.authenticated = Known::no;
      s.client_ip = IpAddress::parse("198.51.100.200");
      s.observed.state = counts ? policy::ObservedAttribution::State::connector
                                : policy::ObservedAttribution::State::default_connector;
      m.connector = counts ? "Vendor" : "";
      m.source = "events.csv";
      evidence.messages.push_back(std::move(m));
    }
    const Report with = evidence.report();
    for (OwnedMessage& m : evidence.messages) {
      m.facts.submission.observed.state = policy::ObservedAttribution::State::unknown;
      m.connector.clear();
    }
    const Report without = evidence.report();
    settled += with.learnt.empty() ? 0 : 1;
    cleared_by_the_record += status_of(with.conclusion.answer) == 0 ? 1 : 0;
    EXPECT_TRUE(without.learnt.empty());
    EXPECT_EQ(status_of(without.conclusion.answer), 3) << without.conclusion.sentence;
  }
  EXPECT_GT(settled, 50);
  EXPECT_GT(cleared_by_the_record, 10);
}

// Two kinds of evidence that disagree: the careful one is taken, and it is said.
TEST(Evidence, AContradictionIsSaid) {
  EvidenceCase evidence;
  evidence.configuration = *tenant::parse(tenant_text, "tenant.toml");
  evidence.options.most_joined = 100;
  World world(1);
  OwnedMessage m = world.truth(1);
  m.from = m.header_from = "user2@contoso.com";
  m.facts.submission.client_ip = IpAddress::parse("198.51.100.40");
  m.facts.submission.authenticated = Known::no;
  m.facts.results.spf = evidence::AuthResult::pass;
  m.facts.results.dkim = evidence::AuthResult::pass;
  m.facts.results.dkim_is_authors = Known::yes;
  m.source = "mail.eml";
  evidence.messages.push_back(m);
  EXPECT_EQ(certain_messages(evidence.report()), 1u);
  m.facts.results.spf = evidence::AuthResult::fail;
  m.facts.results.dkim = evidence::AuthResult::fail;
  m.facts.results.dkim_is_authors = Known::unknown;
  m.source = "events.csv";
  evidence.messages.push_back(m);
  const Report report = evidence.report();
  EXPECT_EQ(report.totals.used, 1u);
  EXPECT_EQ(certain_messages(report), 0u);
  const bool said =
      std::any_of(report.remarks.begin(), report.remarks.end(), [](const std::string& remark) {
        return remark.find("two rows tell 1 message otherwise, in results") != std::string::npos;
      });
  EXPECT_TRUE(said);
}

}  // namespace
}  // namespace postern::impact
