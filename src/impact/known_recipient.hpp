// Whom received mail came for, where its header alone says so.
#pragma once

#include "evidence/message.hpp"
#include "policy/policy.hpp"

namespace postern::impact {

/// Whether a message that came in names in its header nobody here: whom it came for is not known.
inline bool is_for_nobody_named(const policy::Policy& policy, const evidence::Message& m) {
  const auto& domain = m.submission.recipient_domain;
  return m.recipient_uncertain && domain && policy.owner_of(*domain) == policy::no_tenant;
}

inline evidence::Message without_recipient(evidence::Message m) {
  m.recipient = {};
  m.submission.recipient_domain.reset();
  m.recipient_uncertain = false;
  return m;
}

}  // namespace postern::impact
