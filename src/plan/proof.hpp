// What replaying the evidence under the planned tenant shows. Internal to the room.
#pragma once

#include <string>
#include <vector>

#include "plan/coverage.hpp"
#include "plan/plan.hpp"
#include "plan/replays.hpp"

namespace postern::plan {

struct Grounds {
  const impact::Report* report = nullptr;  ///< nullptr: no evidence
  const impact::Context* context = nullptr;
  const Replays* replays = nullptr;
  const policy::Tenant* planned = nullptr;  ///< the tenant with all steps
  const Coverage* coverage = nullptr;
  const std::vector<std::string>* added = nullptr;  ///< names of the plan's connectors
  bool changes_anything = true;
};

Proof prove(const Grounds&);

}  // namespace postern::plan
