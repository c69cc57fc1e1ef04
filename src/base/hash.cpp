#include "base/hash.hpp"

#include <bit>
#include <cstddef>
#include <cstring>

namespace postern {
namespace {

// One round a word, three at the end: what Python, Rust and Ruby hash their tables' keys by.
class SipHash {
 public:
  explicit SipHash(HashSeed seed) noexcept
      : a_(seed.first ^ 0x736f6d6570736575u),
        b_(seed.second ^ 0x646f72616e646f6du),
        c_(seed.first ^ 0x6c7967656e657261u),
        d_(seed.second ^ 0x7465646279746573u) {}

  void add(std::uint64_t word) noexcept {
    d_ ^= word;
    round();
    a_ ^= word;
  }
  // `rest` holds fewer than eight octets; the length of all goes into the last word.
  std::uint64_t finish(std::uint64_t rest, std::size_t length) noexcept {
    add(rest | static_cast<std::uint64_t>(length) << 56);
    c_ ^= 0xff;
    round();
    round();
    round();
    return a_ ^ b_ ^ c_ ^ d_;
  }

 private:
  void round() noexcept {
    a_ += b_, b_ = std::rotl(b_, 13), b_ ^= a_, a_ = std::rotl(a_, 32);
    c_ += d_, d_ = std::rotl(d_, 16), d_ ^= c_;
    a_ += d_, d_ = std::rotl(d_, 21), d_ ^= a_;
    c_ += b_, b_ = std::rotl(b_, 17), b_ ^= c_, c_ = std::rotl(c_, 32);
  }

  std::uint64_t a_, b_, c_, d_;
};

static_assert(std::endian::native == std::endian::little, "words are read as they lie in memory");

std::uint64_t load(const char* from, std::size_t count) noexcept {
  std::uint64_t word = 0;
  if (count > 0) std::memcpy(&word, from, count);
  return word;
}

// 'A' to 'Z' in each of eight octets to 'a' to 'z'; others stay.
constexpr std::uint64_t lower(std::uint64_t word) noexcept {
  constexpr std::uint64_t each = 0x0101010101010101u;
  constexpr std::uint64_t top = 0x80u * each;
  const std::uint64_t low = word & ~top;
  const std::uint64_t from_a = low + (0x80u - 'A') * each;       // the top bit: 'A' or later
  const std::uint64_t past_z = low + (0x80u - 'Z' - 1u) * each;  // the top bit: past 'Z'
  const std::uint64_t capital = (from_a ^ past_z) & top & ~word;
  return word | capital >> 2;
}

template <bool folded>
std::uint64_t hash(HashSeed seed, std::string_view text) noexcept {
  SipHash state(seed);
  const char* at = text.data();
  std::size_t left = text.size();
  const auto word = [&](std::size_t count) {
    const std::uint64_t loaded = load(at, count);
    return folded ? lower(loaded) : loaded;
  };
  for (; left >= 8; left -= 8, at += 8)
    state.add(word(8));
  return state.finish(word(left), text.size());
}

}  // namespace

std::uint64_t hash_of(HashSeed seed, std::string_view text) noexcept {
  return hash<false>(seed, text);
}

std::uint64_t hash_folded(HashSeed seed, std::string_view text) noexcept {
  return hash<true>(seed, text);
}

std::uint64_t hash_of(HashSeed seed, uint128 key) noexcept {
  SipHash state(seed);
  state.add(static_cast<std::uint64_t>(key));
  state.add(static_cast<std::uint64_t>(key >> 64));
  return state.finish(0, 16);
}

std::uint64_t hash_of(HashSeed seed, std::uint64_t key) noexcept {
  SipHash state(seed);
  state.add(key);
  return state.finish(0, 8);
}

}  // namespace postern
