// The loop over a table's rows, for CSV and JSON alike. Internal to the room.
#pragma once

#include "evidence/bytes/byte_source.hpp"
#include "evidence/tables/row.hpp"

namespace postern::evidence {

/// Reads all rows of `source`, whose first text has been taken already and is given as `first`.
Result<void> read_csv(ByteSource& source, TableFormat&, const Options&, Sink&, Tally&);
Result<void> read_json(ByteSource& source, TableFormat&, const Options&, Sink&, Tally&, bool lines);

}  // namespace postern::evidence
