// Runs tests/exports/*.txt.
#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/ascii.hpp"
#include "tenant/load.hpp"
#include "tenant/write.hpp"

namespace postern::tenant {
namespace {

struct Expectation {
  std::string word;
  std::string text;
};

struct ExportCase {
  std::string title;
  std::string place;
  std::vector<Document> files;
  std::vector<Expectation> expected;
};

std::string as_utf16(std::string_view ascii) {
  std::string out = "\xff\xfe";
  for (const char c : ascii)
    out += {c, '\0'};
  return out;
}

std::vector<ExportCase> cases_of(const std::filesystem::path& path) {
  std::vector<ExportCase> cases;
  std::ifstream in(path);
  std::vector<bool> utf16;
  const auto close = [&] {
    if (cases.empty()) return;
    for (std::size_t i = 0; i < utf16.size(); ++i) {
      std::string& bytes = cases.back().files[i].bytes;
      if (utf16[i]) bytes = as_utf16(bytes);
    }
    utf16.clear();
  };
  std::size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    const std::string place = path.filename().string() + ":" + std::to_string(number);
    if (line.starts_with("case ")) {
      close();
      cases.push_back({line.substr(5), place, {}, {}});
    } else if (line.starts_with("file ")) {
      std::string name = line.substr(5);
      utf16.push_back(name.ends_with(" utf-16"));
      if (utf16.back()) name.resize(name.size() - 7);
      cases.back().files.push_back({name, {}});
    } else if (line.starts_with("    ") && !cases.empty() && !cases.back().files.empty()) {
      cases.back().files.back().bytes += line.substr(4) + "\n";
    } else if (line.starts_with("=> ")) {
      const std::size_t blank = line.find(' ', 3);
      cases.back().expected.push_back({line.substr(3, blank - 3), line.substr(blank + 1)});
    } else {
      EXPECT_TRUE(trim(line).empty() || line.starts_with('#')) << place << ": " << line;
    }
  }
  close();
  return cases;
}

bool has_line(const std::string& document, const std::string& line) {
  return ("\n" + document).find("\n" + line + "\n") != std::string::npos;
}

void check(const ExportCase& one, const Result<Configuration>& read, const Expectation& expected) {
  if (expected.word == "error") {
    ASSERT_FALSE(read) << "was read";
    EXPECT_NE(read.error().line().find(expected.text), std::string::npos) << read.error().line();
    return;
  }
  ASSERT_TRUE(read) << read.error().line();
  const std::string toml = to_toml(*read);
  if (expected.word == "has") {
    EXPECT_TRUE(has_line(toml, expected.text)) << toml;
  } else if (expected.word == "lacks") {
    EXPECT_EQ(toml.find(expected.text), std::string::npos) << toml;
  } else if (expected.word == "remark") {
    EXPECT_TRUE(std::any_of(
        read->remarks.begin(), read->remarks.end(),
        [&](const std::string& remark) { return remark.find(expected.text) != std::string::npos; }))
        << one.title;
  } else {
    ADD_FAILURE() << "no expectation: " << expected.word;
  }
}

TEST(Exports, EveryCaseHolds) {
  std::size_t count = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(POSTERN_SOURCE_DIR "/tests/exports")) {
    if (entry.path().extension() != ".txt") continue;
    for (const ExportCase& one : cases_of(entry.path())) {
      SCOPED_TRACE(one.place + ": " + one.title);
      ++count;
      ASSERT_FALSE(one.expected.empty());
      const auto read =
          one.files.size() == 1 ? parse(one.files[0].bytes, one.files[0].name) : parse(one.files);
      for (const Expectation& expected : one.expected)
        check(one, read, expected);
    }
  }
  EXPECT_GE(count, 20u);
}

}  // namespace
}  // namespace postern::tenant
