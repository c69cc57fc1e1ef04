// The Authenticator of a running gate: libunbound on the event loop, with a cache of the loop's
// own.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/hash.hpp"
#include "base/result.hpp"
#include "gate/authenticator.hpp"

namespace boost::asio {
class io_context;
}

namespace postern::gate {

struct LiveAuthenticatorOptions {
  std::string resolver;  ///< "192.0.2.53", "127.0.0.1@5353"; empty: as /etc/resolv.conf says
  /// For all queries of one message; what is open then counts as a temporary error.
  std::chrono::milliseconds time_limit{12'000};
  UnixTime (*now)() = nullptr;
  HashSeed seed;  ///< for the answers that are kept
};

/// One for each event loop; `loop` outlives it. Errors: the resolver's settings.
Result<std::unique_ptr<Authenticator>> live_authenticator(boost::asio::io_context& loop,
                                                          const LiveAuthenticatorOptions& options);

}  // namespace postern::gate
