// What a report says, as what the conclusion is drawn from. Internal to the room.
#pragma once

#include <vector>

#include "impact/coverage.hpp"
#include "impact/impact.hpp"
#include "impact/reported_domains.hpp"

namespace postern::impact {

/// The days that evidence covers for this tenant: reports see all mail where they tell of each of
/// its domains, and its own servers where Exchange Online takes none.
Coverage::Days days_judged(const Coverage&, const ReportedDomains&, const Context&);

/// What was not read, what is not there, and answers that can't be followed as they are.
std::vector<Missing> missing_of(const Report&, const Coverage&, const Coverage::Days& judged,
                                const ReportedDomains&, const Options&, const Context&);

Findings findings_of(const Report&);

}  // namespace postern::impact
