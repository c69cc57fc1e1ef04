// Recorded verdicts, wherever they lie: in a gate's own file, or in the streams of a cluster.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "ledger/row.hpp"

namespace postern::ledger {

/// Whether a name stands for the streams of a cluster, and not for a file.
constexpr bool is_cluster_address(std::string_view name) noexcept {
  return name.starts_with("nats://") || name.starts_with("tls://");
}

/// Which rows to read. Empty fields don't narrow.
struct Filter {
  std::optional<UnixTime> since;  ///< at or after
  std::optional<UnixTime> until;  ///< before
  std::optional<Prefix> client;
  std::string sender;     ///< P1 or P2: an address, or "@domain"; without case
  std::string recipient;  ///< likewise
  std::string reason;
  std::string outcome;
  std::string mode;
};

/// Whether a record is among those that the filter asks for.
bool matches(const Record&, const Filter&) noexcept;
/// Error: nobody can say whether it is. The filter asks for a whole address, and the record keeps
/// the local part of one at that domain as a hash (hashed_address()).
Result<void> can_tell(const Record&, const Filter&);

class Rows {
 public:
  using Visit = std::function<bool(const Row&)>;
  virtual ~Rows() = default;

  /// Rows behind those that an earlier call gave, in the order in which they were written, until
  /// `visit` says false. Rows that can't be understood (Row::fault) are among them. Errors: they
  /// can't be read to their end; can_tell().
  virtual Result<void> read(const Filter& filter, const Visit& visit) = 0;
  /// All rows; steps and reply may be left out: for millions of rows.
  virtual Result<void> read_facts(const Visit& visit) = 0;
  /// What is missing among the rows that were read, a line each.
  [[nodiscard]] virtual std::vector<Error> gaps() const { return {}; }
};

}  // namespace postern::ledger
