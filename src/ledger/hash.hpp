// Addresses of a ledger as keyed hashes, so that counts still work and nobody without the key can
// tell who it was.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace postern::ledger {

/// "anna@contoso.com" becomes "~0123456789abcdef@contoso.com": HMAC-SHA256 of the local part and
/// the domain in lower case, cut to 64 bits. What has no '@' is hashed whole.
std::string hashed_address(std::string_view address, std::string_view key);
/// Whether it has the form that hashed_address() gives.
bool is_hashed(std::string_view address) noexcept;

/// A key from a file, at least 16 octets; trailing line breaks don't count. Errors name the file:
/// not there, too short, readable by others.
Result<std::string> read_hash_key(const std::string& file);

}  // namespace postern::ledger
