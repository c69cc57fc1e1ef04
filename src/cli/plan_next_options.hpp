// What postern plan next takes.
#pragma once

#include <cstddef>
#include <string>

#include "cli/command.hpp"
#include "cli/evidence_source.hpp"
#include "cli/live_session.hpp"

namespace CLI {
class App;
}

namespace postern::cli {

struct PlanNextArguments {
  std::string plan_file;
  std::string tenant;  ///< as it is now; empty: where the plan read it
  std::string record;  ///< of postern apply; empty: beside the plan file, if it is there
  LiveOptions live;
  EvidenceOptions evidence;
  std::size_t most_shapes = 500'000;
  OutputOptions output;
};

void add_plan_next_options(CLI::App&, PlanNextArguments&);
/// Adds `next` below `postern plan`.
void add_plan_next_command(CLI::App& plan, const Environment&, int& exit_code);

}  // namespace postern::cli
