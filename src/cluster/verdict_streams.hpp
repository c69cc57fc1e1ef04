// Where verdicts lie in a cluster: subjects verdict.NN.TENANT.GATE, NN one of 64 parts by the
// tenant's name, in streams VERDICT_00, VERDICT_01, ... that share the parts.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "cluster/connection.hpp"

namespace postern::cluster {

constexpr unsigned verdict_parts = 64;

/// The tenant's part: FNV-1a of its name, which every version of every gate computes alike.
unsigned verdict_part(std::string_view tenant) noexcept;
/// Of one gate's verdicts for a tenant: the tenant's name, and the gate as VerdictId has it.
std::string verdict_subject(std::string_view tenant, std::string_view gate);
/// All verdicts for a tenant, by its name; of all tenants where it is empty.
std::string verdict_filter(std::string_view tenant);

struct VerdictStreamOptions {
  unsigned streams = 1;  ///< 1, 2, 4, ... 64
  int replicas = 3;
  std::chrono::hours age{7 * 24};
  std::int64_t bytes = -1;               ///< of each stream; -1: no bound
  std::chrono::seconds duplicates{120};  ///< in which the servers themselves drop what comes twice
};

/// Makes the streams, or gives those that are there these bounds and replicas. Error also: they
/// share the parts otherwise, by another number of streams.
Result<void> make_verdict_streams(Connection&, const VerdictStreamOptions&);

/// The names of the streams with a tenant's verdicts; of all where it is empty.
Result<std::vector<std::string>> verdict_streams(Connection&, std::string_view tenant);

}  // namespace postern::cluster
