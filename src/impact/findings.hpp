// What a report says, as what the conclusion is drawn from. Internal to the room.
#pragma once

#include <vector>

#include "impact/distinct.hpp"
#include "impact/impact.hpp"
#include "impact/reported_domains.hpp"

namespace postern::impact {

/// What was not read, what is not there, and answers that can't be followed as they are.
std::vector<Missing> missing_of(const Report&, const DayCounts& days, const ReportedDomains&,
                                const Options&, const Context&);

Findings findings_of(const Report&);

}  // namespace postern::impact
