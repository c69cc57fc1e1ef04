#include "impact/merge.hpp"

#include <algorithm>
#include <limits>
#include <string_view>
#include <tuple>

#include "base/ascii.hpp"
#include "impact/concern.hpp"

namespace postern::impact {
namespace {

using evidence::AuthResult;
using evidence::Direction;
using evidence::Message;
using policy::ClientCertificate;
using policy::Known;
using PathState = policy::ReversePath::State;
using Attribution = policy::ObservedAttribution::State;

void fill(std::string_view& text, std::string_view from) {
  if (text.empty()) text = from;
}

template <class Value>
void fill(Value& value, Value from, Value unknown) {
  if (value == unknown) value = from;
}

Contradiction complete_path(Message& m, const Message& other) {
  policy::ReversePath& path = m.submission.reverse_path;
  const policy::ReversePath& theirs = other.submission.reverse_path;
  if (theirs.state == PathState::unknown) return Contradiction::none;
  if (path.state != PathState::unknown) {
    return path.state == theirs.state && path.domain == theirs.domain
               ? Contradiction::none
               : Contradiction::envelope_sender;
  }
  // What was uncertain turns out to be the header From, or the same.
  if (m.reverse_path_uncertain && m.header_from.empty()) m.header_from = m.reverse_path;
  path = theirs;
  m.reverse_path_uncertain = false;
  m.reverse_path = other.reverse_path;
  return Contradiction::none;
}

Contradiction complete_address(Message& m, const Message& other) {
  auto& address = m.submission.client_ip;
  const auto& theirs = other.submission.client_ip;
  if (!theirs || address == theirs) return Contradiction::none;
  const bool differ = address.has_value();
  // The event of the arrival knows the client best.
  if (!address || (other.fragment && !m.fragment)) address = theirs;
  return differ ? Contradiction::client_address : Contradiction::none;
}

Contradiction complete_attribution(Message& m, const Message& other) {
  policy::ObservedAttribution& seen = m.submission.observed;
  const policy::ObservedAttribution& theirs = other.submission.observed;
  if (theirs.state == Attribution::unknown) return Contradiction::none;
  if (seen.state == Attribution::unknown) {
    seen = theirs;
    return Contradiction::none;
  }
  if (seen.state == theirs.state && iequals(seen.connector, theirs.connector)) {
    return Contradiction::none;
  }
  if (theirs.state == Attribution::default_connector) seen = theirs;
  return Contradiction::attribution;
}

Contradiction complete_sign_in(Message& m, const Message& other) {
  Known& known = m.submission.authenticated;
  const Known theirs = other.submission.authenticated;
  if (theirs == Known::unknown || known == theirs) return Contradiction::none;
  const bool differ = known != Known::unknown;
  known = differ ? Known::no : theirs;
  return differ ? Contradiction::sign_in : Contradiction::none;
}

// A result that vouches for nothing stands against a pass.
bool complete_result(AuthResult& result, AuthResult theirs) {
  if (theirs == AuthResult::unknown || result == theirs) return false;
  const bool is_known = result != AuthResult::unknown;
  const bool differ = is_known && (result == AuthResult::pass) != (theirs == AuthResult::pass);
  if (!is_known || result == AuthResult::pass) result = theirs;
  return differ;
}

bool are_recorded(const evidence::AuthResults& results) {
  return !evidence::are_only_claimed(results.claims) &&
         (results.spf != AuthResult::unknown || results.dkim != AuthResult::unknown ||
          results.dmarc != AuthResult::unknown);
}

// Without the passes, for which there is only the word of the mail's own header.
evidence::AuthResults without_claims(evidence::AuthResults results) {
  if (!evidence::are_only_claimed(results.claims)) return results;
  for (AuthResult* each : {&results.spf, &results.dkim, &results.dmarc, &results.compauth}) {
    if (*each == AuthResult::pass) *each = AuthResult::unknown;
  }
  results.dkim_is_authors = Known::unknown;
  results.dkim_is_acs = false;
  results.claims = evidence::Claims::none;
  return results;
}

Contradiction complete_results(Message& m, const Message& other) {
  evidence::AuthResults& mine = m.results;
  // To what others recorded or verified, what a mail claims of itself adds no pass, and no signer.
  const evidence::AuthResults theirs =
      are_recorded(mine) ? without_claims(other.results) : other.results;
  if (are_recorded(theirs)) mine = without_claims(mine);
  const bool was_pass = mine.dkim == AuthResult::pass;
  bool differ = complete_result(mine.spf, theirs.spf);
  differ = complete_result(mine.dkim, theirs.dkim) || differ;
  differ = complete_result(mine.dmarc, theirs.dmarc) || differ;
  differ = complete_result(mine.compauth, theirs.compauth) || differ;
  // Whose signature it was is known of the row that tells of it.
  const bool both_pass = mine.dkim == AuthResult::pass && theirs.dkim == AuthResult::pass;
  if (!was_pass) mine.dkim_is_authors = theirs.dkim_is_authors;
  mine.dkim_is_acs = mine.dkim == AuthResult::pass && (mine.dkim_is_acs || theirs.dkim_is_acs);
  if (both_pass) fill(mine.dkim_is_authors, theirs.dkim_is_authors, Known::unknown);
  fill(mine.published_spf, theirs.published_spf, AuthResult::unknown);
  fill(mine.claims, theirs.claims, evidence::Claims::none);
  return differ ? Contradiction::results : Contradiction::none;
}

void complete_certificate(Message& m, const Message& other) {
  ClientCertificate& mine = m.submission.certificate;
  if (mine.state == ClientCertificate::State::unknown) mine = other.submission.certificate;
}

// How much a row knows of how the message came.
int knowledge(const Message& m) {
  const policy::Submission& s = m.submission;
  int out = 0;
  out += s.observed.state != Attribution::unknown ? 1 : 0;
  out += s.reverse_path.state != PathState::unknown ? 1 : 0;
  out += s.client_ip ? 1 : 0;
  out += s.authenticated != Known::unknown ? 1 : 0;
  out += s.tls != Known::unknown ? 1 : 0;
  out += s.certificate.state != ClientCertificate::State::unknown ? 1 : 0;
  out += m.results.spf != AuthResult::unknown ? 1 : 0;
  out += m.results.dkim != AuthResult::unknown ? 1 : 0;
  // What a mail says of itself comes after what others recorded.
  return m.results.claims == evidence::Claims::none ? out : out - 4;
}

// The earliest comes first: of the servers that a message passed, each of which may have logged it,
// the first knows who sent it.
auto all_that_is_said(const Message& m) {
  const policy::Submission& s = m.submission;
  return std::tuple(
      s.time.value_or(std::numeric_limits<UnixTime>::max()), s.client_ip, s.reverse_path.state,
      m.reverse_path, m.header_from, m.recipient, s.observed.state, s.observed.connector,
      s.authenticated, s.tls, s.certificate.state, s.certificate.subject, m.results.spf,
      m.results.dkim, m.results.dmarc, m.results.compauth, m.delivery, m.subject, m.helo,
      m.client_hostname, m.upstream_hostname, m.network_message_id, m.message_id, m.count);
}

}  // namespace

Contradiction complete(Message& m, const Message& other) {
  Contradiction out = complete_path(m, other) | complete_address(m, other) |
                      complete_attribution(m, other) | complete_sign_in(m, other) |
                      complete_results(m, other);
  complete_certificate(m, other);
  fill(m.header_from, other.header_from);
  fill(m.header_from_domain, other.header_from_domain);
  fill(m.recipient, other.recipient);
  fill(m.message_id, other.message_id);
  fill(m.network_message_id, other.network_message_id);
  fill(m.subject, other.subject);
  fill(m.helo, other.helo);
  fill(m.client_hostname, other.client_hostname);
  fill(m.received_by, other.received_by);
  fill(m.reported_domain, other.reported_domain);
  fill(m.upstream_hostname, other.upstream_hostname);
  policy::Submission& s = m.submission;
  if (!m.upstream_address) m.upstream_address = other.upstream_address;
  fill(s.tls, other.submission.tls, Known::unknown);
  if (!s.recipient_domain) s.recipient_domain = other.submission.recipient_domain;
  if (!s.time) s.time = other.submission.time;
  m.view |= other.view;
  m.delivery = std::max(m.delivery, other.delivery);
  m.refusal = std::max(m.refusal, other.refusal);
  m.judged_direct_send = m.judged_direct_send || other.judged_direct_send;
  fill(m.direction, other.direction, Direction::unknown);
  m.forwarded = std::max(m.forwarded, other.forwarded);
  m.first_contact = std::max(m.first_contact, other.first_contact);
  return out;
}

bool MergeOrder::operator()(const Message& a, const Message& b) const {
  const bool ours_a = concern_of(policy_, a) == Concern::yes;
  const bool ours_b = concern_of(policy_, b) == Concern::yes;
  if (ours_a != ours_b) return ours_a;
  const bool certain_a = a.submission.reverse_path.state != PathState::unknown;
  const bool certain_b = b.submission.reverse_path.state != PathState::unknown;
  if (certain_a != certain_b) return certain_a;
  const int knows_a = knowledge(a);
  const int knows_b = knowledge(b);
  if (knows_a != knows_b) return knows_a > knows_b;
  return all_that_is_said(a) < all_that_is_said(b);
}

}  // namespace postern::impact
