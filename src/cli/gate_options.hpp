// What postern gate takes.
#pragma once

#include <string>
#include <vector>

#include "cli/command.hpp"

namespace CLI {
class App;
}

namespace postern::cli {

struct GateArguments {
  std::string file;
  std::vector<std::string> tenants;
  std::vector<std::string> listen;
  std::string maildir;
  std::string mode;
  bool check = false;
  bool keys = false;
  bool watch = false;
  unsigned every = 2;  ///< seconds, with watch
};

void add_gate_options(CLI::App&, GateArguments&);

}  // namespace postern::cli
