#include "smtp/line_reader.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace postern::smtp {
namespace {

struct Reading {
  std::vector<std::string> lines;
  LineFault fault = LineFault::none;
  friend bool operator==(const Reading&, const Reading&) = default;
};

Reading read(std::string_view bytes, std::size_t piece, std::size_t longest = 20) {
  LineReader reader(longest);
  Reading reading;
  while (!bytes.empty() && reader.fault() == LineFault::none) {
    std::string_view input = bytes.substr(0, piece);
    bytes.remove_prefix(input.size());
    while (const auto line = reader.next(input))
      reading.lines.emplace_back(*line);
  }
  reading.fault = reader.fault();
  return reading;
}

using Lines = std::vector<std::string>;

TEST(LineReader, FramesByCrlfHoweverTheStreamIsCut) {
  struct Case {
    std::string bytes;
    Reading expected;
  };
  const std::string nul("a\0b\r\n", 5);
  const Case cases[] = {
      {"A\r\nBC\r\n\r\n", {{"A", "BC", ""}, LineFault::none}},
      {"A\r\nB", {{"A"}, LineFault::none}},
      {"A\r\nB\nC\r\n", {{"A"}, LineFault::bare_lf}},
      {"A\r\nB\rC\r\n", {{"A"}, LineFault::bare_cr}},
      {"A\r\r\n", {{}, LineFault::bare_cr}},
      {"\n", {{}, LineFault::bare_lf}},
      {"A\r\n\n", {{"A"}, LineFault::bare_lf}},
      {nul, {{}, LineFault::nul}},
      {"12345678901234567890\r\n", {{"12345678901234567890"}, LineFault::none}},
      {"123456789012345678901\r\n", {{}, LineFault::too_long}},
      {"A\r\n123456789012345678901", {{"A"}, LineFault::too_long}},
  };
  for (const Case& each : cases) {
    for (std::size_t piece = 1; piece <= each.bytes.size(); ++piece) {
      EXPECT_EQ(read(each.bytes, piece), each.expected) << each.bytes << " in " << piece;
    }
  }
}

TEST(LineReader, SaysWhetherALineIsHalfRead) {
  LineReader reader(100);
  EXPECT_TRUE(reader.idle());
  std::string_view input = "NOOP\r";
  EXPECT_FALSE(reader.next(input));
  EXPECT_FALSE(reader.idle());
  input = "\n";
  EXPECT_EQ(reader.next(input), "NOOP");
  EXPECT_TRUE(reader.idle());
}

}  // namespace
}  // namespace postern::smtp
