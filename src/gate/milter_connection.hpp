// A mail server's milter connection on the event loop: octets between a Wire and a MilterSession.
#pragma once

#include "gate/worker.hpp"

namespace postern::gate {

/// Serves one connection to its end.
Awaitable<void> serve_milter(Worker& worker, Socket socket);

}  // namespace postern::gate
