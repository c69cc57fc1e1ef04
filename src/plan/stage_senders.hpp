// Whom the stages of a plan look for, from the evidence that the plan was made of. Internal to the
// room.
#pragma once

#include <vector>

#include "plan/proof.hpp"
#include "plan/stage.hpp"

namespace postern::plan {

struct StageSenders {
  std::vector<ExpectedMail> expects;       ///< by connector, then in the report's order
  std::vector<UnreachedSender> unreached;  ///< in the report's order
};

/// Of the senders that are legitimate for certain: whose mail a connector of the plan takes, and
/// whose no connector takes so that the switch refuses it. A connector of the plan that takes
/// nobody's stands there for its own addresses.
StageSenders stage_senders(const Grounds&, const std::vector<Step>&);

}  // namespace postern::plan
