// Whether steps begin at the reading that stands beside them. Internal to the room.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "plan/step.hpp"
#include "policy/tenant.hpp"

namespace postern::plan {

/// Errors: a step creates a connector that the reading holds (by name or Guid), changes one from
/// what the reading does not hold, turns a switch from what it was not. Each is held against the
/// reading as the steps before it leave it. `where`: "plan.json#/steps".
Result<void> check_steps_begin_at(const policy::Tenant& read, const std::vector<const Step*>&,
                                  const std::string& where, const std::string& remedy);

}  // namespace postern::plan
