// A record as it lies in a ledger.
#pragma once

#include <cstdint>
#include <string_view>

#include "ledger/record.hpp"

namespace postern::ledger {

struct Row {
  std::int64_t id = 0;
  Record record;
  /// A column that can't be understood: written by another program, or damaged. Empty: none.
  std::string_view fault;
};

}  // namespace postern::ledger
