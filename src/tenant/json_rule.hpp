// One object of Get-TransportRule. Internal to the room; include it in .cpp files only.
#pragma once

#include "tenant/json_value.hpp"

namespace postern::tenant {

/// Faults stay with the record.
TransportRule read_rule(Record&);

}  // namespace postern::tenant
