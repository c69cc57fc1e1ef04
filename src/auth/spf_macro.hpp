// Macro strings of SPF (RFC 7208, 7): their grammar, and what they expand to.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ip.hpp"
#include "base/time.hpp"

namespace postern::auth {

/// Where a macro string stands decides what may be in it.
enum class SpfMacroPlace : std::uint8_t {
  domain,      ///< domain-spec: must end like a domain, no c, r, t
  modifier,    ///< value of an unknown modifier
  explanation  ///< text of an explanation: spaces, and c, r, t
};

/// What is wrong with a macro string; empty where nothing is.
std::string_view spf_macro_fault(std::string_view text, SpfMacroPlace place) noexcept;

/// What the letters stand for. Views stay valid while it is used.
struct SpfMacroValues {
  std::string_view local_part;     ///< l; "postmaster" where the sender has none
  std::string_view sender_domain;  ///< o
  std::string_view domain;         ///< d: being checked now
  std::string_view helo;           ///< h
  std::string_view receiver;       ///< r
  IpAddress ip;                    ///< i, c, v
  std::string_view validated;      ///< p
  UnixTime now = 0;                ///< t
};

/// The expansion of a text without fault. In a domain, what is over 253 octets loses labels on the
/// left (RFC 7208, 7.3).
std::string expand_spf_macros(std::string_view text, const SpfMacroValues& values,
                              SpfMacroPlace place);

/// Whether the text asks for the validated name, which costs queries.
bool uses_validated_name(std::string_view text) noexcept;

}  // namespace postern::auth
