// What --help shows, as wide as the terminal, from the same definitions as the man pages.
#pragma once

#include <cstddef>
#include <string>

#include "cli/definitions.hpp"

namespace postern::cli {

std::string help_text(const CommandDefinition& command, std::size_t columns);

}  // namespace postern::cli
