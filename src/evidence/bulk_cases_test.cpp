// Each file in testdata/bulk, tables or logs that has a NAME.txt beside it is read and compared
// with that: its format, then a line a row, then what the reader remarks. Lines that begin with '#'
// say what the case is about.
#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/testing/reading.hpp"
#include "evidence/source_reading.hpp"

namespace postern::evidence {
namespace {

namespace fs = std::filesystem;
using postern::testing::octets_of;

class Lines final : public Sink {
 public:
  explicit Lines(std::string_view name) : name_(name) {}

  void message(const Message& m) override {
    using State = policy::ReversePath::State;
    const policy::Submission& s = m.submission;
    std::string line = fmt::format("{} x ", m.count);
    if (m.fragment) line += "completes another: ";
    line += s.reverse_path.state == State::null      ? "<>"
            : m.reverse_path_uncertain               ? fmt::format("perhaps {}", m.reverse_path)
            : s.reverse_path.state == State::unknown ? "unknown"
            : m.reverse_path.empty()                 ? std::string(s.reverse_path.domain)
                                                     : std::string(m.reverse_path);
    line += " -> ";
    line += !m.recipient.empty() ? std::string(m.recipient)
                                 : std::string(s.recipient_domain.value_or("unknown"));
    if (!m.received_by.empty()) line += fmt::format(" (received by {})", m.received_by);
    line += " from " + (s.client_ip ? s.client_ip->text() : "unknown");
    if (!m.client_hostname.empty()) line += fmt::format(" ({})", m.client_hostname);
    if (s.authenticated == policy::Known::yes) line += " signed in";
    if (s.authenticated == policy::Known::unknown) line += " authentication unknown";
    if (s.tls == policy::Known::yes) line += " tls";
    if (m.upstream_address) {
      line += fmt::format(", upstream {} ({})", m.upstream_address->text(), m.upstream_hostname);
    }
    if (!m.helo.empty()) line += fmt::format(", helo {}", m.helo);
    if (s.observed.state == policy::ObservedAttribution::State::default_connector) {
      line += ", default connector";
    }
    if (s.observed.state == policy::ObservedAttribution::State::connector) {
      line += fmt::format(", connector {}", s.observed.connector);
    }
    if (!m.header_from_domain.empty()) {
      const bool of_a_stranger =
          m.results.dkim == AuthResult::pass && m.results.dkim_is_authors == policy::Known::no;
      line += fmt::format(", header from {}, spf={} dkim={}{} dmarc={}", m.header_from_domain,
                          word(m.results.spf), word(m.results.dkim),
                          of_a_stranger ? " (a stranger's)" : "", word(m.results.dmarc));
    }
    if (!m.message_id.empty()) line += fmt::format(", id {}", m.message_id);
    if (m.delivery == Delivery::blocked) line += ", blocked";
    if (m.delivery == Delivery::quarantine) line += ", quarantine";
    if (m.delivery == Delivery::failed) line += ", failed";
    if (m.delivery == Delivery::junk) line += ", junk";
    if (m.refusal == Refusal::direct_send) line += ", refused as Direct Send";
    if (m.refusal == Refusal::restriction) line += ", refused by a restriction";
    text += fmt::format("{}, {}\n", line, s.time ? format_time(*s.time) : "time unknown");
    ++rows;
  }
  void not_relevant(NotRelevant why) override {
    text += why == NotRelevant::other_event ? "not relevant: later event\n" : "not relevant\n";
    ++rows;
  }
  void bad(const BadRow& row) override {
    text += fmt::format("bad row {} at line {}: {} {}\n", row.row, row.line, row.column, row.what);
    ++rows;
  }
  void member_begins() override { text += "member begins\n"; }
  void member_done(const Tally& tally) override {
    text += fmt::format("member {} ({})\n", tally.file.substr(tally.file.find(name_)),
                        name_of(tally.format));
    EXPECT_TRUE(adds_up(tally));
  }

  static bool adds_up(const Tally& tally) {
    std::uint64_t all = tally.messages + tally.bad;
    for (const std::uint64_t count : tally.not_relevant)
      all += count;
    return all == tally.rows;
  }

