// postern manual --options: every option by its name, what it takes and means, and where, from the
// commands' own definitions.
#pragma once

#include <string>

#include "cli/definitions.hpp"

namespace postern::cli {

std::string option_page(const CommandDefinition& root);

}  // namespace postern::cli
