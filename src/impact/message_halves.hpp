// Messages of which one row of the evidence tells who and to whom, and another (a fragment, such as
// an event of a message trace) how they came. Whichever comes first waits here for the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/hash.hpp"
#include "evidence/message.hpp"
#include "impact/hash_counts.hpp"
#include "impact/packed_message.hpp"

namespace postern::impact {

/// Takes from `other` what `message` does not know. Views of both are in the outcome.
void complete(evidence::Message& message, const evidence::Message& other);

/// Hashes of the ids by which two rows are known to tell of one message: network message id, then
/// Message-ID without its brackets. 0 where there is none.
struct MessageIds {
  MessageIds(const evidence::Message& message, HashSeed seed);
  std::uint64_t of[2] = {0, 0};
};

class MessageHalves {
 public:
  /// At most `most` of either kind; what comes later is not joined (dropped() tells).
  MessageHalves(std::size_t most, HashSeed seed);

  void add_fragment(const evidence::Message& fragment);
  /// What fragments tell of the message; nullopt where none came yet. Marks them as used. Two
  /// network message ids that differ are two messages, whatever their Message-ID: devices repeat
  /// it. Where it alone is known and several fragments have it, none is taken. Valid until the
  /// next fragment is added.
  std::optional<evidence::Message> fragment_of(const evidence::Message& message);
  /// Keeps a message that lacks what a fragment may bring, with the number of the file that it is
  /// from. False where it can't be kept.
  bool park(const evidence::Message& message, std::uint32_t source);

  /// Parked messages, completed where fragments came, in the order in which they came.
  template <class Visit>
  void each_parked(Visit visit) {
    for (const Parked& parked : parked_) {
      evidence::Message message = parked.message.view();
      if (const auto fragment = fragment_of(message)) complete(message, *fragment);
      visit(message, parked.source);
    }
  }
  /// Fragments that found no message.
  template <class Visit>
  void each_lone_fragment(Visit visit) const {
    for (const Fragment& fragment : fragments_) {
      if (!fragment.used) visit(fragment.message.view());
    }
  }
  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_; }

 private:
  struct Fragment {
    PackedMessage message;
    bool has_network_id = false;
    bool used = false;
  };
  struct Parked {
    PackedMessage message;
    std::uint32_t source;
  };
  Fragment* find(const MessageIds& ids);
  void index(const MessageIds& ids, const Fragment& fragment);

  std::size_t most_;
  HashSeed seed_;
  std::uint64_t dropped_ = 0;
  std::vector<Fragment> fragments_;
  std::vector<Parked> parked_;
  // Places in fragments_, counted from 1.
  HashCounts by_network_id_, by_message_id_;
  HashCounts ambiguous_;  // Message-IDs of more than one fragment
};

}  // namespace postern::impact
