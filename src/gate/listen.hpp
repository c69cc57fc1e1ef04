// The sockets of both doors. Binding and listening are two steps: nobody is answered before all
// that a start needs is there.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "judge/facts.hpp"

namespace postern::gate {

/// A socket of a door.
struct Listening {
  int descriptor = -1;
  judge::Door door = judge::Door::smtp;
  std::string address;  ///< "127.0.0.1:2525", as bound; "unix:/run/postern/milter"
  /// A trial: why the address could not be had just now, although the settings may be right; then
  /// there is no descriptor.
  std::string occupied;
};

enum class Bind : std::uint8_t {
  to_serve,
  /// For a check, beside a gate that may be running: an address that is in use, and a port that
  /// only root may open, are no errors. Nothing is left behind but the descriptor.
  on_trial,
};

/// Port 0 lets the system choose. An empty host is every address, IPv6 with IPv4 in it where the
/// system has IPv6. Errors: no such address, in use, not permitted.
Result<Listening> bind_smtp(const std::string& host_port, Bind);
/// "127.0.0.1:8891", "inet:8891@127.0.0.1" or "unix:/run/x", whose socket gets that mode and group
/// (empty: the process's own). A socket that nobody listens on any more is replaced.
Result<Listening> bind_milter(const std::string& address, unsigned mode, const std::string& group,
                              Bind);
/// For a socket that a service manager opened, and listens on.
Listening listening_already(int descriptor);

/// From now on clients are answered, by the system until the gate takes them. Errors: another
/// program was faster.
Result<void> listen_all(const std::vector<Listening>& sockets);

}  // namespace postern::gate
