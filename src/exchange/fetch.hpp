// Evidence of a live tenant into files that the readers know, in steps small enough to be resumed:
// each page goes whole into its file, then the state says so.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "exchange/admin.hpp"
#include "exchange/graph.hpp"

namespace postern::exchange {

enum class EvidenceSource : std::uint8_t { trace, graph, hunting };
std::string_view name_of(EvidenceSource) noexcept;

struct FetchRequest {
  EvidenceSource source = EvidenceSource::trace;
  UnixTime since = 0;
  UnixTime until = 0;
  std::string folder;
  /// The tenant's accepted domains; "*.contoso.com" besides where it takes what is below.
  std::vector<std::string> domains;
  /// Messages of one address and sender whose details are asked for (trace and graph).
  unsigned details = 3;
};

struct Fetched {
  UnixTime since = 0;
  UnixTime until = 0;
  bool resumed = false;  ///< an unfinished run in the folder was gone on with, and its period taken
  std::uint64_t rows = 0;
  std::uint64_t details = 0;
  std::uint64_t files = 0;
  std::uint64_t requests = 0;  ///< of this run
};

/// Progress, now and then: "2026-10-11 to 2026-10-21: 15,000 rows".
using FetchProgress = std::function<void(const std::string&)>;

/// How far back each source reaches, in days; and the limits that a fetch keeps: 100 requests in 5
/// minutes for traces, 45 in a minute for hunting (Microsoft Learn; docs/live.md).
unsigned reach_of(EvidenceSource) noexcept;

/// Files in the folder: trace-*.json, details-*.json, graph-*.json or hunting-*.json, and
/// ".postern-fetch.json", from which a later call goes on. Errors: those of the service (what was
/// fetched stays, and the same call goes on from there), a period out of reach, a folder of another
/// fetch, a stretch of the hunting table that does not fit its limit of rows however small.
Result<Fetched> fetch_evidence(const FetchRequest&, AdminInterface&, Graph&, const Surroundings&,
                               const FetchProgress&);

/// What a folder lacks into which a fetch has not come to its end, or whose state can't be read;
/// nullopt where none was begun, or all is there.
std::optional<Error> unfinished_fetch(const std::string& folder);

}  // namespace postern::exchange
