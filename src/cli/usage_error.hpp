// What is wrong with a command line, and what was probably meant.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace postern::cli {

/// For before anything is parsed: words that would be taken for something else than they are.
/// Errors: an empty one, which options take for "nothing was said"; a negative number, which no
/// option takes; a value that stands apart from an option that takes it with "=" alone.
Result<void> check_words(const std::vector<std::string>& words);

/// `words` are the program's arguments. One line: the fault, the nearest command or option where
/// one is near (by edit distance), and whose --help to read.
Error usage_error(const CLI::App& app, const CLI::ParseError& fault,
                  const std::vector<std::string>& words);

/// No command of that name is below `app`: the nearest one, where one is near.
Error unknown_command(const CLI::App& app, const std::string& word);

}  // namespace postern::cli
