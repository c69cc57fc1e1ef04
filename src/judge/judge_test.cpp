// Runs tests/gate/*.txt (format: tests/gate/README.md), and what text can't say of the judge.
#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "auth/message_check.hpp"
#include "base/ascii.hpp"
#include "gate/settings.hpp"
#include "judge/author.hpp"
#include "judge/hearing.hpp"
#include "tenant/load.hpp"

namespace postern::judge {
namespace {

using policy::Known;

auth::DkimResult dkim_of(std::string_view word) {
  return word == "pass"        ? auth::DkimResult::pass
         : word == "temperror" ? auth::DkimResult::temp_error
                               : auth::DkimResult::fail;
}

struct Case {
  std::string where;
  std::string title;
  std::shared_ptr<const Judge> judge;
  SessionFacts session;
  Sender sender;
  std::vector<message::Address> recipients;
  std::string header;
  bool checked = true;
  auth::MessageAuthentication results;
  std::vector<std::string> expected;  // lines behind =>
};

class CaseReader {
 public:
  explicit CaseReader(std::string path) : path_(std::move(path)) {}

  std::vector<Case> run() {
    std::ifstream file(path_);
    EXPECT_TRUE(file) << path_;
    for (std::string line; std::getline(file, line);) {
      ++line_;
      const std::string_view text = trim(line);
      if (text.empty() || (text.starts_with('#'))) continue;
      if (is_ascii_space(line.front())) {
        inside(text);
      } else {
        begin(text);
      }
    }
    return std::move(cases_);
  }

 private:
  std::string where() const { return fmt::format("{}:{}", path_, line_); }

  void begin(std::string_view text) {
    if (text == "gate") {
      gate_.clear();
      tenants_.clear();
      judge_.reset();
      part_ = Part::gate;
    } else if (text == "tenant") {
      tenants_.emplace_back();
      part_ = Part::tenant;
    } else if (text.starts_with("case ")) {
      if (!judge_) make_judge();
      Case next;
      next.where = where();
      next.title = text.substr(5);
      next.judge = judge_;
      cases_.push_back(std::move(next));
      part_ = Part::a_case;
    } else {
      ADD_FAILURE() << where() << ": neither gate, tenant nor case";
    }
  }

  void make_judge() {
    const auto settings = gate::parse_settings(
        "tenants = [\"x\"]\n" + gate_ + "\n[milter]\nlisten = [\"127.0.0.1:0\"]\n", where());
    ASSERT_TRUE(settings) << settings.error().front().line();
    std::vector<policy::Tenant> tenants;
    for (const std::string& text : tenants_) {
      auto tenant = tenant::parse(text, "tenant.toml");
      ASSERT_TRUE(tenant) << tenant.error().line();
      tenants.push_back(tenant->tenant);
    }
    auto judge = Judge::make(tenants, settings->judge);
    ASSERT_TRUE(judge) << judge.error().front().line();
    judge_ = *judge;
  }

  void inside(std::string_view text) {
    if (part_ == Part::gate) {
      gate_ += std::string(text) + '\n';
    } else if (part_ == Part::tenant) {
      tenants_.back() += std::string(text) + '\n';
    } else {
      a_case(text);
    }
  }

  void a_case(std::string_view text) {
    Case& now = cases_.back();
    const auto rest = [&](std::string_view word) { return trim(text.substr(word.size())); };
    const std::vector<std::string_view> words = split(text, ' ');
    if (text.starts_with("=>")) {
      now.expected.emplace_back(rest("=>"));
    } else if (text.starts_with("header ")) {
      now.header += std::string(rest("header ")) + "\r\n";
    } else if (text == "unchecked") {
      now.checked = false;
    } else if (words[0] == "dkim") {
      auth::DkimOutcome outcome;
      outcome.result = dkim_of(words[1]);
      outcome.domain = words[2];
      const auto told = [&](std::string_view word) {
        return std::find(words.begin() + 3, words.end(), word) != words.end();
      };
      outcome.length_limited = told("weak");
      outcome.testing = told("testing");
      auto& alignments = outcome.result == auth::DkimResult::pass ? now.results.dmarc.alignments
                                                                  : now.results.dmarc.awaited;
      const auto aligned = told("aligned")   ? auth::Aligned::yes
                           : told("unclear") ? auth::Aligned::unknown
                                             : auth::Aligned::no;
      alignments.push_back(
          {{auth::AuthenticatedIdentifier::Method::dkim, outcome.domain, "s"}, aligned, {}});
      now.results.dkim.push_back(outcome);
    } else if (words[0] == "spf") {
      now.results.spf.checked = true;
      now.results.spf.result = words[1] == "pass" ? auth::SpfResult::pass : auth::SpfResult::fail;
      now.results.spf.domain = words[2];
    } else if (words[0] == "dmarc") {
      now.results.dmarc.result =
          words[1] == "pass" ? auth::DmarcResult::pass : auth::DmarcResult::fail;
      now.results.dmarc.author_domain = words[2];
    } else if (words[0] == "arc") {
      now.results.arc.result = auth::ArcResult::pass;
      const auto& trusted = now.judge->settings().trusted_arc_sealers;
      now.results.arc.trusted =
          std::any_of(trusted.begin(), trusted.end(), [&](const std::string& each) {
            return each.starts_with('.') ? words[2].ends_with(each) : words[2] == each;
          });
      const std::string seen(text.substr(text.find(words[2]) + words[2].size() + 1));
      now.results.arc.sets.push_back({1, std::string(words[2]), "s", "none", seen});
    } else {
      envelope(now, text);
    }
  }

