// A user's key as NATS writes it: Ed25519, in base32 with a mark in front and a checksum behind
// (github.com/nats-io/nkeys). Servers know the public key, "U…"; the seed, "SU…", stays with its
// owner.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace postern::cluster {

/// The public key of a user's seed. Errors: no seed, damaged, or not a user's. The seed is never in
/// the message; `where` is.
Result<std::string> public_key_of(std::string_view seed, const std::string& where);

}  // namespace postern::cluster
