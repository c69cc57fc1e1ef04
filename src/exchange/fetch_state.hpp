// How far a fetch has come: one small file in its folder. Internal to the room.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "exchange/fetch.hpp"
#include "exchange/trace.hpp"

namespace postern::exchange {

struct FetchState {
  std::string source;
  std::string tenant;  ///< "live:contoso"
  UnixTime since = 0;
  UnixTime until = 0;
  /// Everything before this is fetched.
  UnixTime at = 0;
  unsigned page = 0;                ///< pages of the current stretch that are in files
  std::optional<TracePoint> point;  ///< where the current stretch goes on
  unsigned details_each = 0;        ///< as asked for at the start: it decides which they are
  std::uint64_t details_done = 0;
  unsigned detail_files = 0;
  std::uint64_t rows = 0;
  std::uint64_t details = 0;
  std::uint64_t files = 0;
  std::deque<UnixTime> requests;  ///< the latest, for the limit
  bool finished = false;
};

/// nullopt where the folder has none. Errors: a file that is none of ours.
Result<std::optional<FetchState>> read_state(const std::string& folder);
Result<void> write_state(const std::string& folder, const FetchState&);

/// Writes a file of evidence whole or not at all, for its owner alone.
Result<void> keep_file(const std::string& path, std::string_view text);
Result<std::string> kept_file(const std::string& path);

}  // namespace postern::exchange
