// What a message's header claims of SPF, DKIM and DMARC, against what a check of the message finds.
// The check is made later than the claim, with the records of another day and with the message as
// it was kept, so neither simply wins. Internal to the room.
//
//  - A pass that is claimed stands where the check passes too; otherwise it becomes unknown.
//    Nobody forges another result: those stand.
//  - A signature that verifies is proof, whatever was claimed.
//  - What SPF says today is no result of the day: it goes into published_spf.
#pragma once

#include <initializer_list>
#include <string_view>

#include "auth/message_check.hpp"
#include "evidence/message.hpp"

namespace postern::evidence {

/// Whether a signer's domain is one of the authors' domains, one above, or one below; unknown where
/// `signer` is no domain.
policy::Known is_of_author(std::string_view signer,
                           std::initializer_list<std::string_view> authors);

/// Whether DMARC rests on a signature, and not on what SPF says today.
bool by_signature(const auth::DmarcOutcome&);
/// `m.results` holds what is claimed; afterwards, what stands.
void verify_results(Message& m, const auth::MessageAuthentication& found);
/// The same where nothing could be found out.
void leave_unverified(Message& m);

}  // namespace postern::evidence
