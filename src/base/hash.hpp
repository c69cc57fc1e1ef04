// Hashes for tables in memory; nothing that is kept or compared between runs depends on them.
//
// Where a stranger chooses what is hashed (addresses, Message-IDs, names in mail), take a keyed
// hash with a seed drawn when the program starts: whoever knows the function can choose inputs
// that meet in one place, and make look-ups crawl or two messages count as one (Aumasson and
// Bernstein, "SipHash: a fast short-input PRF", 2012). Where the inputs are the administrator's
// own, or a clash only costs a repeated calculation, mixed() is enough.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/ip.hpp"

namespace postern {

/// The key of a hash. The program draws one at its start; tests leave it as it is.
struct HashSeed {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
};

/// Two words to one whose every bit depends on every bit of both. Whoever knows one of them can
/// choose the other for a wanted result.
constexpr std::uint64_t mixed(std::uint64_t a, std::uint64_t b) noexcept {
  const uint128 product = static_cast<uint128>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

/// SipHash-1-3 of the octets.
std::uint64_t hash_of(HashSeed seed, std::string_view text) noexcept;

/// The same of the text in lower case (ASCII).
std::uint64_t hash_folded(HashSeed seed, std::string_view text) noexcept;

/// SipHash-1-3 of a number's octets, the lowest first: an address's key, a hash of something else.
std::uint64_t hash_of(HashSeed seed, uint128 key) noexcept;
std::uint64_t hash_of(HashSeed seed, std::uint64_t key) noexcept;

}  // namespace postern
