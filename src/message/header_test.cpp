#include "message/header.hpp"

#include <gtest/gtest.h>

namespace postern::message {
namespace {

TEST(Header, UnfoldsAndKeepsOrder) {
  const auto header = HeaderBlock::parse(
      "Received: from a\r\n\tby b;\r\n Thu\r\nSUBJECT: one\r\n\r\nX-Not: a field\r\n");
  ASSERT_EQ(header.fields().size(), 2u);
  EXPECT_EQ(header.text("received"), "from a\tby b; Thu");
  EXPECT_EQ(header.text("Subject"), "one");
  EXPECT_EQ(header.fields()[1].line, 4u);
  EXPECT_EQ(header.stray_lines(), 0u);
}

TEST(Header, TakesBareLineFeedsAndTheEnvelopeLineOfAMailbox) {
  const auto header = HeaderBlock::parse(
      "From anna@contoso.com Thu Oct  1 08:15:30 2026\n"
      "From: anna@contoso.com\n\nbody: no\n");
  ASSERT_EQ(header.fields().size(), 1u);
  EXPECT_EQ(header.text("from"), "anna@contoso.com");
  EXPECT_EQ(header.stray_lines(), 0u);
}

TEST(Header, ObsoleteSpaceBeforeTheColon) {
  EXPECT_EQ(HeaderBlock::parse("Subject \t: x\n").text("subject"), "x");
}

TEST(Header, FindsEveryOccurrenceFromTheTop) {
  const auto header = HeaderBlock::parse("Received: 1\nTo: x\nrEceived: 2\n");
  EXPECT_EQ(header.all("Received"), (std::vector<std::size_t>{0, 2}));
  EXPECT_EQ(header.text("Received"), "1");
  EXPECT_EQ(header.first("Cc"), nullptr);
}

TEST(Header, GarbageIsCountedAndLeftOut) {
  const auto header = HeaderBlock::parse(
      " folded without a field\nno colon here\n and its tail\n"
      ": no name\nB\xc3\xbcro: x\nTo: y\n");
  ASSERT_EQ(header.fields().size(), 1u);
  EXPECT_EQ(header.text("To"), "y");
  EXPECT_EQ(header.stray_lines(), 5u);
}

TEST(Header, NothingHidesBehindManyFields) {
  std::string many;
  for (int i = 0; i < 20'000; ++i)
    many += "X: y\n continued\n";
  many += "From: ceo@contoso.com\n\n";
  const auto header = HeaderBlock::parse(many);
  EXPECT_EQ(header.fields().size(), 20'001u);
  EXPECT_EQ(header.stray_lines(), 0u);
  EXPECT_EQ(header.text("From"), "ceo@contoso.com");
}

TEST(Header, UnfoldDropsLineBreaksAndNul) {
  EXPECT_EQ(unfold(std::string_view(" a\r\n b\0c\n\td ", 13)), "a bc\td");
  EXPECT_EQ(unfold(""), "");
}

TEST(Header, BodyStartsAfterTheEmptyLine) {
  EXPECT_EQ(HeaderBlock::parse("A: b\r\n\r\nbody").body_offset(), 8u);
  EXPECT_EQ(HeaderBlock::parse("A: b").body_offset(), 4u);
  EXPECT_EQ(HeaderBlock::parse("\nA: b\n").fields().size(), 0u);
}

}  // namespace
}  // namespace postern::message
