// What to do about a sender, with exact values. Internal to the room.
#pragma once

#include <cstdint>
#include <string>

#include "impact/context.hpp"
#include "impact/impact.hpp"

namespace postern::impact {

/// For a sender that is named and counted. `service` is no_service where none was recognised;
/// `domain` its most frequent envelope sender domain.
Remedy remedy_for(const Sender&, std::uint16_t service, const std::string& domain, const Context&);

}  // namespace postern::impact
