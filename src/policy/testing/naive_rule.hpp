// The rule once more, for tests alone: a slow, literal reading of the documented rule
// (docs/choices.md, docs/decisions/0001) over the plain tenants. decide() must give the same
// verdict, whole.
#pragma once

#include <vector>

#include "policy/submission.hpp"
#include "policy/tenant.hpp"
#include "policy/verdict.hpp"

namespace postern::policy {

/// `tenants` must compile. Connectors are numbered through all tenants, as Policy numbers them.
Verdict decide_naively(const std::vector<Tenant>& tenants, const Submission& submission);

}  // namespace postern::policy
