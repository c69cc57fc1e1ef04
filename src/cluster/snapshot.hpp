// The last good policy on this gate's own disk, from which it serves while no server can be
// reached.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cluster/stage.hpp"
#include "policy/tenant.hpp"

namespace postern::cluster {

struct Snapshot {
  std::string incarnation;     ///< of the bucket
  std::uint64_t revision = 0;  ///< everything of the bucket up to it is in here
  std::vector<TenantChange> tenants;
  /// Domains of tenants of which no form could be taken: Fleet::awaited().
  std::vector<policy::AcceptedDomain> awaited;
};

/// Beside the file, synced, then renamed: a crash or a full disk leaves the last one whole. Only
/// its owner may read it.
Result<void> write_snapshot(const std::string& path, const Snapshot&);
/// Errors: not there, of a newer postern, cut off or damaged (its hash does not fit).
Result<Snapshot> read_snapshot(const std::string& path);

}  // namespace postern::cluster
