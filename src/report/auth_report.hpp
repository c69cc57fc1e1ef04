// Sender authentication of one message as text and JSON.
#pragma once

#include <string>

#include "auth/message_check.hpp"
#include "report/style.hpp"

namespace postern::report {

struct AuthHeading {
  std::string message;  ///< file name, or "standard input"
  std::string ip;       ///< as given; empty where it was not
};

struct AuthDocument {
  const auth::MessageAuthentication& known;
  const AuthHeading& heading;
};

std::string auth_text(const AuthDocument&, const Style&);
/// docs/schema/auth-1.json
std::string auth_json(const AuthDocument&, const Style&);

}  // namespace postern::report
