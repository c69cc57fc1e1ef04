// A set of small numbers below a fixed bound, as a row of bits.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace postern::difference {

class Bits {
 public:
  Bits() = default;
  explicit Bits(std::size_t bound) : words_((bound + 63) / 64) {}
  static Bits full(std::size_t bound) {
    Bits out(bound);
    for (std::size_t i = 0; i < bound; ++i)
      out.set(i);
    return out;
  }

  void set(std::size_t i) { words_[i / 64] |= std::uint64_t{1} << (i % 64); }
  [[nodiscard]] bool test(std::size_t i) const { return (words_[i / 64] >> (i % 64) & 1) != 0; }

  [[nodiscard]] bool any() const {
    return std::any_of(words_.begin(), words_.end(), [](std::uint64_t word) { return word != 0; });
  }
  [[nodiscard]] std::size_t count() const {
    std::size_t out = 0;
    for (const std::uint64_t word : words_)
      out += static_cast<std::size_t>(std::popcount(word));
    return out;
  }
  [[nodiscard]] bool intersects(const Bits& other) const {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      if ((words_[i] & other.words_[i]) != 0) return true;
    }
    return false;
  }
  /// The least member; the set must have one.
  [[nodiscard]] std::size_t first() const {
    std::size_t i = 0;
    while (words_[i] == 0)
      ++i;
    return 64 * i + static_cast<std::size_t>(std::countr_zero(words_[i]));
  }

  Bits& operator|=(const Bits& other) {
    for (std::size_t i = 0; i < words_.size(); ++i)
      words_[i] |= other.words_[i];
    return *this;
  }
  Bits& operator&=(const Bits& other) {
    for (std::size_t i = 0; i < words_.size(); ++i)
      words_[i] &= other.words_[i];
    return *this;
  }
  Bits& operator-=(const Bits& other) {
    for (std::size_t i = 0; i < words_.size(); ++i)
      words_[i] &= ~other.words_[i];
    return *this;
  }
  friend Bits operator&(Bits a, const Bits& b) { return a &= b; }
  friend Bits operator-(Bits a, const Bits& b) { return a -= b; }
  friend bool operator==(const Bits&, const Bits&) = default;

  template <class Visit>
  void for_each(Visit visit) const {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      for (std::uint64_t word = words_[i]; word != 0; word &= word - 1) {
        visit(64 * i + static_cast<std::size_t>(std::countr_zero(word)));
      }
    }
  }
  [[nodiscard]] std::span<const std::uint64_t> words() const { return words_; }

 private:
  std::vector<std::uint64_t> words_;
};

/// Key of a table: sets one behind the other.
using Key = std::vector<std::uint64_t>;

inline void append(Key& key, const Bits& bits) {
  key.insert(key.end(), bits.words().begin(), bits.words().end());
}

/// Hashes a key.
struct WordsHash {
  std::size_t operator()(const Key& words) const noexcept {
    std::uint64_t out = 0x9e3779b97f4a7c15u;
    for (const std::uint64_t word : words) {
      out = (out ^ word) * 0xff51afd7ed558ccdu;
      out ^= out >> 32;
    }
    return static_cast<std::size_t>(out);
  }
};

}  // namespace postern::difference
