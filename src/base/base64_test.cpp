#include "base/base64.hpp"

#include <cstddef>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace postern {
namespace {

const std::vector<std::pair<std::string, std::string>>& rfc_vectors() {  // RFC 4648, 10
  static const std::vector<std::pair<std::string, std::string>> vectors = {{"", ""},
                                                                           {"f", "Zg=="},
                                                                           {"fo", "Zm8="},
                                                                           {"foo", "Zm9v"},
                                                                           {"foob", "Zm9vYg=="},
                                                                           {"fooba", "Zm9vYmE="},
                                                                           {"foobar", "Zm9vYmFy"}};
  return vectors;
}

std::string without_padding(std::string text) {
  while (text.ends_with('='))
    text.pop_back();
  return text;
}

TEST(Base64, WritesAndReadsTheVectorsOfRfc4648) {
  for (const auto& [octets, text] : rfc_vectors()) {
    EXPECT_EQ(encode_base64(octets), text);
    EXPECT_EQ(encode_base64url(octets), without_padding(text));
    EXPECT_EQ(decode_base64(text), octets);
    EXPECT_EQ(decode_base64(without_padding(text)), octets);
    EXPECT_EQ(decode_loose_base64(text), octets);
    EXPECT_EQ(decode_base64url(without_padding(text)), octets);
  }
}

TEST(Base64, TellsItsTwoAlphabetsApart) {
  const std::string octets = "\xfb\xef\xff";
  EXPECT_EQ(encode_base64(octets), "++//");
  EXPECT_EQ(encode_base64url(octets), "--__");
  EXPECT_EQ(decode_base64url("--__"), octets);
  EXPECT_FALSE(decode_base64url("++//"));
  EXPECT_FALSE(decode_base64("--__"));
  EXPECT_FALSE(decode_loose_base64("--__"));
}

TEST(Base64, ReadsKeyRecordsThatAreFolded) {
  EXPECT_EQ(decode_base64(" Zm9v\r\n\tYm Fy "), "foobar");
  EXPECT_EQ(decode_base64("Zg =\t="), "f");
  EXPECT_FALSE(decode_loose_base64("Zm9v YmFy")) << "no white space in a command or encoded word";
  EXPECT_FALSE(decode_base64url("Zm9v\n"));
}

TEST(Base64, RefusesWhatSaysMoreThanOctets) {
  for (const char* wrong :
       {"Z", "Zg=", "Zg===", "Zm9v=", "Zg==Zg==", "Zh==", "Zm9=", "Zm\xc3\xa4"}) {
    EXPECT_FALSE(decode_base64(wrong)) << wrong;
  }
  EXPECT_FALSE(decode_base64url("Zm9vY")) << "five digits are no whole number of octets";
  EXPECT_FALSE(decode_base64url("Zg=="));
}

TEST(Base64, DropsLeftoversWhereMailProgramsWriteThem) {
  EXPECT_EQ(decode_loose_base64("Zh=="), "f");
  EXPECT_EQ(decode_loose_base64("Zm9vY"), "foo");
  EXPECT_EQ(decode_loose_base64("Zg====="), "f");
  EXPECT_FALSE(decode_loose_base64("Zg==Zg=="));
}

// The text comes back whole however it is cut, whatever stands between its digits.
TEST(Base64, ReadsABodyInPieces) {
  std::mt19937 random(4);
  for (int round = 0; round < 500; ++round) {
    std::string octets(random() % 100, '\0');
    for (char& c : octets)
      c = static_cast<char>(random());
    const std::string text = encode_base64(octets);
    ASSERT_EQ(decode_base64(text), octets);
    ASSERT_EQ(decode_base64url(encode_base64url(octets)), octets);
    Base64Body body;
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t length = 1 + random() % 9;
      body.decode(text.substr(at, length) + (random() % 2 == 0 ? "\r\n" : "-."), out);
      at += length;
    }
    ASSERT_EQ(out, octets);
  }
}

}  // namespace
}  // namespace postern
