#include "smtp/data_reader.hpp"

#include <algorithm>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace postern::smtp {
namespace {

using Status = DataReader::Status;

struct Reading {
  std::string text;
  std::size_t header = 0;  // octets up to the end of the header; 0 where it did not end
  std::size_t rest = 0;    // octets behind the end
  std::size_t size = 0;
  bool ended = false;
  LineFault fault = LineFault::none;
  Excess excess = Excess::none;
  friend bool operator==(const Reading&, const Reading&) = default;
};

Reading read(std::string_view bytes, const std::vector<std::size_t>& cuts,
             const DataLimits& limits = {}) {
  DataReader reader(limits);
  Reading reading;
  std::size_t at = 0;
  for (std::size_t i = 0; i <= cuts.size() && !reading.ended; ++i) {
    const std::size_t end = i < cuts.size() ? cuts[i] : bytes.size();
    std::string_view input = bytes.substr(at, end - at);
    while (!input.empty() && !reading.ended && reader.fault() == LineFault::none) {
      const auto piece = reader.next(input);
      if (piece.status == Status::fault) break;
      reading.text += piece.held;
      reading.text += piece.text;
      if (piece.status == Status::header_end) reading.header = reading.text.size();
      reading.ended = piece.status == Status::end;
    }
    at = end - input.size();
    if (reader.fault() != LineFault::none) break;
  }
  reading.fault = reader.fault();
  if (reading.fault != LineFault::none) reading.text.clear();  // how far it came may differ
  if (reading.ended) reading.rest = bytes.size() - at;
  reading.size = reading.fault == LineFault::none ? reader.size() : 0;
  if (reading.fault == LineFault::none) reading.excess = reader.excess();
  return reading;
}

std::vector<std::size_t> every_octet(std::size_t size) {
  std::vector<std::size_t> cuts;
  for (std::size_t i = 1; i < size; ++i)
    cuts.push_back(i);
  return cuts;
}

TEST(DataReader, EndsAtCrlfDotCrlfOnly) {
  const Reading plain = read("Subject: a\r\n\r\nHi\r\n.\r\nQUIT\r\n", {});
  EXPECT_EQ(plain.text, "Subject: a\r\n\r\nHi\r\n");
  EXPECT_EQ(plain.header, 14u);
  EXPECT_EQ(plain.rest, 6u);
  EXPECT_TRUE(plain.ended);

  EXPECT_TRUE(read(".\r\n", {}).ended);
  EXPECT_FALSE(read("a.\r\n", {}).ended);
  EXPECT_FALSE(read("..\r\n", {}).ended);
}

TEST(DataReader, PassesDoubledDotsThroughAndDoesNotCountThem) {
  const Reading reading = read("..a\r\n...\r\n.\r\n", {});
  EXPECT_EQ(reading.text, "..a\r\n...\r\n");
  EXPECT_EQ(reading.size, 8u);
}

TEST(DataReader, ReadsTheSameHoweverTheStreamIsCut) {
  std::mt19937 random(7);
  const std::string_view alphabet[] = {"\r\n",      "\r\n",
                                       ".",         "a",
                                       "\r\n.\r\n", "\r",
                                       "\n",        std::string_view("\0", 1),
                                       "..",        "text: more text\r\n"};
  int ended = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string bytes;
    const std::size_t parts = 1 + random() % 12;
    for (std::size_t i = 0; i < parts; ++i) {
      // Faults are rare, or every text would end at its first.
      const std::size_t choice = random() % 60;
      bytes += alphabet[choice % 10 < 5 || choice > 50 ? choice % 10 : choice % 5];
    }
    const DataLimits limits{40, 20, 18};
    const Reading whole = read(bytes, {}, limits);
    ended += whole.ended ? 1 : 0;
    ASSERT_EQ(read(bytes, every_octet(bytes.size()), limits), whole)
        << testing::PrintToString(bytes);
    const std::size_t cut = 1 + random() % bytes.size();
    ASSERT_EQ(read(bytes, {std::min(cut, bytes.size())}, limits), whole)
        << testing::PrintToString(bytes) << " cut at " << cut;
  }
  EXPECT_GT(ended, 1000);
}

TEST(Unstuffer, TakesOneDotOffEachLineThatBeginsWithOne) {
  const std::string stuffed = "..a\r\nb.\r\n...\r\n.c\r\n";
  for (std::size_t piece = 1; piece <= stuffed.size(); ++piece) {
    Unstuffer unstuffer;
    std::string out;
    for (std::size_t at = 0; at < stuffed.size(); at += piece)
      unstuffer.feed(std::string_view(stuffed).substr(at, piece), out);
    EXPECT_EQ(out, ".a\r\nb.\r\n..\r\nc\r\n") << piece;
  }
}

}  // namespace
}  // namespace postern::smtp
