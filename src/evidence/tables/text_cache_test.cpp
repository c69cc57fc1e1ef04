#include "evidence/tables/text_cache.hpp"

#include <cstddef>

#include <gtest/gtest.h>

namespace postern::evidence {
namespace {

TEST(TextCache, ParsesEachTextOnce) {
  TextCache<std::size_t, 8, 16> cache;
  int parsed = 0;
  const auto length = [&](std::string_view text, std::size_t& value) {
    ++parsed;
    value = text.size();
  };
  EXPECT_EQ(cache.get("contoso.com", length), 11u);
  EXPECT_EQ(cache.get("contoso.com", length), 11u);
  EXPECT_EQ(parsed, 1);
  EXPECT_EQ(cache.get("a text that is longer than a slot", length), 33u);
}

// Undefined behaviour that only a sanitizer sees: found by the EmailEvents fuzzer.
TEST(TextCache, TakesTheTextOfAMissingColumn) {
  TextCache<std::size_t, 8, 16> cache;
  const auto length = [](std::string_view text, std::size_t& value) { value = text.size(); };
  EXPECT_EQ(cache.get(std::string_view{}, length), 0u);
  EXPECT_EQ(cache.get("", length), 0u);
}

}  // namespace
}  // namespace postern::evidence
