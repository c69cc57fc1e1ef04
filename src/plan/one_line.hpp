// A connector that one line of a command can make. Internal to the room.
#pragma once

#include <cstddef>
#include <vector>

#include "policy/tenant.hpp"

namespace postern::plan {

/// What the shortest of the lines carries into which a command is pasted: cmd.exe's
/// ("Command prompt (Cmd.exe) command-line string limitation", Microsoft Learn). How many addresses
/// or domains Exchange itself takes in a connector is documented nowhere.
constexpr std::size_t longest_line = 8191;

/// Of the New-InboundConnector that makes it, in characters; 0 where no line can carry it.
std::size_t line_length(const policy::InboundConnector&);

/// The connector, or as few as can be that list the same together, each of which a line carries: by
/// addresses, or by sender domains where it has no addresses or the domains take half a line. A
/// connector that restricts its domains does so beside others that name the same ones.
std::vector<policy::InboundConnector> in_lines(const policy::InboundConnector&);

}  // namespace postern::plan