  void envelope(Case& now, std::string_view text) {
    std::string_view key;
    for (std::string_view word : split(text, ' ')) {
      if (word.empty()) continue;
      static constexpr std::array<std::string_view, 7> keys = {"from", "to",   "ip",  "auth",
                                                               "tls",  "cert", "door"};
      if (std::find(keys.begin(), keys.end(), word) != keys.end()) {
        key = word;
        continue;
      }
      if (word.ends_with(',')) word.remove_suffix(1);
      const Known known = word == "yes" ? Known::yes : word == "?" ? Known::unknown : Known::no;
      if (key == "from") {
        const auto path = message::parse_path(word);
        ASSERT_TRUE(path) << where();
        now.sender = {path->null, path->address};
      } else if (key == "to") {
        const auto path = message::parse_path(word);
        ASSERT_TRUE(path) << where();
        now.recipients.push_back(path->address);
      } else if (key == "ip") {
        now.session.client = IpAddress::parse(word);
      } else if (key == "auth") {
        now.session.authenticated = known;
      } else if (key == "tls") {
        now.session.tls = known;
      } else if (key == "cert") {
        now.session.certificate = policy::ClientCertificate::State::presented;
        now.session.certificate_trusted = !word.starts_with("untrusted:");
        now.session.common_name = word.substr(now.session.certificate_trusted ? 0 : 10);
      } else if (key == "door") {
        now.session.door = word == "milter" ? Door::milter : Door::smtp;
        now.session.alternative_names_known = word != "milter";
      } else {
        ADD_FAILURE() << where() << ": unknown word " << word;
      }
    }
  }

