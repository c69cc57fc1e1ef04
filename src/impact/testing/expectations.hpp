// Holds what a case of tests/senders or tests/conclusions expects against what comes out. For tests
// only.
#pragma once

#include "impact/testing/evidence_cases.hpp"

namespace postern::impact::testing {

/// Reports every expectation that does not hold as a failure of the running test.
void check(const EvidenceCase&);

}  // namespace postern::impact::testing
