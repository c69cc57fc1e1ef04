// What comes of a message, as far as anybody outside can tell, and what kind of change two of them
// are.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "policy/verdict.hpp"

namespace postern::difference {

enum class Effect : std::uint8_t {
  accepted,              ///< on the default connector
  accepted_partner,      ///< attributed to a Partner connector
  accepted_originating,  ///< counts as the organisation's own
  relay_denied,
  relay_denied_attr36,
  tls_required,
  restricted,
  direct_send_rejected,
  undetermined,  ///< a tenant of which not all is known; never compared
};

[[nodiscard]] Effect effect_of(const policy::Verdict&) noexcept;
[[nodiscard]] bool is_accepted(Effect) noexcept;
/// A connector took the message, be it to accept it or to ask for TLS.
[[nodiscard]] bool is_by_connector(Effect) noexcept;

enum class Change : std::uint8_t {
  none,
  attribution,  ///< accepted under both, by another kind of connector
  newly_refused,
  newly_accepted,
  other_reply,
};
[[nodiscard]] Change change_of(Effect before, Effect after) noexcept;

/// "accepted", "accepted by a Partner connector", "550 5.7.68".
[[nodiscard]] std::string text_of(Effect);
/// "newly_refused": as JSON has it.
[[nodiscard]] std::string_view name_of(Change) noexcept;
/// "accepted_partner": as JSON has it.
[[nodiscard]] std::string_view name_of(Effect) noexcept;

}  // namespace postern::difference
