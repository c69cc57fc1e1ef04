// A plan as text, and as JSON: the plan file itself (docs/plan-file.md).
#pragma once

#include <string>

#include "plan/plan.hpp"
#include "report/style.hpp"

namespace postern::report {

/// Steps with their commands, then the proof, then what a reader must mind.
std::string plan_text(const plan::Plan&, const Style&);
std::string plan_json(const plan::Plan&, const Style&);

/// The steps alone, as they are shown before they are applied: what is, what will be.
std::string plan_steps_text(const plan::Plan&, const Style&);

}  // namespace postern::report
