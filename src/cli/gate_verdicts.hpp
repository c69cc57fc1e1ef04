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

/// This gate's name among the others of its [cluster]: the first label of its host's, unless the
/// settings say. Errors: neither is there.
Result<std::string> name_among_gates(const gate::Settings&);

/// nullptr where there is no ledger or no cluster. `gate` is its name among others. To be called
/// after the ledger was opened for writing; to be let go after it was closed. `log` and `metrics`
/// must outlive it.
Result<std::unique_ptr<gate::VerdictPublisher>> send_verdicts(const gate::Settings&,
                                                              const std::string& gate,
                                                              gate::EventLog& log,
                                                              gate::Metrics& metrics);

}  // namespace postern::cli
