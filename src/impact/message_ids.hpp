// By what two rows are known to tell of one message. Internal to the room.
#pragma once

#include <cstdint>

#include "base/hash.hpp"
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

/// What a row tells to be recognised by.
struct Telling {
  MessageIds ids;
  std::uint64_t recipient;  ///< recipient_key()
  std::uint64_t client;     ///< client_key()
  std::uint32_t file;
};

}  // namespace postern::impact
