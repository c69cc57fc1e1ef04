// What postern plan takes.
#pragma once

#include <cstddef>
#include <string>

#include "cli/command.hpp"
#include "cli/evidence_source.hpp"
#include "cli/live_session.hpp"
#include "cli/many_tenants.hpp"

namespace CLI {
class App;
}

namespace postern::cli {

struct PlanArguments {
  std::string tenant;
  ManyTenants many;
  LiveOptions live;
  EvidenceOptions evidence;
  std::string connectors, plan_file, emit;
  std::string stage;        ///< of which --emit prints the commands; empty: of all
  std::string scripts;      ///< folder for a script a stage
  std::string train_until;  ///< evidence up to then makes the plan, the rest judges it
  std::size_t most_shapes = 500'000;
  OutputOptions output;
};

void add_plan_options(CLI::App&, PlanArguments&);

}  // namespace postern::cli
