// The tenant as it was read back beside the one that was planned: the exact difference over all
// mail. Internal to the room.
#pragma once

#include <string>

#include "plan/record.hpp"
#include "policy/tenant.hpp"

namespace postern::plan {

struct ReadBack {
  /// No mail is decided otherwise, whatever Microsoft's documents leave open; or the two are too
  /// large to compare, which `says` tells.
  bool as_planned = true;
  std::string says;  ///< one clause
};

/// `read` with those of the plan's steps that it does not show yet, against what the plan read with
/// all of them.
ReadBack prove_read_back(const Record&, const policy::Tenant& read);

}  // namespace postern::plan
