#include "smtp/reply.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace postern::smtp {
namespace {

using Fault = ReplyParser::Fault;

struct Reading {
  std::vector<Reply> replies;
  Fault fault = Fault::none;
};

Reading read(std::string_view bytes, std::size_t piece) {
  ReplyParser parser;
  Reading reading;
  while (!bytes.empty() && parser.fault() == Fault::none) {
    std::string_view input = bytes.substr(0, piece);
    bytes.remove_prefix(input.size());
    while (auto reply = parser.next(input))
      reading.replies.push_back(*reply);
  }
  reading.fault = parser.fault();
  return reading;
}

TEST(Reply, IsWrittenWithItsEnhancedStatusOnEachLine) {
  EXPECT_EQ((Reply{250, "2.1.5", "OK"}).wire(), "250 2.1.5 OK\r\n");
  EXPECT_EQ((Reply{220, "", "mx ESMTP"}).wire(), "220 mx ESMTP\r\n");
  EXPECT_EQ((Reply{550, "5.7.1", "No\nReally"}).wire(), "550-5.7.1 No\r\n550 5.7.1 Really\r\n");
  EXPECT_EQ((Reply{250, "", ""}).wire(), "250 \r\n");
}

TEST(Reply, WritesNothingThatEndsALineEarly) {
  EXPECT_EQ((Reply{550, "", "a\rb\x01"}).wire(), "550 a?b?\r\n");
  EXPECT_EQ((Reply{550, "5.1.1", "a\nb"}).line(), "550 5.1.1 a / b");
}

TEST(ReplyParser, ReadsRepliesHoweverTheStreamIsCut) {
  const std::string bytes =
      "220 mx\r\n250-mx\r\n250-SIZE 10\r\n250 8BITMIME\r\n550-5.1.1 no\r\n"
      "550 5.1.1 such user\r\n354\r\n250 2.0.0\r\n";
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    const Reading reading = read(bytes, piece);
    ASSERT_EQ(reading.replies.size(), 5u) << piece;
    EXPECT_EQ(reading.replies[0], (Reply{220, "", "mx"}));
    EXPECT_EQ(reading.replies[1], (Reply{250, "", "mx\nSIZE 10\n8BITMIME"}));
    EXPECT_EQ(reading.replies[2], (Reply{550, "5.1.1", "no\nsuch user"}));
    EXPECT_EQ(reading.replies[3], (Reply{354, "", ""}));
    EXPECT_EQ(reading.replies[4], (Reply{250, "2.0.0", ""}));
  }
}

TEST(ReplyParser, ALineEndsWithCrlfAndNothingElse) {
  for (const std::string_view bytes :
       {"250 ok\n", "250-a\n250 b\r\n", "250 a\rb\r\n", "250 ok\r\r\n", "\n", "250 a\r250 b\r\n"}) {
    for (const std::size_t piece : {std::size_t{1}, bytes.size()}) {
      const Reading reading = read(bytes, piece);
      EXPECT_TRUE(reading.replies.empty()) << bytes;
      EXPECT_EQ(reading.fault, Fault::line_end) << bytes;
    }
  }
}

TEST(ReplyParser, TakesNoVersionForAnEnhancedStatus) {
  EXPECT_EQ(read("250 3.2.1 ready\r\n", 100).replies[0].enhanced, "");
  EXPECT_EQ(read("250 2.1x ready\r\n", 100).replies[0].text, "2.1x ready");
}

TEST(ReplyParser, NamesWhatIsWrong) {
  EXPECT_EQ(read("hello\r\n", 3).fault, Fault::malformed);
  EXPECT_EQ(read("25\r\n", 100).fault, Fault::malformed);
  EXPECT_EQ(read("250\tx\r\n", 100).fault, Fault::malformed);
  EXPECT_EQ(read("650 x\r\n", 100).fault, Fault::malformed);
  EXPECT_EQ(read("250-a\r\n550 b\r\n", 100).fault, Fault::mixed_codes);
  EXPECT_EQ(read("250 " + std::string(3000, 'x'), 100).fault, Fault::too_long);
  std::string many;
  for (int i = 0; i < 201; ++i)
    many += "250-x\r\n";
  EXPECT_EQ(read(many, 100).fault, Fault::too_long);
}

}  // namespace
}  // namespace postern::smtp
