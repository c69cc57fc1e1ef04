// One envelope through one SMTP session, and what came of it. Bytes go through a Wire; sockets are
// in connection.hpp, tests bring their own.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "probe/conclude.hpp"

namespace postern::probe {

/// A connection that was made. Each call is bounded in time by whoever implements it.
class Wire {
 public:
  Wire() = default;
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;
  virtual ~Wire() = default;
  virtual Result<void> write(std::string_view bytes) = 0;
  /// At least one octet; an empty text: the other side closed.
  virtual Result<std::string> read() = 0;
  /// Shakes hands; gives the protocol version, "TLSv1.3".
  virtual Result<std::string> start_tls() = 0;
};

struct SessionOptions {
  std::string helo_name;
  bool send = false;  ///< offer the whole message; without, stop after RCPT
  std::string id;     ///< of the test message
  UnixTime now = 0;
};

/// Never an error of its own: what went wrong is an observation, too.
Observation ask(const Envelope&, Wire&, const SessionOptions&);

}  // namespace postern::probe
