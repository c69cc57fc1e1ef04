// What tests of table formats share: a text goes in, its rows come out in words.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "evidence/reader.hpp"

namespace postern::evidence {

using policy::Known;
using policy::ObservedAttribution;
using policy::ReversePath;

// What a sink was given, in words.
struct Collected final : Sink {
  std::vector<std::string> rows;

  static std::string describe_message(const Message& m) {
    const auto& s = m.submission;
    std::string out;
    out += s.reverse_path.state == ReversePath::State::null ? "<>"
           : s.reverse_path.state == ReversePath::State::unknown
               ? "?"
               : std::string(s.reverse_path.domain);
    if (m.reverse_path_uncertain) out += "(" + std::string(m.reverse_path) + ")";
    out += " -> " + std::string(s.recipient_domain.value_or("?"));
    out += " ip " + (s.client_ip ? s.client_ip->text() : "?");
    out += s.authenticated == Known::yes  ? " signed-in"
           : s.authenticated == Known::no ? ""
                                          : " auth?";
    if (s.observed.state == ObservedAttribution::State::default_connector) out += " default";
    if (s.observed.state == ObservedAttribution::State::connector) {
      out += " connector " + std::string(s.observed.connector);
    }
    if (s.time) out += " at " + format_time(*s.time);
    return out;
  }
  void message(const Message& m) override { rows.push_back(describe_message(m)); }
  void not_relevant(NotRelevant why) override {
    rows.push_back("not relevant " + std::to_string(static_cast<int>(why)));
  }
  void bad(const BadRow& b) override {
    rows.push_back("bad row " + std::to_string(b.row) + " line " + std::to_string(b.line) + " " +
                   std::string(b.column) + ": " + std::string(b.what));
  }
};

struct Outcome {
  std::vector<std::string> rows;
  Tally tally;
  std::string error;
};

class TableReader : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        std::filesystem::temp_directory_path() /
        ("postern_tables_" + std::to_string(::testing::UnitTest::GetInstance()->random_seed()) +
         "_" + std::to_string(std::random_device{}()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  Outcome read_text(const std::string& text, Options options = {}) {
    const std::string path = (folder_ / "x").string();
    std::ofstream(path, std::ios::binary) << text;
    Collected sink;
    Outcome out;
    const auto tally = read(path, options, sink);
    out.rows = sink.rows;
    if (tally) {
      out.tally = *tally;
      std::uint64_t aside = 0;
      for (const auto count : tally->not_relevant)
        aside += count;
      EXPECT_EQ(tally->rows, tally->messages + aside + tally->bad);
      EXPECT_EQ(tally->rows, sink.rows.size());
      EXPECT_EQ(tally->bytes, text.size());
    } else {
      out.error = tally.error().line();
      const std::size_t at = out.error.find(path);
      if (at != std::string::npos) out.error.replace(at, path.size(), "x");
    }
    return out;
  }
  std::filesystem::path folder_;
};

using Rows = std::vector<std::string>;

}  // namespace postern::evidence
