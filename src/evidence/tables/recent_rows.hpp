// Rows that hang on others close before them in the table: repeats, and what completes an arrival.
// Internal to the room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/hash.hpp"

namespace postern::evidence {

/// What a row asks of those before it. It is put as a question, so that threads can read pieces of
/// a table and the one that tells their rows in order answers it.
struct Recall {
  enum class Kind : std::uint8_t {
    nothing,
    remember,         ///< of later rows
    unless_repeated,  ///< the row counts where none before had its key; is remembered
    if_known,         ///< the row counts where one before had its key
  };
  Kind kind = Kind::nothing;
  std::uint64_t key = 0;
};

/// Remembers the last messages and recipients of a table, those that are close by.
class RecentRows {
 public:
  explicit RecentRows(HashSeed seed = {}) noexcept : seed_(seed) {}

  /// The question of a row. One without an id has none: nothing repeats it, nothing knows it.
  [[nodiscard]] Recall asked(Recall::Kind kind, std::string_view id,
                             std::string_view recipient) const {
    if (id.empty()) return {};
    return {kind, hash_of(HashSeed{seed_.first ^ hash_of(seed_, id), seed_.second}, recipient)};
  }
  /// Whether the row counts.
  bool answer(Recall asked) {
    if (asked.kind == Recall::Kind::nothing) return true;
    if (keys_.empty()) keys_.resize(16384);
    std::uint64_t& last = keys_[asked.key % keys_.size()];
    const bool known = last == asked.key;
    if (asked.kind == Recall::Kind::if_known) return known;
    last = asked.key;
    return asked.kind == Recall::Kind::remember || !known;
  }

 private:
  HashSeed seed_;
  std::vector<std::uint64_t> keys_;  // made where a row asks
};

}  // namespace postern::evidence
