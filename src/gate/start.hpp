// What a gate takes from its machine before it serves: sockets, another user, folders, DNS, the
// ledger, the admin page. A start and `postern gate --check` are this one function, so that neither
// refuses what the other lets through.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "gate/admin.hpp"
#include "gate/event_log.hpp"
#include "gate/listen.hpp"
#include "gate/metrics.hpp"
#include "gate/settings.hpp"
#include "ledger/writer.hpp"

namespace postern::gate {

enum class Purpose : std::uint8_t {
  serve,
  check,  ///< beside a gate that may be running: nothing is made, and nothing kept
};

/// What came of it. After a check only `remarks`.
struct Start {
  std::vector<Listening> sockets;  ///< bound; listen_all() is still to be called
  std::unique_ptr<ledger::Writer> ledger;
  std::unique_ptr<AdminPage> admin;
  std::vector<std::string> remarks;  ///< what an administrator should know, and no error is
};

/// Makes or checks the folders that a start or a reload needs.
Result<void> take_folders(const Settings& settings, Purpose purpose);

/// `environment` tells of sockets that a service manager passed (systemd.hpp); a check looks at
/// those of the settings. As root it becomes the user that the settings name, for good. `log` and
/// `metrics` must outlive what is given back. Errors: whatever would keep the gate from serving.
Result<Start> start(const Settings& settings, Purpose purpose,
                    const std::map<std::string, std::string>& environment, EventLog& log,
                    Metrics& metrics, UnixTime (*now)());

}  // namespace postern::gate
