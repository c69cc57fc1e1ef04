// What a report says, as what the conclusion is drawn from. Internal to the room.
#pragma once

#include <cstdint>
#include <vector>

#include "impact/distinct.hpp"
#include "impact/impact.hpp"
#include "impact/reported_domains.hpp"

namespace postern::impact {

/// What was not read, and what is not there.
std::vector<Missing> missing_of(const Report&, const DayCounts& days, const ReportedDomains&,
                                const Options&, const Context&);

void add_faulty_answers(std::vector<Missing>&, std::uint64_t faulty);

Findings findings_of(const Report&);

}  // namespace postern::impact
