// Two rows of the evidence that tell of one message, as one. Internal to the room.
#pragma once

#include <compare>
#include <cstdint>

#include "evidence/message.hpp"
#include "policy/policy.hpp"

namespace postern::impact {

/// In what two rows of one message may contradict each other. A set is a bit mask.
enum class Contradiction : std::uint8_t {
  none = 0,
  envelope_sender = 1 << 0,
  client_address = 1 << 1,
  attribution = 1 << 2,
  sign_in = 1 << 3,
  results = 1 << 4,
};
constexpr Contradiction operator|(Contradiction a, Contradiction b) noexcept {
  return static_cast<Contradiction>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
constexpr Contradiction& operator|=(Contradiction& a, Contradiction b) noexcept {
  return a = a | b;
}
constexpr bool has(Contradiction set, Contradiction one) noexcept {
  return (static_cast<unsigned>(set) & static_cast<unsigned>(one)) != 0;
}

/// Takes from `other` what `message` does not know. Where both know and differ, what makes the mail
/// look safer gives way: a connector to none, a sign-in to none, a pass to a fail; of two client
/// addresses that of the event of the arrival stays, else `message`'s. Views of both are in the
/// outcome.
Contradiction complete(evidence::Message& message, const evidence::Message& other);

/// The order in which rows of one message are merged, so that the order of files and rows does not
/// matter: those that show the tenant's own envelope sender, then those that know more, then the
/// earliest, then by what they say.
class MergeOrder {
 public:
  explicit MergeOrder(const policy::Policy& policy) : policy_(policy) {}
  [[nodiscard]] bool operator()(const evidence::Message&, const evidence::Message&) const;

 private:
  const policy::Policy& policy_;
};

}  // namespace postern::impact
