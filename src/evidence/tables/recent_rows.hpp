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
    remember,          ///< of later rows
    unless_repeated,   ///< the row counts where none before had its key; is remembered
    if_known,          ///< the row counts where one before was remembered with its key
    unless_mentioned,  ///< the row counts where none before had its key, remembered or mentioned
  };
  Kind kind = Kind::nothing;
  std::uint64_t key = 0;
  std::uint64_t mention = 0;  ///< a key of which rows that ask unless_mentioned hear; 0: none

  [[nodiscard]] bool asks() const noexcept { return kind != Kind::nothing || mention != 0; }
};

/// Remembers the last messages and recipients of a table, those that are close by.
class RecentRows {
 public:
  explicit RecentRows(HashSeed seed = {}) noexcept : seed_(seed) {}

  /// The question of a row. One without an id has none: nothing repeats it, nothing knows it.
  [[nodiscard]] Recall asked(Recall::Kind kind, std::string_view id,
                             std::string_view recipient) const {
    if (id.empty()) return {};
    const HashSeed seed{seed_.first ^ hash_of(seed_, id), seed_.second};
    return {kind, hash_of(seed, recipient) & ~is_mentioned};
  }
  /// With the id of a message for rows that ask unless_mentioned.
  [[nodiscard]] Recall mentioning(std::string_view id, Recall recall = {}) const {
    recall.mention = asked(Recall::Kind::unless_mentioned, id, {}).key;
    return recall;
  }
  /// Whether the row counts.
  bool answer(Recall asked) {
    if (keys_.empty() && asked.asks()) keys_.resize(65536);
    const bool counts = asked.kind == Recall::Kind::nothing || answer_question(asked);
    if (asked.mention != 0) {
      std::uint64_t& last = place(asked.mention);
      if (last != asked.mention) last = asked.mention | is_mentioned;
    }
    return counts;
  }

 private:
  std::uint64_t& place(std::uint64_t key) { return keys_[(key >> 1) % keys_.size()]; }

  bool answer_question(Recall asked) {
    std::uint64_t& last = place(asked.key);
    const bool known = last == asked.key;
    if (asked.kind == Recall::Kind::if_known) return known;
    if (asked.kind == Recall::Kind::unless_mentioned) return (last & ~is_mentioned) != asked.key;
    last = asked.key;
    return asked.kind == Recall::Kind::remember || !known;
  }

  static constexpr std::uint64_t is_mentioned = 1;  // a bit that no key has

  HashSeed seed_;
  std::vector<std::uint64_t> keys_;  // made where a row asks
};

}  // namespace postern::evidence
