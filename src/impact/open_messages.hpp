// Messages of which one row of the evidence tells who and to whom, and another (a fragment, such as
// an event of a message trace) how they came. Whichever comes first waits here for the other.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "evidence/message.hpp"

namespace postern::impact {

/// A message whose texts are its own.
class KeptMessage {
 public:
  explicit KeptMessage(const evidence::Message& message);
  /// Valid as long as this is neither moved nor destroyed.
  [[nodiscard]] evidence::Message view() const;
  /// Takes from `other` what this does not know.
  void complete(const KeptMessage& other);

 private:
  evidence::Message known_;  // its views point nowhere
  std::string texts_[12];
};

class OpenMessages {
 public:
  /// At most `most` of either kind; what comes later is not joined (dropped() tells).
  explicit OpenMessages(std::size_t most) : most_(most) {}

  /// Keeps the fragment, and completes messages that wait for it. True where one did.
  bool add_fragment(const evidence::Message& fragment);
  /// What fragments tell of the message; nullptr where none came yet. Marks them as used.
  const KeptMessage* fragment_of(const evidence::Message& message);
  /// Keeps a message that lacks what a fragment may bring. False where there is no room.
  bool park(const evidence::Message& message);

  /// Parked messages, completed where fragments came, in the order in which they came; then
  /// fragments that found no message.
  template <class Visit>
  void each(Visit visit) const {
    for (const KeptMessage& message : parked_)
      visit(message.view(), true);
    for (const Fragment& fragment : fragments_) {
      if (!fragment.used) visit(fragment.message.view(), false);
    }
  }
  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_; }

 private:
  struct Fragment {
    KeptMessage message;
    bool used = false;
  };
  std::size_t most_;
  std::uint64_t dropped_ = 0;
  std::vector<Fragment> fragments_;
  std::vector<KeptMessage> parked_;
  std::unordered_map<std::uint64_t, std::uint32_t> fragment_places_;  // by hash of an id
  std::unordered_multimap<std::uint64_t, std::uint32_t> parked_places_;
};

/// Hashes of the ids by which two rows are known to tell of one message: network message id, then
/// Message-ID without its brackets. 0 where there is none.
struct MessageIds {
  explicit MessageIds(const evidence::Message& message);
  std::uint64_t of[2] = {0, 0};
};

}  // namespace postern::impact
