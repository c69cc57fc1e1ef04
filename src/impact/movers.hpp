// One device whose address changes (a line without a fixed address, a mobile network) is one sender
// and not as many strangers as it had addresses. Internal to the room.
#pragma once

#include <vector>

#include "impact/context.hpp"
#include "impact/unit.hpp"

namespace postern::impact {

/// Joins units that follow one after the other, never at a time, as the same envelope sender, with
/// the same subject but for its digits, at the same hours, to recipients that recur; marks what
/// comes out (Unit::moves). All of that can be copied: it tells that they are one sender, never
/// whose.
std::vector<Unit> join_movers(std::vector<Unit> units, const Context&);

}  // namespace postern::impact
