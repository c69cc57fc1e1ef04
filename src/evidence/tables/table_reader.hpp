// The loop over a table's rows, for CSV and JSON alike. Internal to the room.
#pragma once

#include "evidence/bytes/byte_source.hpp"
#include "evidence/tables/row.hpp"

namespace postern::evidence {

struct Reading;

/// Reads all rows of `source`; errors as read() says.
Result<void> read_csv(ByteSource& source, TableFormat&, const Reading&);
Result<void> read_json(ByteSource& source, TableFormat&, const Reading&);

}  // namespace postern::evidence
