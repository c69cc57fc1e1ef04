// Where recorded verdicts go when they leave the machine. What a cluster is made of is not known
// here.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace postern::gate {

/// A row of the ledger on its way.
struct OutgoingVerdict {
  std::int64_t row = 0;
  std::string id;      ///< the same whenever it is sent: what comes twice is one
  std::string tenant;  ///< name
  std::string body;
};

/// What became of one.
struct SinkAnswer {
  std::int64_t row = 0;
  bool stored = false;  ///< kept by as many machines as were asked for
  std::string why;      ///< where it was not
};

/// One thread calls it.
class VerdictSink {
 public:
  virtual ~VerdictSink() = default;
  /// Sends without waiting for the answer. Errors: nothing can be sent now.
  virtual Result<void> send(const OutgoingVerdict&) = 0;
  /// What was answered since the last call; waits up to `wait` while there is nothing. A row that
  /// was sent and is never answered counts as not stored after a while: that is the caller's part.
  virtual std::vector<SinkAnswer> take_answers(std::chrono::milliseconds wait) = 0;
};

}  // namespace postern::gate
