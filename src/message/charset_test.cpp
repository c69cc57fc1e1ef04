// Held against Python's codecs: python3 -c 'print("…".encode("koi8-r"))'.
#include "message/charset.hpp"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace postern::message {
namespace {

using namespace std::string_view_literals;

struct Written {
  std::string_view charset, octets, text;
};

TEST(Charset, ReadsWhatMailIsWrittenIn) {
  for (const Written& each : {
           Written{"iso-8859-1", "B\xfcro"sv, "Büro"},
           Written{"ISO-8859-15", "100 \xa4"sv, "100 €"},
           Written{"windows-1252", "\x93x\x94"sv, "“x”"},
           Written{"windows-1251", "\xd1\xf7\xb8\xf2"sv, "Счёт"},
           Written{"koi8-r", "\xf3\xde\xa3\xd4"sv, "Счёт"},
           Written{"iso-8859-7", "\xd4\xe9\xec\xdf"sv, "Τιμί"},
           Written{"gb2312", "\xc4\xe3\xba\xc3"sv, "你好"},
           Written{"GB2312", "\xe9\x46"sv, "镕"},  // in GBK, and many say GB2312 all the same
           Written{"big5", "\xb5\x6f\xb2\xbc"sv, "發票"},
           Written{"shift_jis", "\x90\xbf\x8b\x81\x8f\x91"sv, "請求書"},
           Written{"euc-jp", "\xc0\xc1\xb5\xe1\xbd\xf1"sv, "請求書"},
           Written{"iso-2022-jp", "\x1b$B@A5a=q\x1b(B"sv, "請求書"},
           Written{"ks_c_5601-1987", "\xc3\xbb\xb1\xb8\xbc\xad"sv, "청구서"},
           Written{"windows-1255", "\xe7\xf9\xe1\xe5\xef"sv, "חשבון"},
           Written{"utf-16", "\xff\xfe\x41\x00"sv, "A"},
           Written{"utf-7", "+AGE-"sv, "a"},
           Written{"us-ascii*en", "plain"sv, "plain"},
       }) {
    EXPECT_EQ(to_utf8(each.octets, each.charset), each.text) << each.charset;
  }
}

TEST(Charset, MarksWhatTheSetDoesNotHave) {
  EXPECT_EQ(to_utf8("a\x81"
                    "b",
                    "windows-1252"),
            "a\xef\xbf\xbd"
            "b");
  EXPECT_EQ(to_utf8("a\xc4", "euc-jp"), "a\xef\xbf\xbd");  // half a character
  EXPECT_EQ(to_utf8("\xff", "utf-8"), std::nullopt);
}

TEST(Charset, TakesNoNameForAPathOrAnOption) {
  for (const std::string_view name : {""sv, "x-unknown"sv, "koi8-r//IGNORE"sv,
                                      "../../../tmp/koi8-r"sv, "koi8-r\0"sv, "koi8 r"sv}) {
    EXPECT_EQ(to_utf8("a", name), std::nullopt) << name;
  }
  EXPECT_EQ(to_utf8("a", std::string(5000, 'k')), std::nullopt);
}

TEST(Charset, LongTextComesOutWhole) {
  const std::string octets(100'000, '\xc1');
  const auto text = to_utf8(octets, "koi8-r");
  ASSERT_TRUE(text);
  EXPECT_EQ(text->size(), 200'000u);
}

}  // namespace
}  // namespace postern::message
