// What a reply of a mail host says of Direct Send: most say nothing of it, and must not be taken
// for a proof. Pure; the table is in the .cpp, its cases in the test.
#pragma once

#include <cstdint>
#include <string_view>

#include "smtp/client_session.hpp"
#include "smtp/reply.hpp"

namespace postern::probe {

enum class Meaning : std::uint8_t {
  accepted,              ///< a good reply; what it proves depends on the stage
  direct_send_refused,   ///< 5.7.68
  locked_down,           ///< 5.7.51: a restricting Partner connector
  relay_denied,          ///< 5.7.64: nobody here owns the recipient's domain
  on_premises_mismatch,  ///< 5.7.64 ATTR36: an OnPremises connector matched, no accepted domain
  wrong_region,          ///< 4.4.62 ATTR35
  no_mailboxes,          ///< ATTR5: the tenant has no mail-enabled subscription
  attribution_fault,     ///< ATTR1, 14, 17, 18: a passing fault of the service
  wrong_service,         ///< 5.7.57: this is the submission service, not the mail host
  reputation,            ///< the client's address is blocked or throttled
  unknown_recipient,
  recipient_refuses,  ///< the recipient takes mail of known or signed-in senders alone
  greylisted,
  transport_rule,  ///< a mail-flow rule of the tenant
  dmarc,           ///< DMARC, SPF or DKIM of the sender's domain
  sender_refused,  ///< the sender's domain does not exist or may not send
  content,         ///< the message itself: spam, malware, size
  tls_required,
  busy,            ///< any other transient refusal
  other_refusal,   ///< any other permanent refusal
  not_understood,  ///< no reply that fits the stage
};

/// The first row of the table that fits. `stage` is that of the command that was answered.
Meaning meaning_of(smtp::Stage stage, const smtp::Reply&) noexcept;

std::string_view name_of(Meaning) noexcept;   ///< "direct_send_refused", …
std::string_view describe(Meaning) noexcept;  ///< a clause for people
/// What would turn it into a proof; empty where it is one, or where nothing would.
std::string_view would_prove(Meaning) noexcept;

}  // namespace postern::probe
