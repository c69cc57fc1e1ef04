// By what mail is counted together at first. Internal to the room.
#pragma once

#include <cstdint>

#include "base/ip.hpp"
#include "evidence/message.hpp"
#include "impact/unit_messages.hpp"

namespace postern::impact {

/// Of an address, or the /64 that an IPv6 address is in. No two have one key.
std::uint64_t address_key(IpAddress) noexcept;

/// What the domain's owner proved to send has a unit of its own: neither does it vouch for the rest
/// of a source, nor does the rest make it doubtful.
std::uint64_t unit_key(const evidence::Message&, const Marks&, bool is_proved) noexcept;

}  // namespace postern::impact
