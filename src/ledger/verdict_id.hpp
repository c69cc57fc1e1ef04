// What tells one recorded verdict from every other of all gates, for ever.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postern::ledger {

struct VerdictId {
  std::string gate;          ///< its name, as token_of() writes it
  std::string epoch;         ///< drawn each time that a gate opens its ledger
  std::int64_t counter = 0;  ///< the row's id in that ledger

  /// "GATE:EPOCH:COUNTER".
  [[nodiscard]] std::string text() const;
  static std::optional<VerdictId> parse(std::string_view text);

  friend auto operator<=>(const VerdictId&, const VerdictId&) = default;
};

/// A name as one token of a subject: ASCII letters, digits and '-' as they are, '.' as '_', every
/// other octet as "=2F". Two names never become one token; an empty one becomes "=".
std::string token_of(std::string_view name);

}  // namespace postern::ledger
