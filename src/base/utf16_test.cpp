#include "base/utf16.hpp"

#include <gtest/gtest.h>

namespace postern {
namespace {

std::string little(std::u16string_view text) {
  std::string bytes;
  for (const char16_t c : text) {
    bytes += static_cast<char>(c & 0xff);
    bytes += static_cast<char>(c >> 8);
  }
  return bytes;
}

const std::u16string text =
    u"sender_address,Grüße 🖨 from the long ASCII run of a scanner,€\r\n";
const std::string expected =
    "sender_address,Grüße 🖨 from the long ASCII run of a scanner,€\r\n";

TEST(Utf16, IsFoundWithAndWithoutAMark) {
  EXPECT_EQ(to_utf8("\xff\xfe" + little(text)), expected);
  EXPECT_EQ(to_utf8(little(text)), expected);
  EXPECT_EQ(to_utf8("\xef\xbb\xbf" + expected), expected);
  EXPECT_EQ(to_utf8(expected), expected);
  std::string big;
  const std::string bytes = little(text);
  for (std::size_t i = 0; i < bytes.size(); i += 2)
    big += {bytes[i + 1], bytes[i]};
  EXPECT_EQ(to_utf8("\xfe\xff" + big), expected);
  EXPECT_EQ(detect_encoding("").encoding, TextEncoding::utf8);
}

TEST(Utf16, MaybeCutAnywhere) {
  const std::string bytes = little(text);
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    std::string out;
    const std::size_t used =
        append_utf8(std::string_view(bytes).substr(0, cut), TextEncoding::utf16_le, false, out);
    append_utf8(std::string_view(bytes).substr(used), TextEncoding::utf16_le, true, out);
    ASSERT_EQ(out, expected) << cut;
  }
}

TEST(Utf16, LoneSurrogatesAndOddBytesAreReplaced) {
  std::string out;
  append_utf8(little(u"a\xd800z"), TextEncoding::utf16_le, true, out);
  append_utf8(little(u"\xdc00") + "x", TextEncoding::utf16_le, true, out);
  EXPECT_EQ(out, "a\xef\xbf\xbdz\xef\xbf\xbd\xef\xbf\xbd");
}

}  // namespace
}  // namespace postern
