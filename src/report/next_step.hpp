// What to do next: one command, with the arguments that the person gave, and what it is for.
#pragma once

#include <string>
#include <string_view>

#include "report/impact_report.hpp"
#include "report/style.hpp"

namespace postern::plan {
struct Plan;
}

namespace postern::report {

struct NextStep {
  std::string does;     ///< one sentence
  std::string command;  ///< for a shell; empty where no command does it
};

NextStep next_step(const impact::Report&, const ImpactHeading&);
NextStep next_step(const plan::Plan&);

/// What mends one thing that is missing, a sentence or two.
std::string_view remedy_of(const impact::Missing&) noexcept;

/// Indented, the command on a line of its own and whole, to be copied.
std::string next_step_text(const NextStep&, const Style&);

}  // namespace postern::report