  std::string text;
  std::uint64_t rows = 0;

 private:
  static std::string_view word(AuthResult result) {
    constexpr std::array<std::string_view, 8> words = {
        "unknown", "none", "pass", "fail", "softfail", "neutral", "temperror", "permerror"};
    return words[static_cast<std::size_t>(result)];
  }
  std::string name_;
};

std::string without_comments(const std::string& text) {
  std::istringstream lines(text);
  std::string out;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with('#')) out += line + "\n";
  }
  return out;
}

std::string rendered(const std::string& text, const std::string& name, std::size_t piece,
                     const Options& options) {
  Lines lines(name);
  Tally tally;
  const auto done = read_source(ByteSource::of(text, piece, name), {}, options, lines, tally);
  EXPECT_TRUE(Lines::adds_up(tally)) << name;
  std::string out = fmt::format("format: {}\n{}", name_of(tally.format), lines.text);
  for (const std::string& remark : tally.remarks)
    out += fmt::format("remark: {}\n", remark);
  if (tally.of_the_future > 0) out += fmt::format("of the future: {}\n", tally.of_the_future);
  if (!done) out += "error: " + done.error().line() + "\n";
  return out;
}

class BulkCase : public ::testing::TestWithParam<std::string> {};

TEST_P(BulkCase, IsReadAsItsTextSays) {
  const fs::path file = fs::path(POSTERN_ROOM_DIR) / "testdata" / GetParam();
  const std::string text = octets_of(file);
  const std::string expected =
      without_comments(octets_of(fs::path(file).replace_extension(".txt")));
  Options options;
  options.reference_time = 1790899200;  // 2026-10-02
  const std::string name = file.filename().string();
  EXPECT_EQ(rendered(text, name, 1 << 20, options), expected);
  // The size of the pieces changes nothing.
  EXPECT_EQ(rendered(text, name, 600, options), expected);
}

std::vector<std::string> cases() {
  std::vector<std::string> names;
  for (const std::string folder : {"bulk", "tables", "logs"}) {
    const fs::path place = fs::path(POSTERN_ROOM_DIR) / "testdata" / folder;
    if (!fs::exists(place)) continue;
    for (const auto& entry : fs::directory_iterator(place)) {
      const fs::path& file = entry.path();
      if (file.extension() == ".txt" || !fs::exists(fs::path(file).replace_extension(".txt"))) {
        continue;
      }
      names.push_back(folder + "/" + file.filename().string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

INSTANTIATE_TEST_SUITE_P(Cases, BulkCase, ::testing::ValuesIn(cases()), [](const auto& given) {
  std::string name = given.param;
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
});

TEST(BulkCases, AreThere) {
  EXPECT_GE(cases().size(), 15u);
}

TEST(RelayLog, TheAddressOfTheRelayIsTheClientWhereItIsGiven) {
  const std::string text =
      octets_of(fs::path(POSTERN_ROOM_DIR) / "testdata" / "bulk" / "own-relay.log");
  Options options;
  options.relay_addresses = {*IpAddress::parse("198.51.100.25")};
  const std::string out = rendered(text, "own-relay.log", 1 << 20, options);
  EXPECT_NE(out.find("erp@contoso.com -> ann@contoso.com from 198.51.100.25 tls"),
            std::string::npos)
      << out;
}

// Which of two relays wrote a log it does not say: no address is better than the wrong one.
TEST(RelayLog, OfTwoRelaysNoAddressIsGuessed) {
  Options options;
  options.relay_addresses = {*IpAddress::parse("198.51.100.25"),
                             *IpAddress::parse("198.51.100.26")};
  for (const char* name : {"bulk/own-relay.log", "logs/exim_mainlog.log"}) {
    const std::string text = octets_of(fs::path(POSTERN_ROOM_DIR) / "testdata" / name);
    const std::string out = rendered(text, name, 1 << 20, options);
    EXPECT_EQ(out.find("from 198.51.100.2"), std::string::npos) << out;
    EXPECT_NE(out.find("remark: the log does not tell by which of the addresses of --relay-ip"),
              std::string::npos)
        << out;
  }
}

}  // namespace
}  // namespace postern::evidence
