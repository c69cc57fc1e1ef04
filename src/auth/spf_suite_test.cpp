// The openspf.org suites for RFC 7208 and RFC 4408, as Debian's python3-spf ships them. Where a
// case of the older RFC has another answer today, tests/spf/rfc4408-differences.txt says so and
// why.
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <yaml-cpp/yaml.h>

#include <gtest/gtest.h>

#include "auth/memory_zone.hpp"
#include "auth/spf.hpp"
#include "base/ascii.hpp"

namespace postern::auth {
namespace {

constexpr const char* suite_folder = "/usr/share/doc/python3-spf/";

std::string unpacked(const std::string& path) {
  std::string text;
  std::FILE* pipe = ::popen(("gzip -dc " + path).c_str(), "r");
  char piece[65536];
  while (const std::size_t got = std::fread(piece, 1, sizeof piece, pipe))
    text.append(piece, got);
  ::pclose(pipe);
  return text;
}

std::string joined(const YAML::Node& value) {
  if (!value.IsSequence()) return value.as<std::string>();
  std::string text;
  for (const YAML::Node& part : value)
    text += part.as<std::string>();
  return text;
}

// A bare TIMEOUT: types that are not listed before it time out. SPF entries stand for TXT records
// unless TXT ones are there.
void add_name(MemoryZone& zone, const std::string& name, const YAML::Node& entries) {
  bool has_txt = false;
  for (const YAML::Node& entry : entries)
    has_txt = has_txt || (entry.IsMap() && entry["TXT"]);
  std::set<std::string> types;
  for (const YAML::Node& entry : entries) {
    if (entry.IsScalar()) {
      for (const auto& [text, type] : {std::pair{"A", RecordType::a},
                                       {"AAAA", RecordType::aaaa},
                                       {"MX", RecordType::mx},
                                       {"PTR", RecordType::ptr},
                                       {"TXT", RecordType::txt}}) {
        if (!types.contains(text)) zone.set_status(name, type, DnsStatus::timeout);
      }
      continue;
    }
    std::string type = entry.begin()->first.as<std::string>();
    const YAML::Node value = entry.begin()->second;
    if (type == "SPF") {
      if (has_txt) continue;
      type = "TXT";
    }
    const std::string text = type == "MX" ? "" : joined(value);
    if (text != "NONE") types.insert(type);
    if (text == "TIMEOUT") {
      zone.set_status(name, type == "TXT" ? RecordType::txt : RecordType::a, DnsStatus::timeout);
    } else if (type == "TXT") {
      if (text != "NONE") zone.add_text(name, text);
    } else if (type == "A" || type == "AAAA") {
      zone.add_address(name, IpAddress::parse(text).value());
    } else if (type == "MX") {
      zone.add_exchange(name, value[0].as<std::uint16_t>(), value[1].as<std::string>());
    } else if (type == "PTR") {
      zone.add_pointer(name, text);
    } else if (type == "CNAME") {
      zone.add_alias(name, text);
    } else {
      ADD_FAILURE() << "record type " << type;
    }
  }
}

std::set<std::string> wanted(const YAML::Node& result) {
  std::set<std::string> words;
  if (result.IsScalar()) {
    words.insert(result.as<std::string>());
  } else {
    for (const YAML::Node& word : result)
      words.insert(word.as<std::string>());
  }
  return words;
}

struct Tally {
  int cases = 0;
  std::map<std::string, std::string> wrong;  // case: what was wrong
};

Tally run_suite(const std::string& text) {
  Tally tally;
  for (const YAML::Node& scenario : YAML::LoadAll(text)) {
    MemoryZone zone;
    for (const auto& entry : scenario["zonedata"])
      add_name(zone, entry.first.as<std::string>(), entry.second);
    SpfRecordCache cache;
    for (const auto& entry : scenario["tests"]) {
      const auto name = entry.first.as<std::string>();
      const YAML::Node& test = entry.second;
      SpfQuery query;
      query.ip = IpAddress::parse(test["host"].as<std::string>()).value();
      query.mail_from = test["mailfrom"].as<std::string>();
      query.helo = test["helo"].as<std::string>();
      SpfOptions options;
      options.keep_trail = true;
      options.cache = &cache;
      const auto outcome = run_now(check_spf(zone, query, options));
      ++tally.cases;
      if (!outcome) {
        tally.wrong[name] = "waits";
        continue;
      }
      const std::string word(word_of(outcome->result));
      if (!wanted(test["result"]).contains(word)) {
        tally.wrong[name] = "gives " + word + " (" + outcome->problem + ")";
      } else if (test["explanation"] && word == "fail") {
        const auto explanation = test["explanation"].as<std::string>();
        if (outcome->explanation != (explanation == "DEFAULT" ? "" : explanation)) {
          tally.wrong[name] = "explains '" + outcome->explanation + "'";
        }
      }
    }
  }
  return tally;
}

TEST(SpfSuite, Rfc7208) {
  const std::string path = std::string(suite_folder) + "rfc7208-tests.yml.gz";
  if (!std::ifstream(path)) GTEST_SKIP() << path << " is not there (package python3-spf)";
  const Tally tally = run_suite(unpacked(path));
  EXPECT_EQ(tally.cases, 203);
  for (const auto& [name, what] : tally.wrong)
    ADD_FAILURE() << name << " " << what;
}

TEST(SpfSuite, Rfc4408) {
  const std::string path = std::string(suite_folder) + "rfc4408-tests.yml.gz";
  if (!std::ifstream(path)) GTEST_SKIP() << path << " is not there (package python3-spf)";
  // "case: what it gives here: why", # starts a comment.
  std::map<std::string, std::string> differences;
  std::ifstream file(POSTERN_SOURCE_DIR "/tests/spf/rfc4408-differences.txt");
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    const auto parts = split(line, ':');
    ASSERT_EQ(parts.size(), 3u) << line;
    differences[std::string(trim(parts[0]))] = trim(parts[1]);
  }
  const Tally tally = run_suite(unpacked(path));
  EXPECT_GT(tally.cases, 180);
  for (const auto& [name, what] : tally.wrong) {
    const auto listed = differences.find(name);
    if (listed == differences.end()) {
      ADD_FAILURE() << name << " " << what << ", and is not listed";
    } else {
      EXPECT_EQ(what.substr(0, listed->second.size()), listed->second) << name;
    }
  }
  for (const auto& [name, what] : differences)
    EXPECT_TRUE(tally.wrong.contains(name)) << name << " is listed, but has the old answer";
}

}  // namespace
}  // namespace postern::auth
