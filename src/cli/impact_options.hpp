// What postern impact takes.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/evidence_source.hpp"
#include "cli/live_session.hpp"
#include "cli/many_tenants.hpp"

namespace CLI {
class App;
}

namespace postern::cli {

struct ImpactArguments {
  std::string tenant;
  ManyTenants many;
  LiveOptions live;
  EvidenceOptions evidence;
  std::vector<std::string> changes;  ///< --if
  std::string baseline;
  bool watch = false;
  unsigned every = 10;
  bool strict = false;
  std::size_t top = 25;
  OutputOptions output;
};

void add_impact_options(CLI::App&, ImpactArguments&);

}  // namespace postern::cli
