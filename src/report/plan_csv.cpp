// A plan as a working paper: one row a step, in the manner of ScubaGear's action plan.
#include <cstddef>
#include <string>

#include "base/join.hpp"
#include "plan/step.hpp"
#include "report/csv.hpp"
#include "report/machine_reports.hpp"

namespace postern::report {

std::string plan_csv(const plan::Plan& plan, const Style& style) {
  std::string out = csv_line({"tenant", "step", "kind", "does", "command", "undo", "covers",
                              "warnings", "owner", "due", "done"},
                             style);
  std::size_t number = 0;
  for (const plan::Step& step : plan.steps) {
    const auto command = tenant::powershell(step.cmdlet());
    const auto undo = tenant::powershell(step.undo());
    out += csv_line({plan.tenant.name, std::to_string(++number), std::string(name_of(step.kind)),
                     step.does, command ? *command : "", undo ? *undo : "",
                     joined(step.covers, "; "), joined(step.warnings, "; "), "", "", ""},
                    style);
  }
  return out;
}

}  // namespace postern::report
