// A step as JSON, in plans and in records. Internal to the room.
#pragma once

#include <cstddef>
#include <string>

#include "plan/step.hpp"
#include "plan/tenant_json.hpp"

namespace postern::plan {

Json step_json(const Step&, std::size_t number);

/// Refused: parts missing, a cmdlet or undo that is not what before and after give, a switch that
/// is turned anywhere but on.
Result<Step> read_step(const Json&, const std::string& where);

}  // namespace postern::plan
