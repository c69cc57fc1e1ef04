// The rule once more, for tests alone: a slow, literal reading of Microsoft's description over the
// plain tenants, for submissions in which everything is known. The compiled policy must agree.
#pragma once

#include <vector>

#include "policy/policy.hpp"

namespace postern::policy {

struct NaiveVerdict {
  Action action;
  Reason reason;
};

/// `tenants` must compile; every fact of the submission and of the tenants must be known.
NaiveVerdict decide_naively(const std::vector<Tenant>& tenants, const Submission& submission);

}  // namespace postern::policy
