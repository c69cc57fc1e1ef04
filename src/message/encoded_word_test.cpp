#include "message/encoded_word.hpp"

#include <gtest/gtest.h>

namespace postern::message {
namespace {

TEST(EncodedWord, DecodesEachCharacterSet) {
  EXPECT_EQ(decode_words("=?utf-8?Q?Gescanntes_B=C3=BCro?="), "Gescanntes Büro");
  EXPECT_EQ(decode_words("=?UTF-8?B?QsO8cm8=?="), "Büro");
  EXPECT_EQ(decode_words("=?UTF-8?B?QsO8cm8?="), "Büro");  // padding left out
  EXPECT_EQ(decode_words("=?iso-8859-1?q?B=FCro?="), "Büro");
  EXPECT_EQ(decode_words("=?iso-8859-15?q?100_=A4?="), "100 €");
  EXPECT_EQ(decode_words("=?windows-1252?q?=93100=A0=80=94?="), "“100\u00a0€”");
  EXPECT_EQ(decode_words("=?us-ascii*en?q?plain?="), "plain");
}

TEST(EncodedWord, SpaceBetweenTwoWordsGoes) {
  EXPECT_EQ(decode_words("a =?utf-8?q?b?= \r\n =?utf-8?q?c?= d"), "a bc d");
  EXPECT_EQ(decode_words("=?utf-8?q?b?= =?iso-8859-1?q?=FC?="), "bü");
}

TEST(EncodedWord, ACharacterMayBeSplitBetweenWords) {
  EXPECT_EQ(decode_words("=?utf-8?B?w?= =?utf-8?Q?x?="), "x");  // six bits make no octet
  EXPECT_EQ(decode_words("=?utf-8?Q?B=C3?= =?utf-8?Q?=BCro?="), "Büro");
}

TEST(EncodedWord, CharacterSetsOfTheWorld) {
  EXPECT_EQ(decode_words("=?koi8-r?B?8NLJ18XU?= =?gb2312?B?xOO6ww==?="), "Привет你好");
  EXPECT_EQ(decode_words("=?ISO-2022-JP?B?GyRCJDMbKEI=?= =?iso-2022-jp?B?GyRCJHMbKEI=?="), "こん");
}

TEST(EncodedWord, WhatCannotBeDecodedStays) {
  for (const std::string text :
       {"=?no-such-set?q?=C1?=", "=?utf-8?b?!!?=", "=?utf-8?q?=FF?=", "=?utf-8?x?a?=",
        "=?utf-8?q?open", "=?", "=?\?=", "=? =?", "a = b ? c"}) {
    EXPECT_EQ(decode_words(text), text);
  }
}

TEST(EncodedWord, ManyOpenWordsTakeLinearTime) {
  std::string open;
  for (int i = 0; i < 100'000; ++i)
    open += "=?utf-8?q?x";
  EXPECT_TRUE(decode_words(open) == open);
  for (const std::string piece : {"=?u?q?", "=?u?b?x", "=?u?b?!?=", "=?u?x?a?="}) {
    std::string many;
    while (many.size() < 1'000'000)
      many += piece;
    EXPECT_GT(decode_words(many).size(), many.size() / 4) << piece;
  }
}

}  // namespace
}  // namespace postern::message
