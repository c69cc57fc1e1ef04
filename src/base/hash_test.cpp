#include "base/hash.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <random>
#include <set>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "base/ascii.hpp"

namespace postern {
namespace {

// OpenSSL's SipHash with as many rounds as ours.
class PeerHash {
 public:
  PeerHash() : mac_(EVP_MAC_fetch(nullptr, "SIPHASH", nullptr), EVP_MAC_free) {}

  std::uint64_t of(HashSeed seed, std::string_view text) const {
    const std::unique_ptr<EVP_MAC_CTX, void (*)(EVP_MAC_CTX*)> context(EVP_MAC_CTX_new(mac_.get()),
                                                                       EVP_MAC_CTX_free);
    const std::uint64_t key[] = {seed.first, seed.second};
    unsigned rounds = 1;
    unsigned last_rounds = 3;
    std::size_t size = sizeof(std::uint64_t);
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &size),
        OSSL_PARAM_construct_uint(OSSL_MAC_PARAM_C_ROUNDS, &rounds),
        OSSL_PARAM_construct_uint(OSSL_MAC_PARAM_D_ROUNDS, &last_rounds),
        OSSL_PARAM_construct_end()};
    std::uint64_t out = 0;
    EXPECT_EQ(EVP_MAC_init(context.get(), reinterpret_cast<const unsigned char*>(key), sizeof key,
                           parameters),
              1);
    EXPECT_EQ(EVP_MAC_update(context.get(), reinterpret_cast<const unsigned char*>(text.data()),
                             text.size()),
              1);
    EXPECT_EQ(EVP_MAC_final(context.get(), reinterpret_cast<unsigned char*>(&out), &size, size), 1);
    return out;
  }

 private:
  std::unique_ptr<EVP_MAC, void (*)(EVP_MAC*)> mac_;
};

TEST(Hash, IsTheSipHashOfOpenssl) {
  const PeerHash peer;
  std::mt19937_64 random(5);
  for (std::size_t length = 0; length < 70; ++length) {
    const HashSeed seed{random(), random()};
    std::string text(length, '\0');
    for (char& c : text)
      c = static_cast<char>(random());
    ASSERT_EQ(hash_of(seed, text), peer.of(seed, text)) << length;
    ASSERT_EQ(hash_folded(seed, text), peer.of(seed, to_lower(text))) << length;
  }
  const HashSeed seed{random(), random()};
  const std::uint64_t word = random();
  const std::string_view octets(reinterpret_cast<const char*>(&word), sizeof word);
  EXPECT_EQ(hash_of(seed, word), peer.of(seed, octets));
  const uint128 key = static_cast<uint128>(random()) << 64 | word;
  EXPECT_EQ(hash_of(seed, key), peer.of(seed, {reinterpret_cast<const char*>(&key), sizeof key}));
}

TEST(Hash, FoldsAsciiLettersAndNothingElse) {
  EXPECT_EQ(hash_folded({}, "Ann@Contoso.COM"), hash_folded({}, "ann@contoso.com"));
  // '@' and '[' lie beside the capitals; 0xC1 is 'A' with its top bit set.
  for (const char* other : {"@", "[", "`", "{", "\xc1", "\xda"}) {
    const std::string folded(other);
    EXPECT_EQ(hash_folded({}, folded), hash_of({}, folded)) << folded;
  }
}

// The first 200,000 addresses of 2001:db8::/32 whose key, multiplied by an odd constant, ends in
// the same bits: what a stranger chose to meet in one place of a table that hashed so.
TEST(Hash, CannotBeAimedWithoutTheSeed) {
  constexpr std::uint64_t multiplier = 0x9e3779b97f4a7c15u;
  std::uint64_t inverse = multiplier;  // modulo 2^64, by Newton
  for (int i = 0; i < 6; ++i)
    inverse *= 2 - multiplier * inverse;
  ASSERT_EQ(multiplier * inverse, 1u);
  const HashSeed seed{1, 2};
  std::set<std::uint64_t> places;
  constexpr std::size_t chosen = 200'000;
  for (std::uint64_t i = 0; i < chosen; ++i) {
    const uint128 key = static_cast<uint128>((i << 24) * inverse) << 64;
    places.insert(hash_of(seed, key) & 0xffffff);
  }
  EXPECT_GT(places.size(), chosen * 98 / 100);
  EXPECT_NE(hash_of({1, 2}, "text"), hash_of({1, 3}, "text"));
  EXPECT_NE(hash_of({1, 2}, "text"), hash_of({2, 2}, "text"));
}

TEST(Hash, MixesEveryBitOfBothWords) {
  std::mt19937_64 random(6);
  for (int bit = 0; bit < 64; ++bit) {
    const std::uint64_t a = random() | 1;
    const std::uint64_t b = random() | 1;
    EXPECT_NE(mixed(a, b), mixed(a ^ std::uint64_t{1} << bit, b)) << bit;
    EXPECT_NE(mixed(a, b), mixed(a, b ^ std::uint64_t{1} << bit)) << bit;
  }
}

}  // namespace
}  // namespace postern
