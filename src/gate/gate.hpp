// The running gate: listeners and event loops, reload, drain. Sessions are in connection.cpp.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/hash.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "gate/config.hpp"
#include "gate/event_log.hpp"
#include "gate/listen.hpp"
#include "gate/metrics.hpp"
#include "ledger/record.hpp"

namespace boost::asio {
class io_context;
}

namespace postern::gate {

class Authenticator;
class ControlThread;
class PolicySource;

struct GateHooks {
  /// Reads the settings again (SIGHUP). An error leaves everything as it is.
  std::function<tl::expected<std::shared_ptr<const GateConfig>, std::vector<Error>>()> reload;
  /// Sessions are served from now on, and GateOptions::control takes changes.
  std::function<void()> ready;
  /// SIGTERM came: no more sessions are taken.
  std::function<void()> stopping;
  /// Takes the records of each transaction that is over, from any thread; must not wait.
  std::function<void(std::vector<ledger::Record>)> keep;
  /// Whose newer judgements take the place of the settings' own; null: they change by reload alone.
  PolicySource* policy = nullptr;
  /// Makes the authenticator of each event loop; null: nothing is authenticated.
  std::function<std::unique_ptr<Authenticator>(boost::asio::io_context&)> authenticator;
};

struct GateOptions {
  HashSeed seed;  ///< for tables that clients fill: drawn once a process
  unsigned threads = 2;
  /// From SIGTERM until sessions that are still under way are cut off.
  std::chrono::seconds drain{30};
  /// Where changes come from besides SIGHUP; null: nowhere. Outlives run_gate().
  ControlThread* control = nullptr;
};

/// Serves until SIGTERM or SIGINT and the drain that follows, then returns. Takes the sockets over,
/// which are bound, and listens on them once signals are heard: whoever sees a port answer may ask
/// to stop at once. To be called once in a process, from its only thread. Errors: listen_all()'s,
/// before anybody is served.
Result<void> run_gate(const std::vector<Listening>& listening,
                      const std::shared_ptr<const GateConfig>& config, const GateOptions& options,
                      const GateHooks& hooks, EventLog& log, UnixTime (*now)(), Metrics& metrics);

}  // namespace postern::gate
