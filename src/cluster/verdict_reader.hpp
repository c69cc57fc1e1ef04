// The verdicts of all gates, or of one tenant, out of a cluster's streams.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "gate/cluster_settings.hpp"
#include "ledger/rows.hpp"

namespace postern::cluster {

/// What "nats://mail1.example:4222,mail2.example/contoso.com" names.
struct VerdictAddress {
  std::vector<std::string> servers;  ///< empty: those of the settings
  std::string tenant;                ///< empty: all
};
Result<VerdictAddress> parse_verdict_address(std::string_view text);

/// Rows come in the order in which their stream stored them, stream after stream; a gate's are
/// nearly in its order. What was stored twice is given once. gaps() names the rows that a gate gave
/// numbers to and that no stream has, where all tenants are read. Errors: no server can be reached,
/// signed in at, or is fit; there are no streams of verdicts.
Result<std::unique_ptr<ledger::Rows>> open_verdicts(const gate::ClusterSettings&,
                                                    const std::string& tenant);

}  // namespace postern::cluster
