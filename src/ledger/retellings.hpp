// Rows that tell again of a recipient: where the rule and a protection of the header From both
// object to a message, each has a row.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>

#include "ledger/row.hpp"

namespace postern::ledger {

class Retellings {
 public:
  /// So many rows are remembered: those of one message lie together, but for what other gates and
  /// rows that were sent again put between them.
  static constexpr std::size_t most = 20'000;

  /// Rows in their order. The outcome of the first that told of this recipient of this message;
  /// nothing where this one is it. The rule's row comes before those of protections, and is never
  /// taken for a retelling of theirs: it alone tells whether the mail is Direct Send. Rows that
  /// name no message tell of one each.
  std::optional<Outcome> add(const Record&, const VerdictId& = {});

 private:
  using Told = std::unordered_map<std::string, Outcome>;
  void remember(std::string key, Outcome);

  Told told_;
  std::deque<std::string> oldest_;
};

}  // namespace postern::ledger