  enum class Part { none, gate, tenant, a_case };
  std::string path_;
  int line_ = 0;
  Part part_ = Part::none;
  std::string gate_;
  std::vector<std::string> tenants_;
  std::shared_ptr<const Judge> judge_;
  std::vector<Case> cases_;
};

std::string said(std::string_view what, Action action, const smtp::Reply& reply) {
  if (action == Action::accept) return fmt::format("{} accept", what);
  return fmt::format("{} {} {} {}", what, action == Action::refuse ? "refuse" : "defer", reply.code,
                     reply.enhanced);
}

// What happens, in the words of the expectations.
std::vector<std::string> outcome_of(const Case& each, std::string& texts) {
  std::vector<std::string> out;
  Hearing hearing(each.judge, each.session, each.sender, 1000, "id");
  bool any = false;
  for (const message::Address& recipient : each.recipients) {
    const RecipientAnswer answer = hearing.recipient(recipient);
    any = any || answer.action == Action::accept;
    texts += answer.reply.text + '\n';
    out.push_back(answer.split ? "rcpt split" : said("rcpt", answer.action, answer.reply));
  }
  if (any && !each.header.empty()) {
    const std::string bytes = each.header + "\r\n";
    const auto octets = smtp::MessageOctets::never_stuffed(bytes);
    const auto header = whole_header(octets);
    const MessageAnswer answer = hearing.message(header, each.checked ? &each.results : nullptr);
    texts += answer.reply.text + '\n';
    out.push_back(said("message", answer.action, answer.reply));
    for (const HeaderEdit& edit : answer.edits) {
      out.push_back(edit.kind == HeaderEdit::Kind::remove
                        ? fmt::format("remove {} {}", edit.name, edit.occurrence)
                        : fmt::format("add {}", edit.name));
    }
  }
  for (const ledger::Record& record : hearing.take_records()) {
    EXPECT_FALSE(record.steps.empty());
    EXPECT_EQ(record.time, 1000);
    EXPECT_EQ(record.header_known, !each.header.empty() && any);
    const std::string_view read = read_as(record);
    EXPECT_EQ(record.steps[0].clause == "sender.read_as", !read.empty());
    const bool recipient_read =
        std::any_of(record.steps.begin(), record.steps.end(),
                    [](const auto& step) { return step.clause == "recipient.read_as"; });
    out.push_back(fmt::format(
        "record {} {} exception:{} connector:{} mode:{} tenant:{} as:{} to-as:{} reply:{}",
        name_of(record.outcome), record.reason, record.exception, record.connector,
        name_of(record.mode), record.tenant, read, recipient_read ? "other" : "",
        record.reply.substr(record.reply.find(' ') + 1, 6)));
  }
  return out;
}

bool agrees(const std::string& expected, const std::string& found) {
  if (!expected.starts_with("record ")) return expected == found;
  const std::vector<std::string_view> words = split(found, ' ');
  const std::vector<std::string_view> wanted = split(expected, ' ');
  // Without a word of it, no exception is expected.
  if (expected.find("exception:") == std::string::npos &&
      std::find(words.begin(), words.end(), "exception:") == words.end()) {
    return false;
  }
  // Nor another reading of the sender, or of the recipient.
  for (const std::string_view reading : {"as:", "to-as:"}) {
    if (expected.find(fmt::format(" {}", reading)) == std::string::npos &&
        std::find(words.begin(), words.end(), reading) == words.end()) {
      return false;
    }
  }
  return std::all_of(wanted.begin(), wanted.end(), [&](std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
  });
}

TEST(Judge, EveryCaseHolds) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(POSTERN_SOURCE_DIR "/tests/gate")) {
    if (entry.path().extension() != ".txt") continue;
    for (const Case& each : CaseReader(entry.path().string()).run()) {
      SCOPED_TRACE(each.where + ": " + each.title);
      ++count;
      std::string texts;
      const std::vector<std::string> found = outcome_of(each, texts);
      std::vector<std::string> expected;
      for (const std::string& line : each.expected) {
        if (line.starts_with("text ")) {
          EXPECT_NE(texts.find(line.substr(5)), std::string::npos) << texts;
        } else {
          expected.push_back(line);
        }
      }
      bool same = expected.size() == found.size();
      for (std::size_t i = 0; same && i < found.size(); ++i)
        same = agrees(expected[i], found[i]);
      EXPECT_TRUE(same) << "expected:\n  " << fmt::format("{}", fmt::join(expected, "\n  "))
                        << "\nfound:\n  " << fmt::format("{}", fmt::join(found, "\n  "));
    }
  }
  EXPECT_GE(count, 55u);
}

std::vector<policy::Tenant> contoso() {
  policy::Tenant tenant;
  tenant.name = "contoso.com";
  tenant.accepted_domains = {{"contoso.com", {}, false, false, ""}};
  return {tenant};
}

TEST(Judge, TellsEveryContradiction) {
  Settings settings;
  settings.allow_dmarc_pass = true;
  settings.tenants = {{"nobody", Mode::off, {}, "gate.toml:3:1"}};
  settings.domains = {{"elsewhere.example", Mode::off, {}, "gate.toml:6:1"}};
  const auto judge = Judge::make(contoso(), settings);
  ASSERT_FALSE(judge);
  ASSERT_EQ(judge.error().size(), 3u);
  EXPECT_EQ(judge.error()[0].where, "gate.toml:3:1");
  EXPECT_EQ(judge.error()[1].where, "gate.toml:6:1");
  EXPECT_NE(judge.error()[2].what.find("dmarc_pass"), std::string::npos);
  EXPECT_NE(judge.error()[2].remedy.find("stage = \"data\""), std::string::npos);
}

// Every recipient would be nobody's: refused for good, also by a gate that only observes.
TEST(Judge, TakesNoTenantWithoutAcceptedDomains) {
  Settings settings;
  settings.mode = Mode::observe;
  auto tenants = contoso();
  tenants.emplace_back().name = "fabrikam";
  const auto judge = Judge::make(tenants, settings);
  ASSERT_FALSE(judge);
  ASSERT_EQ(judge.error().size(), 1u);
  EXPECT_NE(judge.error()[0].what.find("tenant 'fabrikam' has no accepted domain"),
            std::string::npos);
  EXPECT_NE(judge.error()[0].remedy.find("Get-AcceptedDomain"), std::string::npos);
}

