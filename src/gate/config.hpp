// Everything that one reading of the settings comes to, ready for use. Immutable: a reload makes
// another and swaps it in; what began under the old one ends under it.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "base/prefix_table.hpp"
#include "gate/admission.hpp"
#include "gate/route.hpp"
#include "gate/tls.hpp"
#include "smtp/server_session.hpp"

namespace postern::judge {
class Judge;
}

namespace postern::gate {

struct SessionTimes {
  std::chrono::milliseconds greeting_delay{0};  ///< whoever talks in it is turned away
  std::chrono::seconds command{300};            ///< RFC 5321, 4.5.3.2.7
  std::chrono::seconds block{180};              ///< the next piece of a message
  std::chrono::seconds message{1800};           ///< a whole message, however slowly it trickles
  std::chrono::seconds session{14400};
  std::chrono::seconds handshake{30};  ///< TLS, and the PROXY header
};

struct GateConfig {
  smtp::ServerOptions session;
  std::shared_ptr<const TlsContext> tls;
  std::shared_ptr<const Routes> routes;
  std::shared_ptr<const NextHopOptions> hops;
  AdmissionLimits admission;
  SessionTimes times;
  PrefixTable proxy_peers;           ///< these begin with a PROXY header
  PrefixTable xclient_peers;         ///< these may say XCLIENT
  std::size_t hold_memory = 262144;  ///< of a held message; beyond that a file
  std::string hold_folder;
  std::shared_ptr<const judge::Judge> judge;
  std::chrono::seconds milter_idle{7210};
  std::size_t milter_connections = 1000;  ///< at once
};

}  // namespace postern::gate
