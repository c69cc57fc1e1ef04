// What a platform's word that mail stayed within the organisation tells of a sign-in. Internal to
// the room.
#pragma once

#include "evidence/message.hpp"

namespace postern::evidence {

/// Whether mail that is recorded as "Intra-org" was signed in, by what else is recorded of it:
/// `m.submission.observed` and `m.results` are filled. Mail that a connector took came by that
/// connector, and stays only while it does. SPF and composite authentication are checked of mail
/// from outside alone: genuine mail within an organisation has neither, and Direct Send that is
/// shown as "Intra-org" has both, failed.
constexpr policy::Known signed_in_within(const Message& m) noexcept {
  using policy::Known;
  using State = policy::ObservedAttribution::State;
  if (m.submission.observed.state == State::connector) return Known::no;
  const AuthResult spf = m.results.spf;
  const AuthResult composite = m.results.compauth;
  const bool spf_checked =
      spf != AuthResult::unknown && spf != AuthResult::none && spf != AuthResult::pass;
  if (spf_checked || composite == AuthResult::fail) return Known::no;
  const bool any = spf != AuthResult::unknown || composite == AuthResult::pass;
  return any ? Known::unknown : Known::yes;
}

}  // namespace postern::evidence
