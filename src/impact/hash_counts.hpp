// A bounded table from a hash to a number. When it is full, new keys are dropped and said to be so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/hash.hpp"

namespace postern::impact {

class HashCounts {
 public:
  HashCounts(std::size_t most, HashSeed seed) : most_(most), seed_(seed) {}

  /// Adds to the number of `key` and tells what it was before; 0 for a new key, also one that was
  /// dropped. Key 0 is taken as 1.
  std::uint32_t add(std::uint64_t key, std::uint32_t count = 1) {
    if (slots_.empty()) slots_.resize(1 << 8);
    if (key == 0) key = 1;
    std::size_t at = place(key);
    if (slots_[at].key == key) {
      const std::uint32_t before = slots_[at].count;
      slots_[at].count = before + count < before ? UINT32_MAX : before + count;
      return before;
    }
    if (size_ == most_) {
      full_ = true;
      return 0;
    }
    if (++size_ * 2 > slots_.size()) {
      grow();
      at = place(key);
    }
    slots_[at] = {key, count};
    return 0;
  }
  [[nodiscard]] std::uint32_t of(std::uint64_t key) const noexcept {
    if (slots_.empty()) return 0;
    if (key == 0) key = 1;
    const Slot& slot = slots_[place(key)];
    return slot.key == key ? slot.count : 0;
  }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// Whether a key had to be dropped.
  [[nodiscard]] bool full() const noexcept { return full_; }

 private:
  struct Slot {
    std::uint64_t key = 0;
    std::uint32_t count = 0;
  };
  [[nodiscard]] std::size_t place(std::uint64_t key) const noexcept {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = hash_of(seed_, key) & mask;
    while (slots_[at].key != 0 && slots_[at].key != key)
      at = (at + 1) & mask;
    return at;
  }
  void grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.key != 0) slots_[place(slot.key)] = slot;
    }
  }

  std::size_t most_;
  HashSeed seed_;  // keys come from strangers: none may choose their place
  std::size_t size_ = 0;
  bool full_ = false;
  std::vector<Slot> slots_;
};

}  // namespace postern::impact
