// The registry: each format has its example (testdata/formats/NAME.*), which is told as this format
// and no other and read without a fault; a fuzzer; and its line in docs/evidence.md.
#include "evidence/registry.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "base/testing/reading.hpp"

namespace postern::evidence {
namespace {

namespace fs = std::filesystem;
using postern::testing::octets_of;

fs::path example_of(std::string_view name) {
  for (const auto& entry :
       fs::directory_iterator(fs::path(POSTERN_ROOM_DIR) / "testdata" / "formats")) {
    if (entry.path().stem() == name) return entry.path();
  }
  return {};
}

struct Counting final : Sink {
  void message(const Message&) override { ++messages; }
  void not_relevant(NotRelevant) override {}
  void bad(const BadRow& row) override { faults += std::string(row.what) + "\n"; }
  std::uint64_t messages = 0;
  std::string faults;
};

class Registry : public ::testing::TestWithParam<Format> {};

TEST_P(Registry, TheExampleIsThisFormatAndNoOther) {
  const std::string name(name_of(GetParam()));
  const fs::path example = example_of(name);
  ASSERT_FALSE(example.empty()) << "testdata/formats/" << name << ".* is missing";
  if (fs::is_regular_file(example)) {
    std::string all;
    for (const Format format : formats_like(octets_of(example)))
      all += std::string(name_of(format)) + " ";
    EXPECT_EQ(all, name + " ");
  }
  Counting sink;
  Options options;
  options.reference_time = 1790899200;  // 2026-10-02
  const auto tally = read(example.string(), options, sink);
  ASSERT_TRUE(tally) << tally.error().line();
  EXPECT_EQ(name_of(tally->format), name);
  EXPECT_GT(sink.messages, 0u);
  EXPECT_EQ(sink.faults, "");
}

// Portals, people and cut pastes leave the last line's end away: it tells nothing.
TEST_P(Registry, TheLastLineNeedsNoEnd) {
  const std::string_view name = name_of(GetParam());
  const fs::path example = example_of(name);
  if (!fs::is_regular_file(example) || name == "ledger" || name == "archive") return;
  std::string text = octets_of(example);
  if (text.empty() || text.back() != '\n') text += '\n';
  Options options;
  options.format = GetParam();
  options.reference_time = 1790899200;
  const auto messages_of = [&](const std::string& octets) {
    Counting sink;
    Tally tally;
    const auto done = read_source(ByteSource::of(octets, 1 << 20), {}, options, sink, tally);
    EXPECT_TRUE(done) << done.error().line();
    EXPECT_EQ(sink.faults, "");
    return sink.messages;
  };
  const std::uint64_t messages = messages_of(text);
  while (text.ends_with('\n') || text.ends_with('\r'))
    text.pop_back();
  EXPECT_EQ(messages_of(text), messages);
}

// What a fuzzer does at length: damaged examples never break what a reader promises.
TEST_P(Registry, DamagedExamplesAreReadOrRefusedAndAddUp) {
  const fs::path example = example_of(name_of(GetParam()));
  if (!fs::is_regular_file(example) || name_of(GetParam()) == "ledger") return;
  const std::string whole = octets_of(example);
  std::mt19937 random(11);
  const auto below = [&](std::size_t limit) { return static_cast<std::size_t>(random()) % limit; };
  for (int i = 0; i < 400; ++i) {
    std::string text = whole;
    for (std::size_t n = 1 + below(6); n > 0 && !text.empty(); --n) {
      const std::size_t at = below(text.size());
      const std::size_t size = std::min<std::size_t>(1 + below(40), text.size() - at);
      switch (below(4)) {
        case 0:
          text[at] = static_cast<char>(random());
          break;
        case 1:
          text.erase(at, size);
          break;
        case 2:
          text.insert(below(text.size()), text.substr(at, size));
          break;
        default:
          text.resize(at);
          break;
      }
    }
    for (const std::size_t piece : {std::size_t{1} << 20, std::size_t{700}}) {
      Counting sink;
      Options options;
      options.format = GetParam();
      options.reference_time = 1790899200;
      options.most_open = 3;
      Tally tally;
      const auto done = read_source(ByteSource::of(text, piece), {}, options, sink, tally);
      std::uint64_t all = tally.messages + tally.bad;
      for (const std::uint64_t count : tally.not_relevant)
        all += count;
      EXPECT_EQ(all, tally.rows);
      EXPECT_TRUE(done || !done.error().what.empty());
    }
  }
}

TEST_P(Registry, HasAFuzzer) {
  std::string target(GetParam().row()->fuzzer);
  if (target.empty()) target = name_of(GetParam());
  std::replace(target.begin(), target.end(), '-', '_');
  const std::string list = octets_of(fs::path(POSTERN_SOURCE_DIR) / "fuzz" / "CMakeLists.txt");
  EXPECT_TRUE(list.find("fuzzer(" + target + " ") != std::string::npos ||
              list.find("fuzzer(" + target + ")") != std::string::npos)
      << "fuzz/CMakeLists.txt has no target " << target;
  EXPECT_TRUE(fs::is_directory(fs::path(POSTERN_SOURCE_DIR) / "fuzz" / "corpus" / target))
      << "fuzz/corpus/" << target << " is missing";
}

INSTANTIATE_TEST_SUITE_P(Formats, Registry, ::testing::ValuesIn(all_formats()),
                         [](const auto& given) {
                           std::string name(name_of(given.param));
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

// A reader whose row was forgotten, or a row that went and left something behind.
TEST(RegistryNames, NothingIsKeptOfAFormatThatIsNone) {
  for (const auto& entry :
       fs::directory_iterator(fs::path(POSTERN_ROOM_DIR) / "testdata" / "formats")) {
    EXPECT_TRUE(parse_format(entry.path().stem().string())) << entry.path() << " is of no format";
  }
  const std::string list =
      octets_of((fs::path(POSTERN_SOURCE_DIR) / "fuzz" / "CMakeLists.txt").string());
  constexpr std::string_view call = "\npostern_format_fuzzer(";
  std::size_t fuzzers = 0;
  for (std::size_t at = list.find(call); at != std::string::npos; at = list.find(call, at + 1)) {
    const std::size_t from = at + call.size();
    std::string name = list.substr(from, list.find_first_of(" )", from) - from);
    std::replace(name.begin(), name.end(), '_', '-');
    EXPECT_TRUE(parse_format(name)) << "fuzz/CMakeLists.txt has a fuzzer of " << name;
    ++fuzzers;
  }
  EXPECT_GT(fuzzers, 10u);
}

TEST(RegistryDocument, SaysWhatTheRegistrySays) {
  const std::string page = octets_of(fs::path(POSTERN_SOURCE_DIR) / "docs" / "evidence.md");
  EXPECT_NE(page.find(formats_table()), std::string::npos)
      << "put this table into docs/evidence.md:\n"
      << formats_table();
}

TEST(RegistryNames, NoTwoFormatsHaveOne) {
  const auto all = all_formats();
  for (const Format format : all) {
    EXPECT_EQ(std::count_if(all.begin(), all.end(),
                            [&](Format other) { return name_of(other) == name_of(format); }),
              1)
        << name_of(format);
    EXPECT_EQ(*parse_format(name_of(format)), format);
  }
  EXPECT_GT(all.size(), 20u);
}

}  // namespace
}  // namespace postern::evidence
