#include "base/ascii.hpp"

#include <gtest/gtest.h>

#include "base/result.hpp"
#include "base/unprintable.hpp"

namespace postern {
namespace {

TEST(Ascii, FoldsAsciiOnly) {
  EXPECT_TRUE(iequals("RejectDirectSend", "rejectdirectsend"));
  EXPECT_FALSE(iequals("\xc3\x9c", "\xc3\xbc"));  // Ü and ü
  EXPECT_EQ(ifind("X-Forefront-Antispam-Report", "ANTISPAM"), 12u);
  EXPECT_EQ(ifind("short", "longer than it"), std::string_view::npos);
}

TEST(Printable, TakesTheTeethOutOfControlSequences) {
  EXPECT_EQ(printable("\x1b[31mred\x07"), "\xef\xbf\xbd[31mred\xef\xbf\xbd");
  EXPECT_EQ(printable("a\nb\tc"), "a b c");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "\xef\xbf\xbd"
            "31m");  // C1 control CSI
  EXPECT_EQ(printable("gpj.\xe2\x80\xae"
                      "exe"),
            "gpj.\xef\xbf\xbd"
            "exe");  // right-to-left override
  EXPECT_EQ(printable("\xff"), "\xef\xbf\xbd");
  EXPECT_EQ(printable("Zoë"), "Zoë");
}

TEST(Printable, JsonSaysTheSameInEscapes) {
  EXPECT_EQ(escape_unprintable_json("{\"a\": \"\xc2\x9b"
                                    "31m \xe2\x80\xae \x7f\"}\n"),
            "{\"a\": \"\\u009b31m \\u202e \\u007f\"}\n");
  EXPECT_EQ(escape_unprintable_json("{\n  \"Zoë\": \"🖨\"\n}"), "{\n  \"Zoë\": \"🖨\"\n}");
  EXPECT_EQ(escape_unprintable_json(""), "");
}

// U+E0041 is a tag: an "A" that no screen shows.
TEST(Printable, WhatNobodySeesIsShown) {
  EXPECT_EQ(printable("ann\xf3\xa0\x81\x81"), "ann\xef\xbf\xbd");
  EXPECT_EQ(escape_unprintable_json("\"\xf3\xa0\x81\x81\""), "\"\\udb40\\udc41\"");
}

TEST(Printable, TomlSaysTheSameInEscapes) {
  EXPECT_EQ(escape_unprintable_toml("a\xc2\x9b"
                                    "b\xe2\x80\xae\xc2\x85\xe2\x80\xa8\xef\xbb\xbf\x1b\x7f"),
            "a\\u009bb\\u202e\\u0085\\u2028\\ufeff\\u001b\\u007f");
  EXPECT_EQ(escape_unprintable_toml("\xf3\xa0\x81\x81"), "\\U000e0041");
  EXPECT_EQ(escape_unprintable_toml("Zoë 🖨"), "Zoë 🖨");
  EXPECT_EQ(escape_unprintable_toml("\xff"), "\xef\xbf\xbd");
}

TEST(Utf8, KnowsMalformedForms) {
  EXPECT_TRUE(is_valid_utf8("Grüße 🖨"));
  EXPECT_FALSE(is_valid_utf8("\xc0\xaf"));          // overlong
  EXPECT_FALSE(is_valid_utf8("\xed\xa0\x80"));      // surrogate
  EXPECT_FALSE(is_valid_utf8("\xf4\x90\x80\x80"));  // above U+10FFFF
  EXPECT_FALSE(is_valid_utf8("\xe2\x82"));          // cut short
}

TEST(Error, IsAlwaysOneLine) {
  EXPECT_EQ((Error{"no column 'Time\nstamp'", "a.csv:1", "export it again"}).line(),
            "a.csv:1: no column 'Time?stamp'; export it again");
  EXPECT_EQ((Error{"bad", "", ""}).line(), "bad");
}

}  // namespace
}  // namespace postern
