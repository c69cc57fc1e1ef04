// What a next hop may make of an address beside what RFC 5321 says it is. An MTA that takes
// the domain for its own reads on in the local part: "ceo%contoso.com@hop.example" and
// "contoso.com!ceo@hop.example" are ceo@contoso.com there, and so is "ceo@contoso.com"@hop.example
// once the quotes are off; "ceo@hr" gets the MTA's own domain
// (docs/decisions/0008-the-most-credulous-next-hop.md). The gate judges senders, recipients and
// authors by it, and `postern explain` tells of it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "message/path.hpp"
#include "policy/policy.hpp"

namespace postern::judge {

/// The other domains, in normal form, in any order: those in the local part, and the address's own
/// where it has no dot. A name without a dot is still to be completed. Empty for most mail.
/// `nameless` becomes true where the local part also leads to what is no domain name, such as an
/// address literal.
std::vector<std::string> other_domains_of(const message::Address& address,
                                          bool* nameless = nullptr);

/// A name without a dot gets the next hop's own domain, which is the recipient's or the
/// organisation's as a rule: where that makes it own, that; else empty.
std::string completed_own(const policy::Policy&, std::string_view name, std::string_view recipient,
                          std::string_view default_domain);

/// The tenants' own among the other domains, completed, each once.
std::vector<std::string> own_readings(const policy::Policy&, std::span<const std::string> others,
                                      std::string_view recipient, std::string_view default_domain);

/// Mail that the rule attributed to a connector, or whose client signed in, has a sender that
/// answers for it.
bool is_vouched_for(policy::Reason) noexcept;

/// The rule's answer if the sender's domain were another.
struct Reading {
  std::string domain;  ///< in normal form, an own one
  policy::Verdict verdict;
};

/// What the rule says of the readings, in their order, up to the first that it does not accept:
/// that one counts, and not `verdict`, which is its answer for the domain as it stands. A reading
/// that is only possible speaks for nobody, so that an acceptance changes nothing. Nothing is asked
/// where the verdict is no acceptance, or somebody answers for the mail.
std::vector<Reading> readings_of(const policy::Policy& rule, const policy::Submission&,
                                 const policy::Verdict& verdict, std::span<const std::string> own);

}  // namespace postern::judge
