// Which units are one sender. Internal to the room.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "impact/context.hpp"
#include "impact/unit.hpp"
#include "policy/policy.hpp"

namespace postern::impact {

/// Units become one where they fare alike (same authentication results, same end, same connector)
/// and carry the names of the same online service or of the same organisation's servers, or sit in
/// the same /24 and use one and the same envelope sender. Names alone never join units: HELO names
/// are whatever the client says, so an attacker who copies one must not end up in its group. A
/// signature service is known by any of its names. What is proved of one envelope sender is one
/// sender's, wherever it comes from; of the rest, devices on changing addresses are (movers.hpp).
/// What an answer of a person's holds joins with nothing that it does not hold. The keys are of use
/// for their order alone.
std::map<std::string, Unit> group_units(std::vector<Unit> units, const policy::Policy&,
                                        const Context&);

}  // namespace postern::impact
