// Runs tests/spf/strangers.txt, whose head tells its form.
#include "auth/spf_strangers.hpp"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <istream>
#include <map>
#include <sstream>
#include <string_view>

#include <gtest/gtest.h>

#include "base/ascii.hpp"

namespace postern::auth {
namespace {

using Texts = std::map<std::string, std::vector<std::string>, std::less<>>;

KnownTexts known(const Texts& texts) {
  return [&texts](std::string_view name) -> const std::vector<std::string>* {
    const auto found = texts.find(name);
    return found == texts.end() ? nullptr : &found->second;
  };
}

void check(const SpfStrangers& strangers, const std::string& expected) {
  std::istringstream in(expected);
  std::string word;
  in >> word;
  EXPECT_EQ(word_of(strangers.result), word);
  std::vector<std::string> hangs;
  std::vector<std::string> trusts;
  while (in >> word) {
    std::string value;
    in >> std::ws;
    if (word == "because") {
      in.get();
      std::getline(in, value, '"');
      EXPECT_NE(strangers.problem.find(value), std::string::npos) << strangers.problem;
      continue;
    }
    in >> value;
    if (word == "hangs") {
      std::string type;
      in >> type;
      hangs.push_back(value + " " + type);
    }
    if (word == "trusts") trusts.push_back(value);
  }
  EXPECT_EQ(strangers.determined, hangs.empty());
  std::vector<std::string> found;
  for (const DnsQuestion& each : strangers.hangs_on)
    found.push_back(each.name + " " + std::string(name_of(each.type)));
  EXPECT_EQ(found, hangs);
  if (trusts.empty()) return;
  EXPECT_EQ(strangers.taken_on_trust, trusts);
}

TEST(SpfStrangers, EveryCaseHolds) {
  std::ifstream file(POSTERN_SOURCE_DIR "/tests/spf/strangers.txt");
  ASSERT_TRUE(file);
  Texts zone;
  std::string title;
  std::string domain;
  int cases = 0;
  for (std::string whole; std::getline(file, whole);) {
    const std::string line(trim(whole));
    if (line.empty() || line.front() == '#' || line == "zone") continue;
    if (line.starts_with("case ")) {
      title = line.substr(5);
    } else if (line.starts_with("strangers ")) {
      domain = line.substr(10);
    } else if (line.starts_with("=> ")) {
      SCOPED_TRACE(title);
      ++cases;
      const SpfStrangers strangers = judge_spf_strangers(known(zone), domain);
      SCOPED_TRACE(strangers.example.text());
      check(strangers, line.substr(3));
    } else {
      std::istringstream in(line);
      std::string name;
      std::string type;
      in >> name >> type >> std::ws;
      ASSERT_EQ(type, "TXT") << line;
      std::string text;
      std::getline(in, text);
      zone[name].push_back(text);
    }
  }
  EXPECT_GE(cases, 35);
}

TEST(SpfStrangers, AgreeWithTheNaiveRuleOnPlainRecords) {
  // Of a record without names to look up, the last word is that of its first "all"; neutral where
  // there is none.
  const std::vector<std::string> words = {
      "ip4:192.0.2.1", "-ip4:198.51.100.0/24", "+all", "-all", "~all", "?all", "ip6:2001:db8::1"};
  std::uint32_t state = 7;
  for (int round = 0; round < 300; ++round) {
    std::string record = "v=spf1";
    std::string first;
    for (int i = 0; i < 4; ++i) {
      state = state * 1664525 + 1013904223;
      const std::string& word = words[(state >> 16) % words.size()];
      record += " " + word;
      if (first.empty() && word.ends_with("all")) first = word;
    }
    const Texts texts = {{"example.com", {record}}};
    const SpfResult expected = first == "+all"   ? SpfResult::pass
                               : first == "-all" ? SpfResult::fail
                               : first == "~all" ? SpfResult::soft_fail
                                                 : SpfResult::neutral;
    EXPECT_EQ(judge_spf_strangers(known(texts), "example.com").result, expected) << record;
  }
}

}  // namespace
}  // namespace postern::auth
