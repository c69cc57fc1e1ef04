// What postern probe takes.
#pragma once

#include <string>

#include "cli/command.hpp"
#include "cli/live_session.hpp"
#include "cli/probe_run.hpp"

namespace CLI {
class App;
}

namespace postern::cli {

struct ProbeArguments {
  std::string tenant;
  LiveOptions live;
  ProbeOptions probe;
  OutputOptions output;
};

void add_probe_options(CLI::App&, ProbeArguments&);

}  // namespace postern::cli
