// What postern plan takes.
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

struct PlanArguments {
  std::string tenant;
  LiveOptions live;
  EvidenceOptions evidence;
  std::string connectors, plan_file, emit;
  std::size_t most_shapes = 500'000;
  OutputOptions output;
};

void add_plan_options(CLI::App&, PlanArguments&);

}  // namespace postern::cli
