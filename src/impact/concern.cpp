#include "impact/concern.hpp"

#include <cstdint>
#include <string_view>

namespace postern::impact {

using policy::ReversePath;

namespace {

// Whether the domain is one of the recipient's tenant; of any of them where nothing tells whose
// the recipient is.
bool is_ours(const policy::Policy& policy, const policy::Submission& s, std::string_view domain) {
  const std::uint32_t owner = policy.owner_of(domain);
  return owner != policy::no_tenant &&
         (!s.recipient_domain || owner == policy.owner_of(*s.recipient_domain));
}

bool was_taken_for_direct_send(const evidence::Message& m) noexcept {
  return m.refusal == evidence::Refusal::direct_send || m.judged_direct_send;
}

}  // namespace

bool came_in_elsewhere(const policy::Policy& policy, const evidence::Message& m) noexcept {
  const auto& recipient = m.submission.recipient_domain;
  if (recipient) return policy.owner_of(*recipient) == policy::no_tenant;
  // A DMARC report says who received the mail, often not for whom.
  return !m.received_by.empty() && policy.owner_of(m.received_by) == policy::no_tenant;
}

bool hides_its_domain(const policy::Policy& policy, const evidence::Message& m) noexcept {
  const ReversePath& path = m.submission.reverse_path;
  return was_taken_for_direct_send(m) && path.state == ReversePath::State::address &&
         !is_ours(policy, m.submission, path.domain);
}

Concern concern_of(const policy::Policy& policy, const evidence::Message& m) noexcept {
  const policy::Submission& s = m.submission;
  if (s.authenticated == policy::Known::yes) return Concern::authenticated;
  if (s.reverse_path.state == ReversePath::State::null) return Concern::null_reverse_path;
  if (came_in_elsewhere(policy, m)) {
    return s.recipient_domain ? Concern::other_tenant : Concern::other_receiver;
  }
  if (is_ours(policy, s, m.sender_domain()) || was_taken_for_direct_send(m)) return Concern::yes;
  if (s.reverse_path.state == ReversePath::State::address) {
    return is_ours(policy, s, m.header_from_domain) ? Concern::header_from_only
                                                    : Concern::external_sender;
  }
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
