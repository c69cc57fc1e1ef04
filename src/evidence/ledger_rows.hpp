// A row of the gate's ledger as a message of evidence.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "evidence/message.hpp"
#include "ledger/retellings.hpp"
#include "ledger/row.hpp"

namespace postern::evidence {

class LedgerRows {
 public:
  /// Empty where all is well, else the column that can't be used. Views in the message last until
  /// the next call, or as long as the row.
  std::string_view read(const ledger::Row& row, Message& message);
  /// Whether an earlier row told of this recipient of this message. Call once a row, in order.
  bool tells_again(const ledger::Row& row) {
    return told_.add(row.record, row.verdict).has_value();
  }

 private:
  ledger::Retellings told_;
  std::string sender_, author_, recipient_;
  std::vector<std::string_view> names_;
};

}  // namespace postern::evidence
