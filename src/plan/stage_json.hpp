// Stages as JSON, in plans. Internal to the room.
#pragma once

#include <string>
#include <vector>

#include "plan/stage.hpp"
#include "plan/tenant_json.hpp"

namespace postern::plan {

Json stages_json(const std::vector<Stage>&, const std::vector<Step>&);

/// Refused: parts missing, addresses that are none, stages that are not those of the steps and
/// senders beside them. A document of before there were stages gives none.
Result<std::vector<Stage>> read_stages(const Json& document, const std::vector<Step>&,
                                       const std::string& file);

}  // namespace postern::plan
