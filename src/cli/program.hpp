// The whole command line.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/command.hpp"

namespace CLI {
class App;
}

namespace postern::cli {

/// Every command. The one that was chosen runs while the words are parsed, and leaves its outcome
/// in `exit_code`. Both arguments must outlive what is returned.
std::unique_ptr<CLI::App> make_program(const Environment&, int& exit_code);

/// Parses and runs; `words` are the program's arguments. Returns the exit code. A fault is one line
/// on standard error.
int run_program(const std::vector<std::string>& words, const Environment&);

}  // namespace postern::cli
