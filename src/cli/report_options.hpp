// What postern report takes.
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

struct ReportArguments {
  std::string tenant;
  LiveOptions live;
  EvidenceOptions evidence;
  std::string plan_file, baseline, waivers, controls;
  std::size_t most_shapes = 500'000;
  OutputOptions output{"html", {}};
};

void add_report_options(CLI::App&, ReportArguments&);

}  // namespace postern::cli