TEST(Judge, TakesOneAnswerForATenantOrADomain) {
  Settings settings;
  settings.tenants = {{"contoso.com", Mode::enforce, {}, "gate.toml:3:1"},
                      {"CONTOSO.com", Mode::observe, {}, "gate.toml:6:1"}};
  settings.domains = {{"contoso.com", Mode::enforce, {}, "gate.toml:9:1"},
                      {"contoso.com", Mode::observe, {}, "gate.toml:12:1"}};
  const auto judge = Judge::make(contoso(), settings);
  ASSERT_FALSE(judge);
  ASSERT_EQ(judge.error().size(), 2u);
  EXPECT_EQ(judge.error()[0].line(),
            "gate.toml:6:1: 'CONTOSO.com' stands here twice (also at gate.toml:3:1); remove one");
  EXPECT_EQ(judge.error()[1].where, "gate.toml:12:1");
}

TEST(Judge, TakesATenantsNameForOneTenant) {
  auto tenants = contoso();
  policy::Tenant other;
  other.name = "Contoso.com";
  other.accepted_domains = {{"fabrikam.com", {}, false, false, "other.toml:4:1"}};
  tenants.push_back(other);
  const auto judge = Judge::make(tenants, {});
  ASSERT_FALSE(judge);
  ASSERT_EQ(judge.error().size(), 1u);
  EXPECT_NE(judge.error()[0].line().find("other.toml:4:1: two tenants are named 'Contoso.com'"),
            std::string::npos);
  // A cluster, which knows them by ID, takes both, and is told for how many an override counts.
  Settings settings;
  settings.tenants = {{"contoso.com", Mode::observe, {}, "gate.toml:3:1"}};
  const auto of_cluster = Judge::make(*policy::Policy::compile(tenants), settings);
  ASSERT_TRUE(of_cluster);
  ASSERT_EQ((*of_cluster)->remarks().size(), 1u);
  EXPECT_NE((*of_cluster)->remarks()[0].find("counts for 2 tenants"), std::string::npos);
  EXPECT_EQ((*of_cluster)->rules_for("fabrikam.com").mode, Mode::observe);
}

TEST(Judge, RemarksOnWhatRefusesNothing) {
  Settings settings;
  settings.mode = Mode::tenant;
  auto tenants = contoso();
  tenants[0].reject_direct_send = policy::RejectDirectSend::off;
  tenants[0].inbound_connectors_known = false;
  const auto judge = Judge::make(tenants, settings);
  ASSERT_TRUE(judge);
  EXPECT_EQ((*judge)->remarks().size(), 2u);
}

TEST(Judge, NeedsNothingOfTheMessageByDefault) {
  const auto judge = Judge::make(contoso(), {});
  ASSERT_TRUE(judge);
  EXPECT_FALSE((*judge)->may_need_header());
  EXPECT_FALSE((*judge)->may_need_authentication());
  Settings settings;
  settings.refuse_own_header_from = true;
  const auto protects = Judge::make(contoso(), settings);
  ASSERT_TRUE(protects);
  EXPECT_TRUE((*protects)->may_need_header());
  EXPECT_TRUE((*protects)->may_need_authentication());
}

TEST(Judge, AuthenticatesOnlyWhereTheAuthorIsOwn) {
  Settings settings;
  settings.refuse_own_header_from = true;
  const auto judge = Judge::make(contoso(), settings);
  ASSERT_TRUE(judge);
  const SessionFacts session;
  Hearing hearing(*judge, session, {true, {}}, 0, "");
  EXPECT_EQ(hearing.recipient({"ann@contoso.com", "contoso.com"}).action, Action::accept);
  EXPECT_TRUE(hearing.needs_authentication());
  EXPECT_TRUE(
      hearing.needs_authentication(message::HeaderBlock::parse("From: a@contoso.com\r\n\r\n")));
  Hearing other(*judge, session, {true, {}}, 0, "");
  EXPECT_EQ(other.recipient({"ann@contoso.com", "contoso.com"}).action, Action::accept);
  EXPECT_FALSE(
      other.needs_authentication(message::HeaderBlock::parse("From: a@adatum.com\r\n\r\n")));
}

TEST(Judge, ARecipientThatTheNextHopRefusedLeavesNoTrace) {
  Settings settings;
  settings.mode = Mode::observe;
  const auto judge = Judge::make(contoso(), settings);
  ASSERT_TRUE(judge);
  const SessionFacts session;
  Hearing hearing(*judge, session, {false, {"a@contoso.com", "contoso.com"}}, 0, "");
  EXPECT_EQ(hearing.recipient({"ann@contoso.com", "contoso.com"}).action, Action::accept);
  hearing.withdraw_last();
  EXPECT_TRUE(hearing.take_records().empty());
}

