// Serves Postfix's socketmap protocol on a socket until the process is asked to stop.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "auth/socketmap.hpp"
#include "base/result.hpp"

namespace postern::cli {

/// "unix:/run/postern/srs" or "HOST:PORT" with a literal address ("127.0.0.1:10003", "[::1]:0").
/// `ready` is told the address once it listens (port 0 is then known). A client that is silent for
/// `idle_time` is let go; where there are too many, the one that was silent longest. Returns after
/// SIGTERM or SIGINT, when requests that were read are answered. Errors: an address that can't be
/// listened on; a socket that another process serves.
Result<void> serve_socketmap(const std::string& listen,
                             const auth::SocketmapSession::Lookup& lookup,
                             std::chrono::seconds idle_time,
                             const std::function<void(const std::string&)>& ready);

}  // namespace postern::cli
