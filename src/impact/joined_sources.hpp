// Which file of the evidence tells a message first: one that another file told already is counted
// once. Internal to the room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/hash.hpp"
#include "evidence/message.hpp"
#include "impact/hash_counts.hpp"

namespace postern::impact {

class JoinedSources {
 public:
  /// Remembers at most `most` messages; later ones are not compared.
  JoinedSources(std::size_t most, HashSeed seed) : seed_(seed), seen_(most, seed) {}

  /// The number of the file that is being read.
  [[nodiscard]] std::uint32_t current() const noexcept { return current_; }
  void set_current(std::uint32_t source) noexcept { current_ = source; }
  /// What comes now is of a file that was not read before.
  void begin_next() { current_ = ++last_; }
  /// A file within the file; afterwards the outer one goes on.
  void begin_member();
  void end_member();

  /// Whether an earlier source held the same message to the same recipient. A fragment that names
  /// no recipient is compared by its id alone.
  bool knows(const evidence::Message&, std::uint64_t recipient_hash);
  [[nodiscard]] bool full() const noexcept { return seen_.full(); }

 private:
  HashSeed seed_;
  HashCounts seen_;  // number of the source by id, and by id and recipient
  std::uint32_t current_ = 1;
  std::uint32_t last_ = 1;
  std::vector<std::uint32_t> around_;  // the files that the current one is in
};

}  // namespace postern::impact
