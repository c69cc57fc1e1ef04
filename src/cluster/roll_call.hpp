// What each gate tells of itself in the bucket `gate`, under "state.GATE". Who is silent for a
// minute drops out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace postern::cluster {

struct GateState {
  std::string gate;
  std::string version;         ///< of the program
  std::uint64_t revision = 0;  ///< everything up to it is looked at
  std::uint64_t tenants = 0;
  std::int64_t when = 0;      ///< UNIX time, seconds, by the gate's clock
  std::int64_t waiting = -1;  ///< records not sent yet; -1: not known
  /// What is not in force, and why: one line each, at most 20.
  std::vector<std::string> faults;
};

std::string state_key(std::string_view gate);
std::string write_state(const GateState&);
Result<GateState> read_state(std::string_view bytes);

}  // namespace postern::cluster
