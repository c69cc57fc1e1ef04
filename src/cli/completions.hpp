// Completion scripts for shells, from the command's own definition.
#pragma once

#include <string>

#include "cli/definitions.hpp"

namespace postern::cli {

std::string bash_completion(const CommandDefinition& root);
std::string zsh_completion(const CommandDefinition& root);
std::string fish_completion(const CommandDefinition& root);

}  // namespace postern::cli
