// What became of a message at first, and what Exchange made of it later. Internal to the room.
#pragma once

#include <algorithm>

#include "evidence/message.hpp"

namespace postern::evidence {

/// The worse of both, where Exchange took the message back (zero-hour auto purge): it was wanted no
/// more than what was held back at once. What was let out of the quarantine since was held back all
/// the same, and of what else was moved or deleted, the mailbox's owner may have done it.
constexpr Delivery worse_delivery(Delivery original, Delivery latest) noexcept {
  const bool taken_back =
      latest == Delivery::junk || latest == Delivery::quarantine || latest == Delivery::blocked;
  return taken_back ? std::max(original, latest) : original;
}

}  // namespace postern::evidence
