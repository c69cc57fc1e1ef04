// Runs tests/dmarc/*.txt (format: tests/dmarc/README.md).
#include "auth/dmarc.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <istream>
#include <map>
#include <sstream>

#include <gtest/gtest.h>

#include "auth/dmarc_standing.hpp"
#include "auth/memory_zone.hpp"
#include "base/ascii.hpp"

namespace postern::auth {
namespace {

using Words = std::vector<std::string>;

struct Case {
  std::string where;  // file, line, title
  MemoryZone zone;
  std::string question;
  std::vector<std::string> expected;  // what stands behind each "=>"
};

// Splits at spaces; a quoted piece is one word, without its quotes.
Words words_of(const std::string& line) {
  Words words;
  std::istringstream in(line);
  std::string word;
  while (in >> std::ws && !in.eof()) {
    if (in.peek() == '"') {
      in.get();
      std::getline(in, word, '"');
    } else {
      in >> word;
    }
    words.push_back(word);
  }
  return words;
}

void add_to(MemoryZone& zone, const std::string& line) {
  std::istringstream in(line);
  std::string name;
  std::string kind;
  in >> name >> kind >> std::ws;
  if (kind == "TXT") {
    std::string text;
    std::getline(in, text);
    zone.add_text(name, text);
  } else if (kind == "A") {
    zone.add_address(name, IpAddress::parse("192.0.2.1").value());
  } else {
    ASSERT_TRUE(kind == "SERVFAIL" || kind == "timeout") << line;
    zone.set_status(name, kind == "timeout" ? DnsStatus::timeout : DnsStatus::server_failure);
  }
}

std::vector<Case> all_cases() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(POSTERN_SOURCE_DIR "/tests/dmarc")) {
    if (entry.path().extension() == ".txt") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<Case> cases;
  for (const auto& path : paths) {
    std::ifstream file(path);
    MemoryZone zone;
    bool in_zone = false;
    int number = 0;
    for (std::string whole; std::getline(file, whole);) {
      ++number;
      const std::string line(trim(whole));
      if (line.empty() || line.front() == '#') continue;
      if (line == "zone") {
        zone = {};
        in_zone = true;
      } else if (line.starts_with("case ")) {
        in_zone = false;
        Case& next = cases.emplace_back();
        next.where =
            path.filename().string() + ":" + std::to_string(number) + ": " + line.substr(5);
        next.zone = zone;
      } else if (in_zone) {
        add_to(zone, line);
      } else if (cases.empty()) {
        ADD_FAILURE() << path << ":" << number << ": a case must come first";
      } else if (line.starts_with("=> ")) {
        cases.back().expected.emplace_back(trim(line.substr(3)));
      } else {
        EXPECT_TRUE(cases.back().question.empty()) << path << ":" << number;
        cases.back().question = line;
      }
    }
  }
  return cases;
}

DmarcInput input_of(const Words& question) {
  DmarcInput input;
  std::string key;
  for (const std::string& word : question) {
    if (word == "from" || word == "dkim" || word == "spf" || word == "undetermined") {
      key = word;
    } else if (key == "from") {
      if (word != "-") input.from_domains.push_back(word);
    } else if (key == "undetermined") {
      input.dkim_temp_error = true;
      input.undetermined.push_back({AuthenticatedIdentifier::Method::dkim, word, "s1"});
    } else {
      input.passed.push_back({key == "spf" ? AuthenticatedIdentifier::Method::spf
                                           : AuthenticatedIdentifier::Method::dkim,
                              word, key == "spf" ? "" : "s1"});
    }
  }
  return input;
}

std::string_view alignment_word(const DmarcOutcome& outcome, std::string_view domain) {
  for (const auto* list : {&outcome.alignments, &outcome.awaited}) {
    for (const Alignment& each : *list) {
      if (each.identifier.domain != domain) continue;
      return each.aligned == Aligned::yes  ? "aligned"
             : each.aligned == Aligned::no ? "unaligned"
                                           : "unclear";
    }
  }
  return "not looked at";
}

void check_message(Case& given, const Words& question) {
  const DmarcOutcome outcome = run_now(evaluate_dmarc(given.zone, input_of(question))).value();
  std::string trail;
  for (const std::string& line : outcome.trail)
    trail += line + "\n";
  SCOPED_TRACE(outcome.detail + "\n" + trail);
  const Words expected = words_of(given.expected.at(0));
  EXPECT_EQ(word_of(outcome.result), expected[0]);
  ASSERT_EQ(expected.size() % 2, 1u);
  for (std::size_t i = 1; i < expected.size(); i += 2) {
    const std::string& key = expected[i];
    const std::string& value = expected[i + 1];
    if (key == "published") {
      EXPECT_EQ(std::string(outcome.published_tag) + "=" + std::string(word_of(outcome.published)),
                value);
    } else if (key == "at") {
      EXPECT_EQ(outcome.policy_domain, value);
    } else if (key == "organization") {
      EXPECT_EQ(outcome.organizational_domain, value);
    } else if (key == "apply") {
      EXPECT_EQ(word_of(outcome.applied), value);
    } else if (key == "because") {
      EXPECT_NE(outcome.detail.find(value), std::string::npos) << value;
    } else if (key == "queries") {
      EXPECT_EQ(std::to_string(given.zone.queries()), value);
    } else if (key == "aligned" || key == "unaligned" || key == "unclear") {
      EXPECT_EQ(alignment_word(outcome, value), key) << value;
    } else {
      ADD_FAILURE() << "unknown word '" << key << "'";
    }
  }
}

void check_organization(Case& given, const std::string& domain) {
  const Walk walk = run_now(walk_tree(given.zone, domain)).value();
  const Words expected = words_of(given.expected.at(0));
  ASSERT_EQ(expected.size(), 3u);
  EXPECT_EQ(walk.failed ? "-" : walk.organizational_domain, expected[0]);
  EXPECT_EQ(std::to_string(given.zone.queries()), expected[2]);
}

void check_lint(const Case& given) {
  const std::string record = given.question.substr(std::string("lint ").size());
  std::vector<std::string> found;
  for (const LintFinding& finding : lint_dmarc_record(record)) {
    found.push_back(std::string(word_of(finding.severity)) + " " +
                    (finding.tag.empty() ? "-" : finding.tag) + " \"" +
                    record.substr(finding.at, finding.length) + "\"");
    EXPECT_FALSE(finding.what.empty());
    EXPECT_FALSE(finding.remedy.empty());
  }
  if (found.empty()) found.emplace_back("nothing");
  EXPECT_EQ(found, given.expected);
}

std::string_view word_of(DmarcState state) {
  constexpr std::string_view words[] = {"not-known", "missing", "unreadable", "several",
                                        "open",      "partly",  "enforced"};
  return words[static_cast<std::size_t>(state)];
}

// What the zone does not hold was not looked at.
void check_standing(const Case& given, const std::string& domain) {
  std::map<std::string, std::vector<std::string>, std::less<>> kept;
  const DmarcStanding standing = dmarc_standing(
      [&](std::string_view name) -> const std::vector<std::string>* {
        const DnsAnswer answer = given.zone.answer(name, RecordType::txt);
        if (answer.status != DnsStatus::success) return nullptr;
        return &(kept[std::string(name)] = answer.texts);
      },
      domain);
  SCOPED_TRACE(standing.because);
  const Words expected = words_of(given.expected.at(0));
  EXPECT_EQ(word_of(standing.state), expected[0]);
  ASSERT_EQ(expected.size() % 2, 1u);
  for (std::size_t i = 1; i < expected.size(); i += 2) {
    const std::string& value = expected[i + 1];
    if (expected[i] == "itself") {
      EXPECT_EQ(word_of(standing.own), value);
    } else if (expected[i] == "subdomains") {
      EXPECT_EQ(word_of(standing.subdomains), value);
    } else if (expected[i] == "nonexistent") {
      EXPECT_EQ(word_of(standing.nonexistent), value);
    } else if (expected[i] == "at") {
      EXPECT_EQ(standing.policy_domain, value);
    } else if (expected[i] == "unread") {
      EXPECT_EQ(standing.unread, value);
    } else if (expected[i] == "because") {
      EXPECT_NE(standing.because.find(value), std::string::npos) << value;
    } else {
      ADD_FAILURE() << "unknown word '" << expected[i] << "'";
    }
  }
  EXPECT_EQ(standing.because.empty(),
            standing.state == DmarcState::enforced || standing.state == DmarcState::not_known);
}

TEST(DmarcCases, EveryCaseHolds) {
  std::vector<Case> cases = all_cases();
  EXPECT_GE(cases.size(), 90u);
  for (Case& given : cases) {
    SCOPED_TRACE(given.where);
    const Words question = words_of(given.question);
    ASSERT_FALSE(question.empty());
    ASSERT_FALSE(given.expected.empty());
    if (question[0] == "from") {
      check_message(given, question);
    } else if (question[0] == "walk") {
      EXPECT_EQ(tree_walk_names(question.at(1)), words_of(given.expected[0]));
    } else if (question[0] == "organization") {
      check_organization(given, question.at(1));
    } else if (question[0] == "standing") {
      check_standing(given, question.at(1));
    } else if (question[0] == "lint") {
      check_lint(given);
    } else {
      ADD_FAILURE() << "unknown question";
    }
  }
}

TEST(DmarcRecord, TheVersionStandsFirstInItsCaseAndByItself) {
  for (const char* text :
       {"v=DMARC1", "v=DMARC1;", "v=DMARC1 ;p=none", "v = DMARC1\t; p=none", "V=DMARC1; p=none"})
    EXPECT_TRUE(is_dmarc_record(text)) << text;
  for (const char* text :
       {"", "v", "v=", "v=DMARC1x", "v=DMARC1 p=none", "v=dmarc1; p=none", "v=DMARC2; p=none",
        " v=DMARC1; p=none", "p=none; v=DMARC1", "V=dmarc1; p=none", "v=DMARC10; p=none"})
    EXPECT_FALSE(is_dmarc_record(text)) << text;
}

TEST(DmarcRecord, WhatWasMeantAsOneIsToldFromOtherTexts) {
  for (const char* text : {"v=dmarc1; p=none", "v=DMARC10; p=reject", " v=DMARC1; p=none",
                           "v=DMARC1 p=none", "p=reject; v=DMARC1", "v DMARC1; p=none"})
    EXPECT_TRUE(is_meant_as_dmarc(text)) << text;
  for (const char* text : {"", "v=spf1 -all", "v=DMARC1; p=none", "google-site-verification=p",
                           "v=DKIM1; p=MIIB", "hello"})
    EXPECT_FALSE(is_meant_as_dmarc(text)) << text;
}

TEST(DmarcRecord, KeepsTheUrisThatAreOnes) {
  const auto record = parse_dmarc_record(
      "v=DMARC1; p=none; rua=mailto:a@example.com!50m, b@example.com,mailto:%zz@example.com,"
      "mailto:c%2Cd@example.com?subject=x ,https://example.com/r; ruf=mailto:");
  ASSERT_TRUE(record);
  EXPECT_EQ(record->rua,
            (std::vector<std::string>{"mailto:a@example.com", "mailto:c%2Cd@example.com?subject=x",
                                      "https://example.com/r"}));
  EXPECT_TRUE(record->ruf.empty());
}

TEST(DmarcRecord, EndlessRecordsAreBounded) {
  std::string text = "v=DMARC1; p=none; rua=mailto:a@example.com";
  for (int i = 0; i < 5000; ++i)
    text += ",mailto:a@example.com";
  for (int i = 0; i < 5000; ++i)
    text += ";x=y";
  EXPECT_EQ(parse_dmarc_record(text)->rua.size(), 50u);
  EXPECT_LE(lint_dmarc_record(text).size(), 200u);
}

TEST(Dmarc, TheTrailTellsWhatWasAskedAndFound) {
  MemoryZone zone;
  zone.add_text("_dmarc.example.com", "v=DMARC1; p=reject");
  zone.add_text("_dmarc.com", "hello");
  DmarcInput input;
  input.from_domains = {"mail.example.com"};
  input.passed = {{AuthenticatedIdentifier::Method::dkim, "example.net", "s1"},
                  {AuthenticatedIdentifier::Method::spf, "example.com", ""}};
  const DmarcOutcome outcome = run_now(evaluate_dmarc(zone, input)).value();
  EXPECT_EQ(outcome.trail,
            (std::vector<std::string>{
                "_dmarc.mail.example.com: NXDOMAIN", "_dmarc.example.com: v=DMARC1; p=reject",
                "_dmarc.com: no DMARC record among its texts", "dkim example.net: not aligned",
                "_dmarc.example.com: v=DMARC1; p=reject",
                "_dmarc.com: no DMARC record among its texts", "spf example.com: aligned"}));
  ASSERT_EQ(outcome.alignments.size(), 2u);
  EXPECT_EQ(outcome.alignments[0].aligned, Aligned::no);
  EXPECT_EQ(outcome.alignments[1].aligned, Aligned::yes);
  EXPECT_EQ(outcome.alignments[1].organizational_domain, "example.com");
}

TEST(Dmarc, IdentifiersAreComparedEvenWhereNoPolicyIs) {
  MemoryZone zone;
  DmarcInput input;
  input.from_domains = {"example.com"};
  input.passed = {{AuthenticatedIdentifier::Method::dkim, "example.com", "s1"},
                  {AuthenticatedIdentifier::Method::dkim, "example.net", "s1"}};
  const DmarcOutcome outcome = run_now(evaluate_dmarc(zone, input)).value();
  EXPECT_EQ(outcome.result, DmarcResult::none);
  ASSERT_EQ(outcome.alignments.size(), 2u);
  EXPECT_EQ(outcome.alignments[0].aligned, Aligned::yes);
  EXPECT_EQ(outcome.alignments[1].aligned, Aligned::no);
}

}  // namespace
}  // namespace postern::auth
