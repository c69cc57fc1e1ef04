// Sums over the senders of a report, and their order. Internal to the room.
#pragma once

#include "impact/impact.hpp"

namespace postern::impact {

/// Adds up what the senders' verdicts come to.
void sum_up(Report&);
/// Who would break, then who may break, then the rest; most mail first.
void sort_senders(Report&);

}  // namespace postern::impact
