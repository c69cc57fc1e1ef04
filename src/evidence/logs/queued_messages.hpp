// What is known of messages that a mail server has under way, by queue id. Holds at most so many;
// the oldest goes beyond that. Entries and their texts are used again, so that a long log costs no
// memory but what is open at once. Internal to the room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.hpp"
#include "policy/submission.hpp"

namespace postern::evidence {

struct QueuedMessage {
  std::optional<IpAddress> client;
  bool client_known = false;  ///< a client= or pickup line was seen
  bool signed_in = false;
  bool local = false;  ///< handed over on the server itself (pickup)
  policy::Known tls = policy::Known::unknown;
  bool no_certificate = false;
  policy::ReversePath::State sender_state = policy::ReversePath::State::unknown;
  std::string sender, client_name, helo, message_id;

  void reset();
};

class QueuedMessages {
 public:
  explicit QueuedMessages(std::size_t most) : most_(most < 1 ? 1 : most), slots_(1 << 10, none) {}

  /// nullptr where it is not open.
  QueuedMessage* find(std::uint64_t key) noexcept;
  /// Begins it where it is not open.
  QueuedMessage& at(std::uint64_t key);
  void close(std::uint64_t key);
  /// Entries that were let go because there were too many.
  [[nodiscard]] std::uint64_t forgotten() const noexcept { return forgotten_; }
  [[nodiscard]] std::size_t size() const noexcept { return count_; }

 private:
  static constexpr std::uint32_t none = 0xffffffff;
  struct Entry {
    std::uint64_t key = 0;
    std::uint32_t older = none, newer = none;  // in order of age; newer chains free entries too
    QueuedMessage message;
  };
  [[nodiscard]] std::size_t slot_of(std::uint64_t key) const noexcept;
  void grow();
  void remove_slot(std::size_t slot);

  std::size_t most_;
  std::vector<std::uint32_t> slots_;  // open addressing over entries_
  std::vector<Entry> entries_;
  std::size_t count_ = 0;
  std::uint32_t oldest_ = none, newest_ = none, free_ = none;
  std::uint64_t forgotten_ = 0;
};

}  // namespace postern::evidence
