#include "base/hex.hpp"

#include <array>
#include <string>

#include <gtest/gtest.h>

namespace postern {
namespace {

TEST(Hex, TwoDigitsAnOctet) {
  EXPECT_EQ(to_hex(std::string_view()), "");
  EXPECT_EQ(to_hex(std::string_view("\x00\x0f\xa0\xff", 4)), "000fa0ff");
  const std::array<unsigned char, 3> octets{0x01, 0x80, 0xfe};
  EXPECT_EQ(to_hex(octets), "0180fe");
}

TEST(Hex, EveryOctetComesBack) {
  std::string all;
  for (int octet = 0; octet < 256; ++octet)
    all += static_cast<char>(octet);
  EXPECT_EQ(from_hex(to_hex(all)), all);
  EXPECT_EQ(from_hex("C0fFee"), "\xc0\xff\xee");
}

TEST(Hex, OtherTextIsNone) {
  for (const char* text : {"0", "0g", "g0", "-1", "+1", " 1", "0x", "00 "})
    EXPECT_EQ(from_hex(text), std::nullopt) << text;
}

}  // namespace
}  // namespace postern
