// docs/outputs.md: which command writes what, from the commands' own definitions.
#pragma once

#include <string>

#include "cli/definitions.hpp"

namespace postern::cli {

std::string output_page(const CommandDefinition& root);

}  // namespace postern::cli
