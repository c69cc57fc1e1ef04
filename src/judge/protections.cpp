#include "judge/protections.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "auth/message_check.hpp"

namespace postern::judge {
namespace {

using auth::MessageAuthentication;

// The author's domain, where there is one author, who can't be read as another's, and a tenant of
// ours owns it.
std::string_view own_author(const Judge& judge, const Author& author, std::uint32_t tenant) {
  if (author.fields != 1 || author.addresses != 1 || author.unreadable) return {};
  if (author.domains.size() != 1) return {};
  const std::string& domain = author.domains.front();
  return !domain.empty() && judge.policy().owner_of(domain) == tenant ? domain : std::string_view{};
}

// Whether a header From at an own domain is forged, as far as can be told. With several authors in
// one field, each own one needs its proof. Of several fields, one may have been put on top of what
// was signed, and what is proven of a domain is not of the field that a reader shows.
Finding forged_author(const Judge& judge, const Author& author,
                      const MessageAuthentication* results) {
  if (author.fields > 1) return has_own_author(judge, author) ? Finding::yes : Finding::no;
  Finding worst = Finding::no;
  for (const std::string& domain : author.domains) {
    if (domain.empty()) continue;
    const std::uint32_t owner = judge.policy().owner_of(domain);
    if (owner == policy::no_tenant) continue;
    if (results == nullptr) {
      worst = std::max(worst, Finding::unknown);
      continue;
    }
    const std::array proofs = {aligned_dkim(*results, domain), aligned_spf(*results, domain),
                               dmarc_pass(*results, domain),
                               trusted_sealer(*results, judge, owner)};
    const Finding best = std::find(proofs.begin(), proofs.end(), Finding::yes) != proofs.end()
                             ? Finding::yes
                         : std::find(proofs.begin(), proofs.end(), Finding::unknown) != proofs.end()
                             ? Finding::unknown
                             : Finding::no;
    if (best == Finding::no) return Finding::yes;
    if (best == Finding::unknown) worst = Finding::unknown;
  }
  return worst;
}

}  // namespace

bool has_own_author(const Judge& judge, const Author& author) {
  return std::any_of(author.domains.begin(), author.domains.end(), [&](const std::string& domain) {
    return !domain.empty() && judge.policy().owner_of(domain) != policy::no_tenant;
  });
}

Exception exception_for(const Judge& judge, const Author& author, std::uint32_t tenant,
                        const MessageAuthentication* results) {
  const Settings& settings = judge.settings();
  if (!settings.has_exceptions()) return {};
  const std::string_view own = own_author(judge, author, tenant);
  // Of nobody's own author a result could tell nothing, but for what a sealer saw.
  if (results == nullptr && own.empty() && settings.trusted_arc_sealers.empty()) return {};
  if (results == nullptr) return {Finding::unknown, ""};
  Exception found;
  const auto consider = [&found](Finding finding, std::string_view name) {
    if (finding > Finding::no && found.finding != Finding::yes) found = {finding, name};
  };
  if (settings.allow_aligned_dkim && !own.empty()) {
    consider(aligned_dkim(*results, own), "aligned_dkim");
  }
  if (settings.allow_dmarc_pass && !own.empty()) {
    consider(dmarc_pass(*results, own), "dmarc_pass");
  }
  consider(trusted_sealer(*results, judge, tenant), "trusted_arc_sealer");
  return found;
}

Objection objection_to(const Judge& judge, const Author& author,
                       const MessageAuthentication* results) {
  const Settings& settings = judge.settings();
  if (settings.has_protections() && author.unreadable) {
    return {Finding::yes, "unreadable_from",
            supported(settings, {550, "5.7.1", "The header From can't be read for certain"})};
  }
  if (settings.refuse_multiple_from && (author.fields > 1 || author.addresses > 1)) {
    return {Finding::yes, "multiple_from",
            supported(settings, {550, "5.7.1", "More than one author in the header From"})};
  }
  if (!settings.refuse_own_header_from) return {};
  const Finding forged = forged_author(judge, author, results);
  if (forged == Finding::no) return {};
  return {forged, "own_header_from",
          supported(settings,
                    forged == Finding::unknown
                        ? smtp::Reply{451, "4.7.0", "The message can't be authenticated for now"}
                        : smtp::Reply{550, "5.7.1",
                                      "The header From is at a domain of this organization, and "
                                      "nothing authenticates it"})};
}

smtp::Reply supported(const Settings& settings, smtp::Reply reply) {
  if (!settings.support.empty()) reply.text += '\n' + settings.support;
  return reply;
}

}  // namespace postern::judge
