// A mail server's milter connection on the event loop: octets between a Wire and a MilterSession.
#pragma once

#include "gate/worker.hpp"

namespace postern::gate {

/// Serves one connection to its end.
Awaitable<void> serve_milter(Worker& worker, Socket socket);
/// Ends those where nothing is under way; the others end after their message.
void drain_milters(Worker& worker);

}  // namespace postern::gate
