#include "judge/proofs.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "auth/message_check.hpp"
#include "base/domain.hpp"
#include "message/authentication_results.hpp"

namespace postern::judge {

using auth::MessageAuthentication;

Finding aligned_dkim(const MessageAuthentication& results, std::string_view author) {
  Finding found = Finding::no;
  for (const auth::DkimOutcome& each : results.dkim) {
    const bool aligned =
        each.domain == author ||
        std::any_of(results.dmarc.alignments.begin(), results.dmarc.alignments.end(),
                    [&](const auth::Alignment& a) {
                      return a.aligned && a.identifier.domain == each.domain &&
                             a.identifier.method == auth::AuthenticatedIdentifier::Method::dkim;
                    });
    const bool sound = !each.testing && !each.length_limited;
    if (each.result == auth::DkimResult::pass && aligned && sound) return Finding::yes;
    if (each.result == auth::DkimResult::temp_error && is_same_or_subdomain(author, each.domain)) {
      found = Finding::unknown;
    }
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
