// Exchange Online's hosts, as the logs of those who send to it name them. Internal to the room.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "base/ascii.hpp"

namespace postern::evidence {

// Exchange Online's hosts for mail from the Internet, in its four clouds.
inline bool is_exchange_front_door(std::string_view host) noexcept {
  constexpr std::array<std::string_view, 5> suffixes = {
      ".mail.protection.outlook.com", ".mx.microsoft", ".mail.protection.office365.us",
      ".mail.protection.partner.outlook.cn", ".mail.eo.outlook.com"};
  return std::any_of(suffixes.begin(), suffixes.end(),
                     [&](std::string_view suffix) { return iends_with(host, suffix); });
}

// Its hosts for clients that sign in.
inline bool is_exchange_submission(std::string_view host) noexcept {
  return iequals(host, "smtp.office365.com") || iequals(host, "smtp-legacy.office365.com") ||
         iequals(host, "smtp.office365.us") || iequals(host, "smtp.partner.outlook.cn");
}

}  // namespace postern::evidence
