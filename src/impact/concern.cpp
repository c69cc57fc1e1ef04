#include "impact/concern.hpp"

#include <cstdint>
#include <string_view>

namespace postern::impact {

Concern concern_of(const policy::Policy& policy, const evidence::Message& m) noexcept {
  using policy::ReversePath;
  const policy::Submission& s = m.submission;
  if (s.authenticated == policy::Known::yes) return Concern::authenticated;
  if (s.reverse_path.state == ReversePath::State::null) return Concern::null_reverse_path;
  // A DMARC report says who received the mail, often not for whom.
  if (!s.recipient_domain && !m.received_by.empty() &&
      policy.owner_of(m.received_by) == policy::no_tenant) {
    return Concern::other_receiver;
  }
  std::uint32_t recipient = policy::no_tenant;
  if (s.recipient_domain) {
    recipient = policy.owner_of(*s.recipient_domain);
    if (recipient == policy::no_tenant) return Concern::other_tenant;
  }
  const auto is_ours = [&](std::string_view domain) {
    const std::uint32_t owner = policy.owner_of(domain);
    return owner != policy::no_tenant && (!s.recipient_domain || owner == recipient);
  };
  if (is_ours(m.sender_domain())) return Concern::yes;
  if (s.reverse_path.state == ReversePath::State::address) {
    return is_ours(m.header_from_domain) ? Concern::header_from_only : Concern::external_sender;
  }
  if (m.refusal == evidence::Refusal::direct_send) return Concern::yes;
  return m.header_from_domain.empty() ? Concern::sender_untold : Concern::external_sender;
}

bool is_led_elsewhere(const policy::Policy& policy, const evidence::Message& m) noexcept {
  const policy::Submission& s = m.submission;
  return m.taken_in && s.recipient_domain && s.authenticated != policy::Known::yes &&
         s.observed.state != policy::ObservedAttribution::State::connector &&
         policy.owner_of(*s.recipient_domain) == policy::no_tenant &&
         policy.owner_of(m.sender_domain()) != policy::no_tenant;
}

}  // namespace postern::impact
