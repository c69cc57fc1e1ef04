// A ledger as an outbox: which rows a cluster has acknowledged, and which are next. Whoever sends
// them opens the file beside the gate's writer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "base/time.hpp"
#include "ledger/row.hpp"

namespace postern::ledger {

class Outbox {
 public:
  struct State {
    std::int64_t last = 0;     ///< the highest id that was ever given
    std::int64_t sent = 0;     ///< rows up to this one are sent, or given up
    std::int64_t rewinds = 0;  ///< how often `sent` was put back
    double row_size = 0;       ///< octets of the file for one row, on average; 0: no rows
  };
  /// The epoch is in Row::verdict, the gate is not.
  using Visit = std::function<void(Row&&)>;

  /// Errors: not there, no ledger, of an older version (a gate brings it up to date), of a newer.
  static Result<std::unique_ptr<Outbox>> open(const std::string& file);
  ~Outbox();
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  /// Errors of this and all below: the file is damaged, or locked for more than a second.
  Result<State> state();
  /// Rows with an id above `after`, at most `most`, oldest first.
  Result<void> read(std::int64_t after, std::size_t most, const Visit&);
  /// Rows up to `row` are sent. False, and nothing is changed, where `sent` was put back since
  /// `rewinds` was read.
  Result<bool> mark_sent(std::int64_t row, std::int64_t rewinds);
  /// Puts `sent` back before the first row of that time or later. Returns how many rows are to be
  /// sent again.
  Result<std::uint64_t> resend_since(UnixTime);

 private:
  struct Opened;
  explicit Outbox(std::unique_ptr<Opened> opened);
  std::unique_ptr<Opened> opened_;
};

}  // namespace postern::ledger
