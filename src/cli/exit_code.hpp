// What a command's exit status says.
#pragma once

namespace postern::cli {

/// The exit codes of every command.
enum ExitCode : int {
  holds = 0,           ///< it holds; nobody breaks
  does_not_hold = 1,   ///< it does not hold; somebody legitimate would break
  bad_input = 2,       ///< wrong usage or bad input
  not_determined = 3,  ///< could not be determined
};

}  // namespace postern::cli
