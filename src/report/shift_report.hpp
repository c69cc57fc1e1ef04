// What a change would do to each sender, as a part of the impact report's text and JSON. Internal
// to the room: the JSON library's header is heavy.
#pragma once

#include <string>

#include "impact/impact.hpp"
#include "plan/shift.hpp"
#include "report/json_parts.hpp"
#include "report/style.hpp"

namespace postern::report {

/// The change's own answer, then a row a sender that fares otherwise.
std::string shift_text(const plan::Shift&, const impact::Report&, const Style&);
Json json_shift(const plan::Shift&, const impact::Report&);

}  // namespace postern::report
