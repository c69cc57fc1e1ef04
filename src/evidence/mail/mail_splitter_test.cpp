#include "evidence/mail/mail_splitter.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace postern::evidence {
namespace {

class Recorder : public MailSplitter::Handler {
 public:
  bool header_block(std::string_view block, std::uint64_t line) override {
    log += fmt::format("{}[{}]", line, block);
    return block.find("wanted") != std::string_view::npos;
  }
  void body_line(std::string_view line) override { log += fmt::format("({})", line); }
  void body_ends() override { log += "."; }
  void header_too_long(std::uint64_t line) override { log += fmt::format("{}!", line); }
  void doubtful_separator(std::uint64_t line) override { log += fmt::format("{}?", line); }
  std::string log;
};

std::string split(MailSplitter::Kind kind, std::string_view text, std::size_t piece = 1 << 20,
                  std::size_t limit = 200) {
  Recorder recorder;
  MailSplitter splitter(kind, limit, recorder);
  for (; !text.empty(); text.remove_prefix(std::min(piece, text.size()))) {
    splitter.feed(text.substr(0, piece));
  }
  splitter.finish();
  return recorder.log;
}

constexpr auto single = MailSplitter::Kind::single;
constexpr auto mbox = MailSplitter::Kind::mbox;
constexpr std::string_view two =
    "From a@b Thu Oct  1 08:15:30 2026\nA: 1\n\nbody\nFrom now on\n\nFrom here on, at 10:30\n"
    ">From a@b Thu Oct  1 08:15:30 2026\n\nFrom c@d Fri Oct  2 08:15:30 +0000 2026\r\nB: 2\r\n\r\n";
constexpr std::string_view two_split =
    "1[From a@b Thu Oct  1 08:15:30 2026\nA: 1\n]"
    "10[From c@d Fri Oct  2 08:15:30 +0000 2026\nB: 2\n]";

TEST(MailSplitter, OneMessage) {
  EXPECT_EQ(split(single, "\r\n\nA: 1\r\n b\r\n\r\nFrom a@b Thu Oct  1 08:15:30 2026\nC: 3\n"),
            "3[A: 1\n b\n]");
  EXPECT_EQ(split(single, "A: 1"), "1[A: 1\n]");
  EXPECT_EQ(split(single, ""), "");
}

TEST(MailSplitter, MboxIsCutAtSeparatorsOnly) {
  EXPECT_EQ(split(mbox, two), two_split);
}

TEST(MailSplitter, PiecesOfAnySizeGiveTheSame) {
  for (std::size_t piece = 1; piece < 40; ++piece) {
    EXPECT_EQ(split(mbox, two, piece), two_split) << piece;
  }
}

TEST(MailSplitter, ContentLengthIsNotBelieved) {
  EXPECT_EQ(split(mbox,
                  "From a Thu Oct  1 08:15:30 2026\nContent-Length: 9999\n\nx\n\n"
                  "From b Thu Oct  1 08:15:30 2026\nB: 2\n"),
            "1[From a Thu Oct  1 08:15:30 2026\nContent-Length: 9999\n]"
            "6[From b Thu Oct  1 08:15:30 2026\nB: 2\n]");
}

TEST(MailSplitter, AMessageCutOffInItsHeaderEndsAtTheNext) {
  EXPECT_EQ(split(mbox,
                  "From a Thu Oct  1 08:15:30 2026\nA: 1\n"
                  "From b Thu Oct  1 08:15:30 2026\nB: 2\n"),
            "1[From a Thu Oct  1 08:15:30 2026\nA: 1\n]3[From b Thu Oct  1 08:15:30 2026\nB: 2\n]");
}

TEST(MailSplitter, LongHeadersAreBoundedAndTheNextMessageIsFound) {
  const std::string text = "From a Thu Oct  1 08:15:30 2026\nA: " + std::string(100'000, 'x') +
                           "\nmore: x\n\nFrom b Thu Oct  1 08:15:30 2026\nB: 2\n";
  for (const std::size_t piece : {7u, 1000u, 1u << 20}) {
    EXPECT_EQ(split(mbox, text, piece), "1!5[From b Thu Oct  1 08:15:30 2026\nB: 2\n]") << piece;
  }
  EXPECT_EQ(split(single, std::string(500, '\0')), "1!");
}

TEST(MailSplitter, KnowsSeparators) {
  EXPECT_TRUE(is_mbox_separator("From MAILER-DAEMON Fri Jul  8 12:08:34 2011"));
  EXPECT_TRUE(is_mbox_separator("From - Fri Jul  8 12:08:34 2011\r"));
  EXPECT_TRUE(is_mbox_separator("From 1719@xxx Mon Jan 01 00:00:00 +0000 2024"));
  EXPECT_FALSE(is_mbox_separator("From: a@b Fri Jul  8 12:08:34 2011"));
  EXPECT_FALSE(is_mbox_separator("From May 2026 on we start earlier"));
  EXPECT_FALSE(is_mbox_separator(""));
}

TEST(MailSplitter, BodiesAreHandedOnWhereTheyAreWanted) {
  const std::string text =
      "From a Thu Oct  1 08:15:30 2026\nX: wanted\n\none\r\n\ntwo\n\n"
      "From b Thu Oct  1 08:15:30 2026\nX: not\n\nthree\n";
  const std::string expected =
      "1[From a Thu Oct  1 08:15:30 2026\nX: wanted\n](one)()(two)()."
      "8[From b Thu Oct  1 08:15:30 2026\nX: not\n]";
  EXPECT_EQ(split(mbox, text), expected);
  EXPECT_EQ(split(mbox, text, 1), expected);
  EXPECT_EQ(split(single, "X: wanted\n\none"), "1[X: wanted\n](one).");
}

// Thunderbird writes "From " alone between messages.
TEST(MailSplitter, ASeparatorWithoutSenderAndDateCountsBeforeAHeaderField) {
  const std::string text =
      "From \nA: wanted\n\none\n\nFrom \nnot a field\n\nFrom\r\nB: wanted\r\n\r\ntwo\n\nFrom \n";
  const std::string expected =
      "1[From \nA: wanted\n](one)()(From )(not a field)()."
      "9[From\nB: wanted\n](two)()(From ).";
  for (std::size_t piece = 1; piece < 40; ++piece)
    EXPECT_EQ(split(mbox, text, piece), expected) << piece;
  // In a body, and without an empty line before it, it is text.
  EXPECT_EQ(split(mbox, "From \nA: wanted\n\none\nFrom \nB: 2\n"),
            "1[From \nA: wanted\n](one)(From )(B: 2).");
}

// Not all writers put the empty line: a whole separator counts where a header field follows.
TEST(MailSplitter, AWholeSeparatorNeedsNoEmptyLineBeforeIt) {
  const std::string text =
      "From a@b Thu Oct  1 08:15:30 2026\nA: 1\n\none\n"
      "From c@d Fri Oct  2 08:15:30 2026\nB: wanted\n\ntwo\n"
      "From c@d Fri Oct  2 08:15:30 2026\nis what the separator looked like\n";
  const std::string expected =
      "1[From a@b Thu Oct  1 08:15:30 2026\nA: 1\n]5[From c@d Fri Oct  2 08:15:30 2026\n"
      "B: wanted\n](two)(From c@d Fri Oct  2 08:15:30 2026)(is what the separator looked like).";
  for (std::size_t piece = 1; piece < 40; ++piece)
    EXPECT_EQ(split(mbox, text, piece), expected) << piece;
}

TEST(MailSplitter, ASenderWithoutADateCountsAfterAnEmptyLineBeforeAHeaderField) {
  EXPECT_EQ(split(mbox, "From a@b\nA: 1\n\none\n\nFrom c@d\nB: 2\n\nFrom MAILER-DAEMON\nC: 3\n"),
            "1[From a@b\nA: 1\n]6[From c@d\nB: 2\n]9[From MAILER-DAEMON\nC: 3\n]");
  // One that was cut off in its header.
  EXPECT_EQ(split(mbox, "From a@b\nA: 1\nFrom c@d\nB: 2\nFrom \nC: 3\n"),
            "1[From a@b\nA: 1\n]3[From c@d\nB: 2\n]5[From \nC: 3\n]");
  // RFC 5322, 4.5: white space before the colon of a field.
  EXPECT_EQ(split(mbox, "From a@b\nFrom : c@d\nFrom :e@f\n"),
            "1[From a@b\nFrom : c@d\nFrom :e@f\n]");
}

// What may be a message, or text, is told: messages must not vanish without a word.
TEST(MailSplitter, WhatMayBeginAMessageIsToldAndStaysText) {
  const std::string header = "From a@b Thu Oct  1 08:15:30 2026\nA: wanted\n\none\n";
  const std::string told = "1[From a@b Thu Oct  1 08:15:30 2026\nA: wanted\n](one)";
  EXPECT_EQ(split(mbox, header + "From \nReceived: x\n"), told + "5?(From )(Received: x).");
  EXPECT_EQ(split(mbox, header + "From c@d\nFrom: x\n"), told + "5?(From c@d)(From: x).");
  EXPECT_EQ(split(mbox, header + "\nFrom here on\nSubject: x\n"),
            told + "()6?(From here on)(Subject: x).");
  EXPECT_EQ(split(mbox, header + "From here on\nNote: nothing known\n"),
            told + "(From here on)(Note: nothing known).");
  EXPECT_EQ(split(mbox, header + ">From c@d\nFrom: x\n"), told + "(>From c@d)(From: x).");
  const std::string longer(9000, 'x');
  EXPECT_TRUE(split(mbox, header + "From \nX-A: " + longer + "\n").starts_with(told + "5?(From )"));
}

TEST(MailSplitter, ALongLineAfterABareSeparatorIsBoundedToo) {
  const std::string text =
      "From \nA: 1\n\n\nFrom \nB: " + std::string(9000, 'x') + "\n\nFrom \nC: 3\n\n";
  for (const std::size_t piece : {11u, 1000u, 1u << 20})
    EXPECT_EQ(split(mbox, text, piece), "1[From \nA: 1\n]5!8[From \nC: 3\n]") << piece;
}

}  // namespace
}  // namespace postern::evidence
