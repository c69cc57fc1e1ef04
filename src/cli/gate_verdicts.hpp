// What sends a gate's verdicts to its cluster.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "gate/event_log.hpp"
#include "gate/metrics.hpp"
#include "gate/settings.hpp"
#include "gate/verdict_publisher.hpp"

namespace postern::cli {

/// nullptr where there is no ledger or no cluster. `host_name` is what the gate greets with. To be
/// called after the ledger was opened for writing; to be let go after it was closed. `log` and
/// `metrics` must outlive it.
Result<std::unique_ptr<gate::VerdictPublisher>> send_verdicts(const gate::Settings&,
                                                              const std::string& host_name,
                                                              gate::EventLog& log,
                                                              gate::Metrics& metrics);

}  // namespace postern::cli
