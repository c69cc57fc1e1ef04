// Sender authentication of one message as text and JSON.
#pragma once

#include <cstdint>
#include <string>

#include "auth/message_check.hpp"
#include "base/time.hpp"
#include "report/style.hpp"

namespace postern::report {

struct AuthHeading {
  std::string message;  ///< file name, or "standard input"
  std::string ip;       ///< as given; empty where it was not
  /// As of when the message is judged, and what says so.
  UnixTime at = 0;
  enum class TimeSource : std::uint8_t {
    now,       ///< asked for
    received,  ///< the topmost Received line
    option,
    unknown,  ///< when the message came is not known, and now is the latest that it can be
  };
  TimeSource at_source = TimeSource::now;
  std::string at_doubt;  ///< unknown: why, a clause
};

struct AuthDocument {
  const auth::MessageAuthentication& known;
  const AuthHeading& heading;
};

std::string auth_text(const AuthDocument&, const Style&);
/// docs/schema/auth-1.json
std::string auth_json(const AuthDocument&, const Style&);

}  // namespace postern::report
