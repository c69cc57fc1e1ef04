// The first line of whoever answers at a server's address, and the addresses themselves.
#include <string_view>

#include "cluster/server_info.hpp"
#include "cluster/verdict_reader.hpp"
#include "fuzz.hpp"

void postern::fuzz::run(std::string_view input) {
  if (const auto info = cluster::parse_info(input, "nats://server:4222")) {
    const auto fit = cluster::fit(*info, "nats://server:4222", false);
    require(!fit || (info->jetstream && !info->version.empty()),
            "a server without a version or JetStream is not fit");
  }
  if (const auto server = cluster::parse_server(input))
    require(!server->host.empty() && !server->port.empty(), "an address has a host and a port");
  if (const auto verdicts = cluster::parse_verdict_address(input)) {
    for (const auto& server : verdicts->servers)
      require(server.find('@', input.find("://")) == server.npos,
              "no password stands in an address");
  }
}
