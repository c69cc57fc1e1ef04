// By what two rows are known to tell of one message. Internal to the room.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/hash.hpp"
#include "base/time.hpp"
#include "evidence/message.hpp"

namespace postern::impact {

/// Hashes of the ids by which two rows are known to tell of one message: network message id, then
/// Message-ID without its brackets. 0 where there is none.
struct MessageIds {
  MessageIds(const evidence::Message& message, HashSeed seed);
  std::uint64_t network = 0;
  std::uint64_t message = 0;
  [[nodiscard]] bool any() const noexcept { return network != 0 || message != 0; }
};

/// Hashes of the recipient's address and of the client's. 0 where the row does not tell it.
std::uint64_t recipient_key(const evidence::Message&, HashSeed) noexcept;
std::uint64_t client_key(const evidence::Message&, HashSeed) noexcept;

/// So long after one row another may tell of the same message, in seconds: between two servers a
/// queue gives up after days, but hands on within hours as a rule.
inline constexpr UnixTime longest_delay = 86400;

/// What a row tells to be recognised by.
struct Telling {
  Telling(const evidence::Message&, HashSeed, std::uint32_t file);

  MessageIds ids;
  std::uint64_t recipient;  ///< recipient_key()
  std::uint64_t client;     ///< client_key()
  /// Hashes of the envelope sender and of the From, 0 where the row does not tell it. Which of the
  /// two a trace tells as the sender is uncertain.
  std::array<std::uint64_t, 2> senders;
  std::optional<UnixTime> time;
  std::uint32_t file;

  /// Whether neither tells of recipient, client, sender or time what the other contradicts.
  [[nodiscard]] bool agrees_with(const Telling& other) const noexcept;
};

}  // namespace postern::impact
