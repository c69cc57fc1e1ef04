// A hash that every run of every version computes alike, for what is kept or sent: which part of a
// stream is a tenant's, whether a long text is the one of before. Whoever knows it can choose two
// texts that meet; where that would matter, take a cryptographic digest, and in tables
// base/hash.hpp.
#pragma once

#include <cstdint>
#include <string_view>

namespace postern {

/// FNV-1a of the octets (draft-eastlake-fnv). Its low bits are its weakest.
constexpr std::uint64_t fnv1a(std::string_view octets) noexcept {
  std::uint64_t out = 0xcbf29ce484222325u;
  for (const char c : octets)
    out = (out ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return out;
}

}  // namespace postern
