// Man pages (man(7)), one a command, from the command's own definition.
#pragma once

#include <string>
#include <string_view>

#include "cli/definitions.hpp"

namespace postern::cli {

/// The page of one command, section 1. `root` is the outermost command, for SEE ALSO.
std::string man_page(const CommandDefinition& command, const CommandDefinition& root,
                     std::string_view version);

}  // namespace postern::cli
