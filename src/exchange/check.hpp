// What stands between a profile and the answers that Postern needs, each part apart.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "exchange/admin.hpp"
#include "exchange/profile.hpp"
#include "exchange/token.hpp"

namespace postern::exchange {

struct CheckLine {
  enum class State : std::uint8_t { fine, missing, not_tried };
  State state = State::not_tried;
  std::string what;    ///< "sign-in", "permission", "Get-InboundConnector"
  std::string found;   ///< what was seen, or what is wrong
  std::string remedy;  ///< empty where nothing is to be done
};

/// Signs in and looks into the token (unverified, which the lines say); with `ask`, runs every
/// cmdlet that reading a tenant needs. What follows a missing part is not tried. Never changes
/// anything: whether a write is allowed only a write can tell.
std::vector<CheckLine> check_sign_in(const Profile&, TokenSource&, AdminInterface&, bool ask);

}  // namespace postern::exchange
