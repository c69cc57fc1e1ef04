// Packed files that were altered, cut or added to: what they hold is read as it was packed, or a
// fault is told. Nothing else comes out of them.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "evidence/source_reading.hpp"
#include "evidence/testing/packed.hpp"

namespace postern::evidence {
namespace {

using testing::gzipped;
using testing::Member;
using testing::packed;

class Senders final : public Sink {
 public:
  void message(const Message& m) override { text += fmt::format("[{}]", m.reverse_path); }
  void not_relevant(NotRelevant) override { text += "-"; }
  void bad(const BadRow& row) override {
    text += fmt::format("[{}: {}]", row.file, row.what);
    any_bad = true;
  }
  std::string text;
  bool any_bad = false;
};

struct Outcome {
  std::string text;  // the rows, and the fault that ended them
  bool fault = false;
};

// `piece`: how much of the file comes at once; a large one is looked at whole, a small one streams.
Outcome outcome(const std::string& bytes, std::size_t piece = 1 << 20) {
  Senders senders;
  Tally tally;
  const auto done = read_source(ByteSource::of(bytes, piece, "f"), {}, {}, senders, tally);
  return {senders.text + (done ? "" : done.error().line()), !done || senders.any_bad};
}

// A mail with more text than any buffer holds, so that its header says nothing of its end.
std::string mail(const std::string& sender, std::size_t length = 3000, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::string text = fmt::format(
      "Return-Path: <{}>\nFrom: <{}>\nReceived: from s ([203.0.113.9]) by mx.contoso.com with "
      "ESMTP id 1; Thu, 01 Oct 2026 10:00:00 +0000\n\n",
      sender, sender);
  for (std::size_t i = 0; i < length; ++i)
    text += i % 70 == 69 ? '\n' : static_cast<char>('a' + random() % 26);
  return text + "\n";
}

std::vector<std::pair<std::string, std::string>> packings() {
  const std::vector<Member> members = {{"a.eml", mail("a@contoso.com")},
                                       {"b.eml", mail("b@contoso.com", 3000, 2)}};
  const std::vector<Member> one = {{"x", mail("a@contoso.com")}};
  return {{"gzip", gzipped(mail("a@contoso.com"))},
          {"bzip2", packed("raw", "bzip2", one)},
          {"xz", packed("raw", "xz", one)},
          {"zip", packed("zip", "", members)},
          {"tar.gz", packed("ustar", "gzip", members)},
          {"tar.xz", packed("ustar", "xz", members)},
          {"gzip in zip", packed("zip", "", {{"a.eml.gz", gzipped(mail("a@contoso.com"))}})},
          {"gzip in gzip", gzipped(gzipped(mail("a@contoso.com")))}};
}

constexpr std::size_t sizes[] = {1 << 20, 600};

TEST(Damage, WholeFilesAreReadWithoutAFault) {
  for (const auto& [name, bytes] : packings()) {
    for (const std::size_t piece : sizes) {
      const Outcome whole = outcome(bytes, piece);
      EXPECT_FALSE(whole.fault) << name << ": " << whole.text;
      EXPECT_TRUE(whole.text.starts_with("[a@contoso.com]")) << name << ": " << whole.text;
    }
  }
}

TEST(Damage, AnOctetThatChangedIsTold) {
  std::mt19937 random(5);
  for (const auto& [name, bytes] : packings()) {
    const std::string whole = outcome(bytes).text;
    unsigned told = 0;
    for (int i = 0; i < 300; ++i) {
      std::string altered = bytes;
      const std::size_t at = random() % altered.size();
      altered[at] = static_cast<char>(altered[at] ^ 1 << random() % 8);
      const Outcome after = outcome(altered, sizes[i % 2]);
      // Names and times in headers are not under a checksum everywhere.
      EXPECT_TRUE(after.fault || after.text == whole) << name << " at " << at << ": " << after.text;
      told += after.fault;
    }
    EXPECT_GT(told, 200u) << name;
  }
}

TEST(Damage, AFileThatEndsTooEarlyIsTold) {
  std::mt19937 random(6);
  for (const auto& [name, bytes] : packings()) {
    for (int i = 0; i < 300; ++i) {
      // The last octets, where trailers and directories stand, more often than the others.
      const std::size_t most = i % 2 == 0 ? bytes.size() : std::min<std::size_t>(bytes.size(), 150);
      const std::size_t cut = bytes.size() - 1 - random() % (most - 1);
      const Outcome after = outcome(bytes.substr(0, cut), sizes[i / 2 % 2]);
      EXPECT_TRUE(after.fault) << name << " cut at " << cut << " of " << bytes.size() << ": "
                               << after.text;
    }
  }
}

TEST(Damage, SeveralMembersAreOneFile) {
  const std::string first = "From a Thu Oct  1 08:15:30 2026\n" + mail("a@contoso.com") + "\n";
  const std::string second = "From b Thu Oct  1 08:15:30 2026\n" + mail("b@contoso.com");
  for (const char* filter : {"gzip", "bzip2", "xz", "zstd"}) {
    const std::string both =
        packed("raw", filter, {{"x", first}}) + packed("raw", filter, {{"x", second}});
    for (const std::size_t piece : sizes) {
      const Outcome read = outcome(both, piece);
      EXPECT_EQ(read.text, "[a@contoso.com][b@contoso.com]") << filter;
      EXPECT_FALSE(read.fault) << filter;
    }
  }
}

TEST(Damage, WhatFollowsTheEndIsTold) {
  for (const auto& [name, bytes] : packings()) {
    // A zip's directory may stand before a rest; libarchive ends bzip2 without looking at it.
    if (name == "zip" || name == "gzip in zip" || name == "bzip2") continue;
    for (const std::size_t piece : sizes) {
      const Outcome read = outcome(bytes + mail("hidden@contoso.com"), piece);
      EXPECT_TRUE(read.fault) << name << ": " << read.text;
    }
  }
  // A tape fills its last block.
  EXPECT_EQ(outcome(gzipped(mail("a@contoso.com")) + std::string(700, '\0')).text,
            "[a@contoso.com]");
}

TEST(Damage, TheTrailerOfAGzipIsHeldAgainstWhatIsInIt) {
  std::string bytes = gzipped(mail("a@contoso.com"));
  const auto with = [&](std::size_t from_end) {
    std::string altered = bytes;
    altered[altered.size() - from_end] ^= 1;
    return outcome(altered).text;
  };
  EXPECT_EQ(
      with(6),
      "f: is cut short or damaged (its checksum is not that of what is in it); fetch it again");
  EXPECT_EQ(with(2),
            "f: is cut short or damaged (its length is not that of what is in it); fetch it again");
}

TEST(Damage, TarsOneAfterTheOtherAreReadBoth) {
  const std::string both = packed("ustar", "", {{"a.eml", mail("a@contoso.com")}}) +
                           packed("ustar", "", {{"b.eml", mail("b@contoso.com")}});
  for (const std::size_t piece : sizes)
    EXPECT_EQ(outcome(both, piece).text, "[a@contoso.com][b@contoso.com]");
}

TEST(Damage, ATarThatIsCutBetweenMembersIsTold) {
  const std::string bytes = packed("ustar", "", {{"a.eml", mail("a@contoso.com")}});
  const std::size_t end = bytes.find_last_not_of('\0') / 512 * 512 + 512;
  for (const std::size_t piece : sizes)
    EXPECT_TRUE(outcome(bytes.substr(0, end), piece).fault);
}

TEST(Damage, AZipIsHeldAgainstItsDirectory) {
  const std::string bytes =
      packed("zip", "", {{"a.eml", mail("a@contoso.com")}, {"b.eml", mail("b@contoso.com")}});
  std::string fewer = bytes;
  const std::size_t end = fewer.rfind("PK\5\6");
  fewer[end + 8] = fewer[end + 10] = 3;
  const Outcome read = outcome(fewer, 600);
  EXPECT_NE(read.text.find("its directory counts 3 members, 2 were found"), std::string::npos)
      << read.text;
  const Outcome none = outcome(bytes.substr(0, end), 600);
  EXPECT_NE(none.text.find("the directory at its end is missing"), std::string::npos) << none.text;
}

}  // namespace
}  // namespace postern::evidence
