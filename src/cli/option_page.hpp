// postern manual --options (docs/options.md): every command with its arguments and options, from
// the commands' own definitions.
#pragma once

#include <string>

#include "cli/definitions.hpp"

namespace postern::cli {

std::string option_page(const CommandDefinition& root);

}  // namespace postern::cli
