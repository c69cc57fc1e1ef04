// A record as it lies in a ledger.
#pragma once

#include <cstdint>
#include <string_view>

#include "ledger/record.hpp"
#include "ledger/verdict_id.hpp"

namespace postern::ledger {

struct Row {
  std::int64_t id = 0;
  Record record;
  /// A column that can't be understood: written by another program, or damaged. Empty: none.
  std::string_view fault;
  /// Empty for a row that was read from a gate's own file.
  VerdictId verdict = {};
};

}  // namespace postern::ledger
