// What a service manager hands over and wants to hear: sockets that it opened (sd_listen_fds(3))
// and state (sd_notify(3)), without its library.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace postern::gate {

struct PassedSocket {
  int descriptor = -1;
  std::string name;  ///< FileDescriptorName=; "smtp" where none was given
};

/// `environment` holds LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES; empty where they are meant for
/// another process. Each socket is checked to be one that listens, and is closed on exec.
Result<std::vector<PassedSocket>> passed_sockets(
    const std::map<std::string, std::string>& environment, int pid);

/// Sends `state` ("READY=1") to NOTIFY_SOCKET; nothing where `socket` is empty. True where sent.
bool notify(const std::string& socket, std::string_view state);

}  // namespace postern::gate
