// Which answer of a person's holds all mail of a unit. Internal to the room.
#pragma once

#include <vector>

#include "impact/pins.hpp"
#include "impact/unit.hpp"

namespace postern::impact {

/// Null where none holds all of it, or not all of its addresses and envelope senders are known.
const Pin* pin_of(const Unit&, const std::vector<Pin>&);

}  // namespace postern::impact
