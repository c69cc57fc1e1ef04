// What a next hop may make of an envelope sender beside what RFC 5321 says it is. An MTA that takes
// the domain for its own reads on in the local part: "ceo%contoso.com@hop.example" and
// "contoso.com!ceo@hop.example" are ceo@contoso.com there, and so is "ceo@contoso.com"@hop.example
// once the quotes are off; "ceo@hr" gets the MTA's own domain
// (docs/decisions/0008-the-most-credulous-next-hop.md).
#pragma once

#include <string>
#include <vector>

#include "message/path.hpp"

namespace postern::judge {

/// The other domains, in normal form, in any order: those in the local part, and the sender's own
/// where it has no dot. A name without a dot is still to be completed. Empty for most mail.
std::vector<std::string> other_domains_of(const message::Address& sender);

}  // namespace postern::judge
