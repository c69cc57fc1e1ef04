// What replaying the evidence under the planned tenant shows. Internal to the room.
#pragma once

#include <string>
#include <vector>

#include "plan/coverage.hpp"
#include "plan/plan.hpp"
#include "plan/replay.hpp"

namespace postern::plan {

struct Grounds {
  const impact::Report* report = nullptr;  ///< nullptr: no evidence
  const impact::Context* context = nullptr;
  const Replay* current = nullptr;  ///< the tenant as it is
  const Replay* planned = nullptr;
  const Replay* connectors = nullptr;  ///< planned, with the switch as it is today
  const Coverage* coverage = nullptr;
  const std::vector<std::string>* added = nullptr;  ///< names of the plan's connectors
  bool changes_anything = true;
};

Proof prove(const Grounds&);

}  // namespace postern::plan
