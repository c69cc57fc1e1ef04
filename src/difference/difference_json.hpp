// A difference as JSON: what "postern/diff/1" and a plan's document hold of it.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "difference/difference.hpp"

namespace postern::difference {

nlohmann::ordered_json difference_json(const Difference&);

}  // namespace postern::difference
