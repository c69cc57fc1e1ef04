// What may prove that a message is its author's: signatures, SPF, DMARC, and a sealer that is
// trusted. Exceptions and protections both ask here.
#pragma once

#include <cstdint>
#include <string_view>

#include "judge/judge.hpp"

namespace postern::auth {
struct MessageAuthentication;
}

namespace postern::judge {

/// How sure an exception or a protection is of what it looks for.
enum class Finding : std::uint8_t { no, yes, unknown };

/// A signature that may speak for the author: whole, with a key that is not on trial, and of the
/// author's own domain or one that DMARC calls aligned with it; unknown where DNS keeps either from
/// being told. Domains in normal form.
Finding aligned_dkim(const auth::MessageAuthentication& results, std::string_view author);

/// SPF of the envelope sender, whose domain is the author's.
Finding aligned_spf(const auth::MessageAuthentication& results, std::string_view author);

Finding dmarc_pass(const auth::MessageAuthentication& results, std::string_view author);

/// A sealer on the list saw the message authenticated as the tenant's. That the chain holds says
/// only that nobody lied since; what the sealer saw may have been forged already.
Finding trusted_sealer(const auth::MessageAuthentication& results, const Judge& judge,
                       std::uint32_t tenant);

}  // namespace postern::judge
