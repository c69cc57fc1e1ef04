#include "judge/proofs.hpp"

#include <cstdint>
#include <string_view>

#include "auth/message_check.hpp"
#include "base/domain.hpp"
#include "message/authentication_results.hpp"

namespace postern::judge {

using auth::MessageAuthentication;

namespace {

// As DMARC found it of what passes or may yet; the author's own domain needs no DMARC.
auth::Aligned alignment_of(const auth::DkimOutcome& signature, const MessageAuthentication& results,
                           std::string_view author) {
  if (signature.domain == author) return auth::Aligned::yes;
  const auto& among =
      signature.result == auth::DkimResult::pass ? results.dmarc.alignments : results.dmarc.awaited;
  auth::Aligned found = auth::Aligned::no;
  for (const auth::Alignment& each : among) {
    if (each.identifier.method != auth::AuthenticatedIdentifier::Method::dkim ||
        each.identifier.domain != signature.domain || each.aligned == auth::Aligned::no) {
      continue;
    }
    if (each.aligned == auth::Aligned::yes) return auth::Aligned::yes;
    found = auth::Aligned::unknown;
  }
  return found;
}

}  // namespace

Finding aligned_dkim(const MessageAuthentication& results, std::string_view author) {
  Finding found = Finding::no;
  for (const auth::DkimOutcome& each : results.dkim) {
    const bool passes = each.result == auth::DkimResult::pass;
    if (!passes && each.result != auth::DkimResult::temp_error) continue;
    const bool sound = !each.testing && !each.length_limited;
    const auth::Aligned aligned = alignment_of(each, results, author);
    if (!sound || aligned == auth::Aligned::no) continue;
    if (passes && aligned == auth::Aligned::yes) return Finding::yes;
    found = Finding::unknown;
  }
  return found;
}

Finding aligned_spf(const MessageAuthentication& results, std::string_view author) {
  if (!results.spf.checked || results.spf.identity_is_helo) return Finding::no;
  if (results.spf.domain != author) return Finding::no;
  if (results.spf.result == auth::SpfResult::pass) return Finding::yes;
  return results.spf.result == auth::SpfResult::temp_error ? Finding::unknown : Finding::no;
}

Finding dmarc_pass(const MessageAuthentication& results, std::string_view author) {
  if (results.dmarc.author_domain != author) return Finding::no;
  if (results.dmarc.result == auth::DmarcResult::pass) return Finding::yes;
  return results.dmarc.result == auth::DmarcResult::temp_error ? Finding::unknown : Finding::no;
}

Finding trusted_sealer(const MessageAuthentication& results, const Judge& judge,
                       std::uint32_t tenant) {
  if (judge.settings().trusted_arc_sealers.empty()) return Finding::no;
  if (results.arc.result == auth::ArcResult::temp_error) return Finding::unknown;
  const auth::ArcSet* set = results.arc.outermost();
  if (!results.arc.trusted || set == nullptr) return Finding::no;
  const auto seen = message::parse_authentication_results(set->authentication_results);
  const auto ours = [&](std::string_view value) {
    const std::string_view domain =
        value.find('@') == std::string_view::npos ? value : domain_of_address(value);
    const auto normal = normalise_domain(domain);
    return normal && judge.policy().owner_of(*normal) == tenant;
  };
  for (const message::MethodResult& each : seen.methods) {
    if (each.result != message::AuthResult::pass) continue;
    if ((each.method == "dmarc" && ours(each.property("header.from"))) ||
        (each.method == "dkim" &&
         (ours(each.property("header.d")) || ours(each.property("header.i")))) ||
        (each.method == "spf" && ours(each.property("smtp.mailfrom")))) {
      return Finding::yes;
    }
  }
  return Finding::no;
}

}  // namespace postern::judge
