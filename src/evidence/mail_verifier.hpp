// Mail files verified instead of believed: the reader hashes the message, somebody else asks DNS.
#pragma once

#include <optional>

#include "auth/message_check.hpp"
#include "evidence/message.hpp"

namespace postern::evidence {

/// Called by every thread that reads.
class MailVerifier {
 public:
  virtual ~MailVerifier() = default;
  /// Whether the results of this message matter. Those of others are believed, and nobody asks DNS.
  [[nodiscard]] virtual bool wants(const Message&) const = 0;
  /// Finishes the check, whose message has been given whole; nullopt where there is no time left.
  virtual std::optional<auth::MessageAuthentication> finish(auth::MessageCheck&) = 0;
};

}  // namespace postern::evidence
