// A random report of impact, with a plan over it whose conclusions are impact::conclude's own.
#pragma once

#include <random>

#include "impact/impact.hpp"
#include "plan/plan.hpp"

namespace postern::report::testing {

struct RandomReport {
  explicit RandomReport(std::mt19937& random);

  impact::Report report;
  plan::Plan plan;  ///< a connector or more, then the switch
};

}  // namespace postern::report::testing
