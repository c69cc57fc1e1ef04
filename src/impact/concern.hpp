// Does Direct Send concern a message? Asked of evidence that is counted, and of mail before it is
// verified.
#pragma once

#include <cstdint>

#include "evidence/message.hpp"
#include "policy/policy.hpp"

namespace postern::impact {

enum class Concern : std::uint8_t {
  yes,                ///< anonymous, sent as an accepted domain to a recipient of the same tenant
  external_sender,    ///< envelope sender of another organisation, own in no part
  sender_untold,      ///< to a recipient here as far as is known, and nothing tells who sent it
  header_from_only,   ///< own domain in header From alone: the third entrance
  null_reverse_path,  ///< MAIL FROM:<>
  authenticated,      ///< signed in or originating
  other_tenant,       ///< the recipient domain is nobody's here
  other_receiver,     ///< another organisation received it, for whom is not told
};

/// By who sent the message and to whom. A recipient that is not told is taken to be here; an
/// envelope sender that is not recorded, to be of the From field's domain. What was refused as
/// Direct Send (550 5.7.68), or judged to be, had a sender of the tenant's, whatever the row shows.
[[nodiscard]] Concern concern_of(const policy::Policy&, const evidence::Message&) noexcept;

/// Whether somebody else than the tenant took the message in, whoever sent it.
[[nodiscard]] bool came_in_elsewhere(const policy::Policy&, const evidence::Message&) noexcept;

/// Whether the recipient that is recorded can't be the one at RCPT TO: the message was taken in
/// anonymously for a recipient of the tenant's, by no connector, and as an own sender; a list or a
/// forward led elsewhere. Whom it was for is unknown then.
[[nodiscard]] bool is_led_elsewhere(const policy::Policy&, const evidence::Message&) noexcept;

/// Mail that came in to the tenant, and that nobody signed in for.
[[nodiscard]] constexpr bool is_arrival(Concern concern) noexcept {
  return concern != Concern::authenticated && concern != Concern::other_tenant &&
         concern != Concern::other_receiver;
}

/// Whether the row shows another domain than the one by which it was taken for Direct Send: a
/// server rewrote the sender after it was logged, or a gate judged it as a credulous next hop would
/// read it and did not say so. The domain that counts is not known.
[[nodiscard]] bool hides_its_domain(const policy::Policy&, const evidence::Message&) noexcept;

/// Anonymous mail that the switch does not concern; a connector may all the same.
[[nodiscard]] constexpr bool is_bystander(Concern concern) noexcept {
  return concern == Concern::external_sender || concern == Concern::header_from_only ||
         concern == Concern::null_reverse_path;
}

}  // namespace postern::impact
