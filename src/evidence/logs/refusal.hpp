// What a receiver's refusal says of the tenant's own settings. Internal to the room.
#pragma once

#include <cstddef>
#include <string_view>

#include "evidence/message.hpp"

namespace postern::evidence {

/// By the enhanced status code of Exchange Online's reply, wherever it stands in the text:
/// "550 5.7.68 TenantInboundAttribution; Direct Send not allowed for this organization from
/// unauthorized sources" (Exchange Team, "Introducing more control over Direct Send"), "550 5.7.51
/// TenantInboundAttribution; There is a partner connector configured that matched …".
constexpr Refusal refusal_of(std::string_view reply) noexcept {
  constexpr std::size_t nowhere = std::string_view::npos;
  if (reply.find("5.7.68") != nowhere) return Refusal::direct_send;
  if (reply.find("5.7.51") != nowhere && reply.find("TenantInboundAttribution") != nowhere) {
    return Refusal::restriction;
  }
  return Refusal::none;
}

}  // namespace postern::evidence
