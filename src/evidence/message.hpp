// One message to one recipient as a piece of evidence: the Submission for the rule, and what
// impact needs to tell who sent it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "evidence/view.hpp"
#include "message/authentication_results.hpp"
#include "policy/submission.hpp"

namespace postern::evidence {

using AuthResult = message::AuthResult;

/// What became of the results that a mail file's own header claims.
enum class Claims : std::uint8_t {
  none,           ///< no mail file: a platform or a receiver recorded the results itself
  believed,       ///< they stand as the header has them, unverified: signs, and never proof
  verified,       ///< the message was checked anew, and no pass stands without it
  not_confirmed,  ///< the same, and a pass that the header claims did not hold: it is unknown now
  not_checked,    ///< there was no time to check: a pass that the header claims is unknown
  carried,        ///< a DMARC report by mail that is not shown to be the reporter's own
};
inline constexpr std::size_t claims_kinds = 6;

/// Whoever wrote the mail may have made them up: signs, and never proof.
constexpr bool are_only_claimed(Claims claims) noexcept {
  return claims == Claims::believed || claims == Claims::carried;
}

struct AuthResults {
  AuthResult spf = AuthResult::unknown;
  AuthResult dkim = AuthResult::unknown;  ///< pass where any signature passed, whoever signed
  AuthResult dmarc = AuthResult::unknown;
  AuthResult compauth = AuthResult::unknown;
  /// Whether a signature that passed is of the From's or the envelope sender's domain. Anybody can
  /// sign with a key of their own, so that no other vouches for the sender.
  policy::Known dkim_is_authors = policy::Known::unknown;
  /// A signature that passed is of Azure Communication Services' own domain.
  bool dkim_is_acs = false;
  Claims claims = Claims::none;
  /// What SPF that is published now says of this very message, where it was looked up.
  AuthResult published_spf = AuthResult::unknown;
};

/// Where the message ended up.
/// "blocked" is a judgement of the message; "failed" are all other ways of not arriving.
enum class Delivery : std::uint8_t { unknown, inbox, junk, quarantine, blocked, failed };

/// By which of the tenant's own settings the receiver refused it, as its reply says.
enum class Refusal : std::uint8_t {
  none,         ///< not refused, or for another reason
  direct_send,  ///< 5.7.68: RejectDirectSend, and no connector matched
  restriction,  ///< 5.7.51: a Partner connector's restriction
};

/// Which way it went, as the platform recorded it.
enum class Direction : std::uint8_t { unknown, inbound, outbound, internal };

/// Views are valid during the call that hands the message over.
struct Message {
  policy::Submission submission;

  std::string_view reverse_path;  ///< full address, as written; empty for <> or unknown
  /// True where `reverse_path` may be the header From instead (summary trace, message trace).
  bool reverse_path_uncertain = false;
  std::string_view header_from;         ///< P2 address, where recorded
  std::string_view header_from_domain;  ///< normal form; empty where unknown
  std::string_view recipient;           ///< full address, where recorded
  /// The recipient is an addressee of the header of a message that came in. It came for somebody
  /// here all the same: in a hidden copy, or by a list.
  bool recipient_uncertain = false;
  std::string_view message_id;  ///< Message-ID with or without brackets
  /// Network message id or the like: one message, several recipients.
  std::string_view network_message_id;
  std::string_view subject;
  std::string_view helo;             ///< HELO name
  std::string_view client_hostname;  ///< reverse name (PTR) of the client
  /// Domain of who received the message, where the recipient is not known but the receiver is.
  std::string_view received_by;
  /// Domain, in normal form, that the report which tells of the message is about (DMARC).
  std::string_view reported_domain;
  /// Where the client is a relay of one's own: who handed the message to it.
  std::optional<IpAddress> upstream_address;
  std::string_view upstream_hostname;
  AuthResults results;
  /// Who saw it; set by who tells it (Teller).
  View view = View::whole;
  /// Messages that the row stands for; more than one where a report counts them (DMARC).
  std::uint64_t count = 1;
  /// Tells of a message that another row of the evidence holds, found by network message id or
  /// Message-ID; it is a message of its own only where no such row comes.
  bool fragment = false;
  /// A fragment that tells of what came after the arrival (a delivery, a failure). Where no row
  /// tells of the arrival, how the message came is not known.
  bool after_arrival = false;
  /// Such fragments may tell more of this message.
  bool details_elsewhere = false;
  Delivery delivery = Delivery::unknown;
  Refusal refusal = Refusal::none;
  /// Who tells of it judged it to be Direct Send, and does not say as which domain it read the
  /// sender.
  bool judged_direct_send = false;
  Direction direction = Direction::unknown;
  /// Exchange Online took it in for a recipient of its own organisation, as one of its tables
  /// tells: a recipient elsewhere is one to whom a list or a forward led, and not the one at RCPT
  /// TO.
  bool taken_in = false;
  /// The platform recorded that a mailbox or a rule forwards it.
  policy::Known forwarded = policy::Known::unknown;
  /// The platform recorded whether the sender had written to this recipient before: yes, it had
  /// not.
  policy::Known first_contact = policy::Known::unknown;

  /// The domain that it is sent as: the envelope sender's, or the From field's where there is none.
  [[nodiscard]] std::string_view sender_domain() const noexcept {
    const policy::ReversePath& path = submission.reverse_path;
    return path.state == policy::ReversePath::State::address ? path.domain : header_from_domain;
  }
};

/// Every text of a message, in a fixed order, but for the recipient's domain, which may be absent,
/// and the names of the certificate.
template <class M, class Visit>
constexpr void each_text(M& message, Visit&& visit) {
  visit(message.reverse_path);
  visit(message.header_from);
  visit(message.header_from_domain);
  visit(message.recipient);
  visit(message.message_id);
  visit(message.network_message_id);
  visit(message.subject);
  visit(message.helo);
  visit(message.client_hostname);
  visit(message.received_by);
  visit(message.reported_domain);
  visit(message.upstream_hostname);
  visit(message.submission.reverse_path.domain);
  visit(message.submission.observed.connector);
  visit(message.submission.certificate.subject);
}

}  // namespace postern::evidence
