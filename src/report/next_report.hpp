// Which stage of a plan is due, for people and for programs.
#pragma once

#include <string>

#include "plan/next.hpp"
#include "report/style.hpp"

namespace postern::report {

std::string next_text(const plan::Next&, const Style&);
/// Document "postern/plan-next/1" (docs/schema/plan-next-1.json).
std::string next_json(const plan::Next&, const Style&);

}  // namespace postern::report
