#include "evidence/mail/verified_results.hpp"

#include <algorithm>
#include <vector>

#include "base/domain.hpp"
#include "policy/clouds.hpp"

namespace postern::evidence {
namespace {

using policy::Known;

/// The claim of one mechanism, once it is known whether the check bears a pass out. True where a
/// pass fell.
bool fell(AuthResult& claim, bool confirmed) {
  if (claim != AuthResult::pass || confirmed) return false;
  claim = AuthResult::unknown;
  return true;
}

AuthResult spf_of_envelope(const Message& m, const auth::SpfFinding& spf) {
  const bool null_path = m.submission.reverse_path.state == policy::ReversePath::State::null;
  // SPF of HELO stands for the envelope sender only where that is null.
  if (!spf.checked || spf.identity_is_helo != null_path) return AuthResult::unknown;
  return message::parse_auth_result(auth::word_of(spf.result));
}

// Of several signatures the best one counts. One that can't be judged today (its key is gone, DNS
// fails) leaves the question open.
AuthResult dkim_of(const std::vector<auth::DkimOutcome>& signatures) {
  if (signatures.empty()) return AuthResult::none;
  AuthResult found = AuthResult::fail;
  for (const auth::DkimOutcome& each : signatures) {
    if (each.result == auth::DkimResult::pass) return AuthResult::pass;
    if (each.result != auth::DkimResult::fail) found = AuthResult::unknown;
  }
  return found;
}

Known author_signed(const Message& m, const std::vector<auth::DkimOutcome>& signatures) {
  const bool any =
      std::any_of(signatures.begin(), signatures.end(), [&](const auth::DkimOutcome& each) {
        return each.result == auth::DkimResult::pass &&
               is_of_author(each.domain,
                            {m.header_from_domain, m.submission.reverse_path.domain}) == Known::yes;
      });
  return any ? Known::yes : Known::no;
}

bool acs_signed(const Message& m, const std::vector<auth::DkimOutcome>& signatures) {
  return std::any_of(signatures.begin(), signatures.end(), [&](const auth::DkimOutcome& each) {
    if (each.result != auth::DkimResult::pass) return false;
    return policy::is_acs_domain(each.domain) ||
           (policy::is_acs_selector(each.selector) &&
            is_of_author(each.domain, {m.header_from_domain, m.submission.reverse_path.domain}) ==
                Known::yes);
  });
}

}  // namespace

Known is_of_author(std::string_view signer, std::initializer_list<std::string_view> authors) {
  const auto normal = normalise_domain(signer);
  if (!normal) return Known::unknown;
  const bool found = std::any_of(authors.begin(), authors.end(), [&](std::string_view author) {
    return !author.empty() &&
           (is_same_or_subdomain(author, *normal) || is_same_or_subdomain(*normal, author));
  });
  return found ? Known::yes : Known::no;
}

bool by_signature(const auth::DmarcOutcome& dmarc) {
  return std::any_of(dmarc.alignments.begin(), dmarc.alignments.end(),
                     [](const auth::Alignment& each) {
                       return each.aligned == auth::Aligned::yes &&
                              each.identifier.method == auth::AuthenticatedIdentifier::Method::dkim;
                     });
}

void verify_results(Message& m, const auth::MessageAuthentication& found) {
  AuthResults& results = m.results;
  const AuthResult spf = spf_of_envelope(m, found.spf);
  const bool spf_fell = fell(results.spf, spf == AuthResult::pass);
  if (results.spf == AuthResult::unknown) results.published_spf = spf;

  const AuthResult dkim = dkim_of(found.dkim);
  const bool dkim_fell = fell(results.dkim, dkim == AuthResult::pass);
  // Where a claim fell, the message may have been changed since it came: nothing is known.
  if (dkim == AuthResult::pass || (results.dkim == AuthResult::unknown && !dkim_fell)) {
    results.dkim = dkim;
  }
  results.dkim_is_authors =
      dkim == AuthResult::pass ? author_signed(m, found.dkim) : Known::unknown;
  results.dkim_is_acs = acs_signed(m, found.dkim);

  const bool dmarc_passes = found.dmarc.result == auth::DmarcResult::pass;
  const bool dmarc_fell = fell(results.dmarc, dmarc_passes);
  if (results.dmarc == AuthResult::unknown && dmarc_passes && by_signature(found.dmarc)) {
    results.dmarc = AuthResult::pass;
  }

  // Microsoft's own composite can't be checked by others.
  (void)fell(results.compauth, false);
  results.claims = spf_fell || dkim_fell || dmarc_fell ? Claims::not_confirmed : Claims::verified;
}

void leave_unverified(Message& m) {
  AuthResults& results = m.results;
  for (AuthResult* claim : {&results.spf, &results.dkim, &results.dmarc, &results.compauth})
    (void)fell(*claim, false);
  results.dkim_is_authors = Known::unknown;
  results.dkim_is_acs = false;
  results.claims = Claims::not_checked;
}

}  // namespace postern::evidence
