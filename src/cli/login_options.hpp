// What postern login takes.
#pragma once

#include <string>

#include "cli/command.hpp"
#include "cli/live_session.hpp"

namespace CLI {
class App;
}

namespace postern::cli {

struct LoginArguments {
  std::string name;
  LiveOptions live;
  bool check = false;
  OutputOptions output;

  /// The profile's name, also where it was written "live:NAME".
  [[nodiscard]] std::string profile() const;
};

void add_login_options(CLI::App&, LoginArguments&);

}  // namespace postern::cli
