// A difference as JSON. Internal to the room: the library's header is heavy.
#pragma once

#include "difference/difference.hpp"
#include "report/json_parts.hpp"

namespace postern::report {

/// What "postern/diff/1" and the plan's document hold of a difference.
Json difference_json(const difference::Difference&);

}  // namespace postern::report
