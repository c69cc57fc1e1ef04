// What postern diff takes.
#pragma once

#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/live_session.hpp"

namespace CLI {
class App;
}

namespace postern::cli {

struct DiffArguments {
  std::string before;
  std::string after;  ///< empty: `before`, with the changes
  std::vector<std::string> changes;
  std::string choices;  ///< "first", "second": whose count; empty: they must agree
  LiveOptions live;
  OutputOptions output;
};

void add_diff_options(CLI::App&, DiffArguments&);

}  // namespace postern::cli
