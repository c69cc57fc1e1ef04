// Verdicts to the streams of a cluster.
#pragma once

#include <memory>
#include <string>

#include "gate/cluster_settings.hpp"
#include "gate/verdict_sink.hpp"

namespace postern::cluster {

/// Connects when there is something to send, and again when the connection is lost. A verdict is
/// stored when its stream says so. `gate` is the gate's name. nullptr in a build without libnats.
std::unique_ptr<gate::VerdictSink> make_verdict_sink(const gate::ClusterSettings&,
                                                     const std::string& gate);

}  // namespace postern::cluster
