// What postern cluster takes.
#pragma once

#include <cstdint>
#include <string>

namespace CLI {
class App;
}

namespace postern::cli {

struct ClusterArguments {
  std::string file;
  unsigned streams = 1;
  int replicas = 3;
  unsigned days = 7;
  std::uint64_t megabytes = 0;  ///< of each stream; 0: no bound
};

void add_set_up_options(CLI::App&, ClusterArguments&);

}  // namespace postern::cli
