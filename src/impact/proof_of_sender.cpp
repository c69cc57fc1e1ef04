#include "impact/proof_of_sender.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include <fmt/format.h>

namespace postern::impact {
namespace {

using evidence::AuthResult;
using evidence::AuthResults;
using policy::Known;

bool passed_by_own_addresses(const evidence::Message& m, const Context& context) {
  const auto& domains = context.spf_of_own_addresses;
  return m.results.spf == AuthResult::pass &&
         m.submission.reverse_path.state == policy::ReversePath::State::address &&
         std::binary_search(domains.begin(), domains.end(), m.submission.reverse_path.domain,
                            std::less<>{});
}

bool is_listed(const evidence::Message& m, const Context& context) {
  const auto& address = m.submission.client_ip;
  return !address || !context.own_alone.find(*address).empty();
}

bool are_all_in(const PrefixTable& table, const std::vector<IpAddress>& addresses) {
  return !addresses.empty() &&
         std::all_of(addresses.begin(), addresses.end(),
                     [&](const IpAddress& address) { return !table.find(address).empty(); });
}

}  // namespace

// Evidence that does not name the signer leaves that to DMARC, which passes for no other unless SPF
// passed.
bool is_signed_by_author(const AuthResults& results) noexcept {
  if (results.dkim != AuthResult::pass) return false;
  if (results.dkim_is_authors != Known::unknown) return results.dkim_is_authors == Known::yes;
  return results.dmarc == AuthResult::pass && results.spf != AuthResult::pass &&
         results.spf != AuthResult::unknown;
}

Known proof_in(const evidence::Message& m, const Context& context) {
  if (is_signed_by_author(m.results) ||
      (passed_by_own_addresses(m, context) && is_listed(m, context))) {
    // Whoever sends a mail writes its header: what only that says may be a forger's own word.
    return evidence::are_only_claimed(m.results.claims) ? Known::unknown : Known::yes;
  }
  if (m.results.claims == evidence::Claims::carried) return Known::unknown;
  const bool nothing_recorded = m.results.spf == AuthResult::unknown &&
                                m.results.dkim == AuthResult::unknown &&
                                m.results.dmarc == AuthResult::unknown;
  return nothing_recorded ? Known::unknown : Known::no;
}

bool is_pass_of_nobody_listed(const evidence::Message& m, const Context& context) {
  return passed_by_own_addresses(m, context) && !is_listed(m, context);
}

std::uint64_t unwanted(const Unit& group) {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < group.delivery.size(); ++i)
    out += is_unwanted(static_cast<evidence::Delivery>(i)) ? group.delivery[i] : 0;
  return out;
}

bool is_own_network(const std::vector<IpAddress>& addresses, const Context& context) {
  return are_all_in(context.own_networks, addresses);
}

bool is_own_alone(const std::vector<IpAddress>& addresses, const Context& context) {
  return are_all_in(context.own_alone, addresses);
}

bool is_listed_by_owner(const Unit& group, const Context& context) {
  const std::uint64_t passed =
      group.spf[static_cast<std::size_t>(AuthResult::pass)] - group.spf_claimed;
  const std::uint64_t unknown =
      group.spf[static_cast<std::size_t>(AuthResult::unknown)] + group.spf_claimed;
  return is_own_network(group.addresses, context) ||
         (passed > 0 && passed * 10 >= (group.messages - unknown) * 9);
}

std::string hard_fact(const Unit& group, const Context& context, std::uint64_t foreign_held_back) {
  // Where Exchange took some of what comes from there for unwanted, somebody else may be behind the
  // address too: a guest's telephone, a computer that was broken into. Of what was sent as others,
  // the junk folder tells nothing: one's own relay hands on all sorts. SPF that passes says no more
  // than that the address is listed; a signature speaks for the mail itself.
  const bool all_is_wanted = unwanted(group) + foreign_held_back == 0;
  if (is_own_alone(group.addresses, context) && group.address_count <= group.addresses.size() &&
      all_is_wanted) {
    return "its address is listed as your own, in your SPF record or an OnPremises connector";
  }
  if (group.proved == 0 || group.disproved > 0) return {};
  if (group.proved_by_spf > 0 && !all_is_wanted) return {};
  return group.proved == group.messages
             ? "every message passed DKIM or SPF in a way that only the domain's owner can give"
             : fmt::format(
                   "{} of {} messages passed DKIM or SPF in a way that only the domain's "
                   "owner can give; of the others no results are recorded",
                   group.proved, group.messages);
}

}  // namespace postern::impact
