// Where a next hop's name leads, within a time: the system's own resolver waits as long as it
// likes, and a client would with it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gate/asio.hpp"
#include "gate/wire.hpp"

namespace postern::gate {

struct Found {
  std::vector<Socket::endpoint_type> endpoints;
  std::string fault;  ///< where there is none
};

/// Begins to look a host up. `done` is called on the event loop, once or never. What it gives back
/// holds the lookup: whoever lets go of it wants no answer any more.
using LookUp = std::function<std::shared_ptr<void>(const std::string& host, std::uint16_t port,
                                                   std::function<void(Found)> done)>;

/// As the system does: /etc/hosts, DNS, whatever nsswitch.conf(5) says.
LookUp system_lookup(asio::io_context& loop);

/// No endpoints, and why, where none came in time.
Awaitable<Found> look_up(const LookUp& begin, asio::io_context& loop, Deadlines& deadlines,
                         std::string host, std::uint16_t port, Clock::duration limit);

}  // namespace postern::gate