// Postfix would cut the first of these within the white space, and read ceo at its own domain.
TEST(Author, OfAFieldThatANextHopWouldCutIsUnreadable) {
  const auto author_in = [](const std::string& field) {
    const std::string header = field + "\r\n\r\n";
    return author_of(message::HeaderBlock::parse(header, false));
  };
  const auto author = [&](const std::string& body) { return author_in("From: " + body); };
  const std::string space = "\r\n " + std::string(900, ' ');
  std::string fill;
  while (fill.size() < 8192)
    fill += space;
  EXPECT_TRUE(author("ceo" + fill + "@adatum.com").unreadable);
  EXPECT_TRUE(author("\"ceo" + fill + "\" <ann@adatum.com>").unreadable);
  EXPECT_TRUE(author("ceo" + std::string(8192, '.') + " <ann@adatum.com>").unreadable);
  const Author whole = author("ceo" + space + "@adatum.com");
  EXPECT_FALSE(whole.unreadable);
  EXPECT_EQ(whole.domains, std::vector<std::string>{"adatum.com"});
  // So that a line break falls behind contoso.com.
  EXPECT_TRUE(author("\"" + std::string(960, 'x') + "\" <ceo@contoso.com.adatum.com>").unreadable);
  EXPECT_TRUE(
      author_in("From" + std::string(960, ' ') + ": ceo@contoso.com.adatum.com").unreadable);
  // Nor are many that are short each. What is left to read is little, whatever was sent.
  const std::string own = "From: Boss <ceo@contoso.com>\r\n";
  std::string many;
  while (many.size() < 250'000)
    many += own;
  const Author of_many = author_in(many + "From: x@adatum.com");
  EXPECT_TRUE(of_many.unreadable);
  EXPECT_LT(of_many.addresses, 400u);
  EXPECT_EQ(of_many.domains, std::vector<std::string>{"contoso.com"}) << "each once";
}

TEST(HeaderEdits, LeaveEveryOtherOctetAlone) {
  const auto octets = smtp::MessageOctets::never_stuffed(
      "Received: a\r\n\tb\r\nX-Bad: 1\r\n  folded\r\n\t\r\nstray line\r\nX-Good:\t 2 \r\nX-Bad: "
      "3\r\n\r\n");
  const auto header = whole_header(octets);
  std::vector<HeaderEdit> edits;
  for (const std::size_t index : header.all("X-Bad"))
    edits.push_back({HeaderEdit::Kind::remove, "X-Bad", 0, index, {}});
  edits.push_back({HeaderEdit::Kind::prepend, "Top", 0, 0, "x;\r\n\ty"});
  EXPECT_EQ(edited_header(octets, header, edits).view(),
            "Top: x;\r\n\ty\r\nReceived: a\r\n\tb\r\nstray line\r\nX-Good:\t 2 \r\n\r\n");
  EXPECT_EQ(edited_header(octets, header, {}).view(), octets.view());
}

TEST(HeaderEdits, ALastFieldWithoutALineEndGoesWhole) {
  const auto octets = smtp::MessageOctets::never_stuffed("A: 1\r\nB: 2");
  const auto header = whole_header(octets);
  const std::vector<HeaderEdit> edits = {{HeaderEdit::Kind::remove, "B", 1, 1, {}}};
  EXPECT_EQ(edited_header(octets, header, edits).view(), "A: 1\r\n");
}

TEST(AuthenticationResults, AreWrittenSoThatMailCantForgeThem) {
  auth::MessageAuthentication results;
  results.spf.checked = true;
  results.spf.result = auth::SpfResult::pass;
  results.spf.domain = "contoso.com; dkim=pass";
  auth::DkimOutcome signature;
  signature.result = auth::DkimResult::fail;
  signature.domain = "contoso.com";
  signature.selector = "a\r\nX: y";
  results.dkim.push_back(signature);
  results.dmarc.result = auth::DmarcResult::pass;
  results.dmarc.author_domain = "contoso.com";
  EXPECT_EQ(authentication_results_value("gate.example", results),
            "gate.example;\r\n\tspf=pass smtp.mailfrom=\"contoso.com; dkim=pass\";\r\n\tdkim=fail "
            "header.d=contoso.com header.s=\"a??X: y\";\r\n\tdmarc=pass header.from=contoso.com");
}

}  // namespace
}  // namespace postern::judge
