// What a row tells of beside its first message. Internal to the room.
#pragma once

#include <cstdint>

#include "evidence/tables/dated_rows.hpp"
#include "evidence/tables/row.hpp"

namespace postern::evidence {

/// Lines are counted only where one is asked for. False where DatedRows::take() gave up.
template <class LineOf>
bool take_further(TableFormat& format, Message& message, std::uint64_t row, LineOf line_of,
                  DatedRows& rows) {
  while (const auto other = format.another(message)) {
    const std::uint64_t line = other->kind == RowKind::bad ? line_of() : 0;
    if (!rows.take(*other, message, row, line)) return false;
  }
  return true;
}

}  // namespace postern::evidence
