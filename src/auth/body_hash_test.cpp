#include "auth/body_hash.hpp"

#include <string>

#include <gtest/gtest.h>

#include "auth/tag_list.hpp"
#include "base/base64.hpp"

namespace postern::auth {
namespace {

std::string digest_of(const Crypto& crypto, Canonicalisation form, std::string_view body,
                      std::size_t piece, std::optional<std::uint64_t> most = {}) {
  BodyCanonicaliser canonical(crypto, form, most);
  for (std::size_t at = 0; at < body.size(); at += piece)
    canonical.add(body.substr(at, piece));
  canonical.finish();
  const Digest& digest = canonical.digest();
  return encode_base64({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

std::string plain(const Crypto& crypto, std::string_view text) {
  const Digest digest = crypto.sha256(text);
  return encode_base64({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

struct Example {
  std::string_view body;
  std::string_view simple;
  std::string_view relaxed;
};

// RFC 6376, 3.4.3 to 3.4.5, and what mail at rest adds.
constexpr Example examples[] = {
    {"", "\r\n", ""},
    {"\r\n\r\n", "\r\n", ""},
    {" C \r\nD \t E\r\n\r\n\r\n", " C \r\nD \t E\r\n", " C\r\nD E\r\n"},
    {"no break at the end", "no break at the end\r\n", "no break at the end\r\n"},
    {"bare\nline\n\nbreaks \n", "bare\r\nline\r\n\r\nbreaks \r\n",
     "bare\r\nline\r\n\r\nbreaks\r\n"},
    {" \t\r\n \r\n", " \t\r\n \r\n", ""},
    {"a \r b\r\r\nc\r", "a \r b\r\r\nc\r\r\n", "a \r b\r\r\nc\r\r\n"},
    {"two  spaces, a\ttab, and lines long enough for several vectors at once; \r\n  folded\r\n",
     "two  spaces, a\ttab, and lines long enough for several vectors at once; \r\n  folded\r\n",
     "two spaces, a tab, and lines long enough for several vectors at once;\r\n folded\r\n"},
};

TEST(BodyCanonicaliser, gives_the_canonical_form_whatever_the_pieces) {
  const Crypto crypto;
  for (const Example& example : examples) {
    for (std::size_t piece = 1; piece <= example.body.size() + 1; ++piece) {
      EXPECT_EQ(digest_of(crypto, Canonicalisation::simple, example.body, piece),
                plain(crypto, example.simple))
          << example.body << " in pieces of " << piece;
      EXPECT_EQ(digest_of(crypto, Canonicalisation::relaxed, example.body, piece),
                plain(crypto, example.relaxed))
          << example.body << " in pieces of " << piece;
    }
  }
}

TEST(BodyCanonicaliser, hashes_no_more_than_asked_and_counts_all) {
  const Crypto crypto;
  EXPECT_EQ(digest_of(crypto, Canonicalisation::simple, "abcdef\r\n", 3, 4), plain(crypto, "abcd"));
  BodyCanonicaliser canonical(crypto, Canonicalisation::simple, 4);
  canonical.add("abcdef\r\n\r\n");
  canonical.finish();
  EXPECT_EQ(canonical.octets(), 8u);
}

TEST(Crypto, signs_and_verifies_with_both_kinds_of_key) {
  Crypto crypto;
  for (const KeyType type : {KeyType::rsa, KeyType::ed25519}) {
    const auto key = crypto.generate(type, 2048);
    ASSERT_TRUE(key);
    const auto shared = crypto.public_key(type, public_part(**key));
    ASSERT_TRUE(shared) << shared.error().what;
    const Digest digest = crypto.sha256("text");
    std::string signature = crypto.sign(**key, digest);
    EXPECT_TRUE(crypto.verify(**shared, digest, signature));
    EXPECT_FALSE(crypto.verify(**shared, crypto.sha256("other"), signature));
    signature[8] = static_cast<char>(signature[8] ^ 1);
    EXPECT_FALSE(crypto.verify(**shared, digest, signature));
  }
  EXPECT_FALSE(crypto.public_key(KeyType::rsa, "AAAA"));
  EXPECT_FALSE(crypto.public_key(KeyType::ed25519, "AAAA"));
}

// Text is looked at in stretches of 64 and 16 octets: whatever is not canonical must be found
// wherever it stands in one.
TEST(BodyCanonicaliser, finds_what_differs_wherever_it_stands) {
  const Crypto crypto;
  constexpr Example oddities[] = {
      {"  ", "  ", " "},
      {"\t", "\t", " "},
      {" \t ", " \t ", " "},
      {"\n", "\r\n", "\r\n"},
      {"\n\n", "\r\n\r\n", "\r\n\r\n"},
      {"\r", "\r", "\r"},
      {"\r\r\n", "\r\r\n", "\r\r\n"},
      {" \r\n \r\n", " \r\n \r\n", "\r\n\r\n"},
      {"\r\n\n\r\n", "\r\n\r\n\r\n", "\r\n\r\n\r\n"},
  };
  const std::string behind = std::string(90, 'b') + "\r\n";
  for (std::size_t length = 0; length < 140; ++length) {
    const std::string before(length, 'a');
    for (const auto& [body, simple, relaxed] : oddities) {
      const std::string text = before + std::string(body) + behind;
      EXPECT_EQ(digest_of(crypto, Canonicalisation::simple, text, text.size()),
                plain(crypto, before + std::string(simple) + behind))
          << length << ' ' << body;
      EXPECT_EQ(digest_of(crypto, Canonicalisation::relaxed, text, text.size()),
                plain(crypto, before + std::string(relaxed) + behind))
          << length << ' ' << body;
    }
  }
}

TEST(TagList, takes_what_the_grammar_allows_and_nothing_else) {
  const auto list = TagList::parse(" v=1; a = rsa-sha256;\r\n\tb=ab\r\n cd ; h=from : to;");
  ASSERT_TRUE(list) << list.error().what;
  EXPECT_EQ(list->find("a")->value, "rsa-sha256");
  EXPECT_EQ(without_space(list->find("b")->value), "abcd");
  EXPECT_EQ(colon_list(list->find("h")->value).at(1), "to");
  for (const char* bad : {"", ";", "v=1;;a=b", "v", "=1", "1v=1", "v=1; v=1", "v=a\r\nb", "v=\x01"})
    EXPECT_FALSE(TagList::parse(bad)) << bad;
}

}  // namespace
}  // namespace postern::auth
