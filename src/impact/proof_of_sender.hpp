// Hard facts of who sent a message. HELO, reverse name, Message-ID, subject, sender's local part,
// regularity and delivery to the inbox are none, however often they are repeated. Internal to the
// room.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "evidence/message.hpp"
#include "impact/context.hpp"
#include "impact/unit.hpp"

namespace postern::impact {

/// Whether a signature of the author's own domain passed, as the results say.
bool is_signed_by_author(const evidence::AuthResults&) noexcept;

/// Whether the results of a message prove that the domain's owner sends it: a signature of the
/// author's domain, or SPF that passed where the domain's record lists nothing but addresses of its
/// own, and the client's is among them. DMARC that passed by SPF alone proves nothing where an
/// include is shared by many. Unknown where the evidence does not record results, and where only
/// the header of the mail itself says that they passed (RFC 8601, 7.1): such a pass is proof once
/// it was verified.
policy::Known proof_in(const evidence::Message&, const Context&);

/// Whether SPF passed, the evidence says, where the domain's record, which lists nothing but
/// addresses of its own, does not list the client.
bool is_pass_of_nobody_listed(const evidence::Message&, const Context&);

/// Whether Exchange quarantined or blocked it on arrival.
constexpr bool is_held_back(evidence::Delivery delivery) noexcept {
  return delivery == evidence::Delivery::quarantine || delivery == evidence::Delivery::blocked;
}
/// The same, or put it into the junk folder.
constexpr bool is_unwanted(evidence::Delivery delivery) noexcept {
  return delivery == evidence::Delivery::junk || is_held_back(delivery);
}
/// How many of these.
std::uint64_t unwanted(const Unit&);

/// Whether every address is listed as the tenant's own.
bool is_own_network(const std::vector<IpAddress>& addresses, const Context&);

/// Whether none of them can be a stranger's as well (Context::own_alone).
bool is_own_alone(const std::vector<IpAddress>& addresses, const Context&);

/// The hard fact that makes a group legitimate for certain, one clause; empty where there is none.
/// `foreign_held_back`: messages of other organisations that came from its addresses and were held
/// back.
std::string hard_fact(const Unit& group, const Context&, std::uint64_t foreign_held_back);

/// Whether the domain's owner lists the source: an own network, or SPF that passed. A signature
/// vouches for the mail, wherever it comes from.
bool is_listed_by_owner(const Unit& group, const Context&);

}  // namespace postern::impact
