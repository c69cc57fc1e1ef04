// Sends what a gate's ledger holds to a sink: every row, in the order in which rows were written,
// until it is acknowledged. The ledger is written first and is the queue; while the sink is away
// rows wait in it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/counter.hpp"
#include "base/result.hpp"
#include "gate/verdict_sink.hpp"

namespace postern::gate {

struct PublisherOptions {
  using Milliseconds = std::chrono::milliseconds;
  std::string ledger;  ///< the file; a gate's writer has opened it before
  std::string gate;    ///< this gate's name
  /// Rows, and octets of the ledger's file, that may wait; past it the oldest are not sent. They
  /// stay in the ledger.
  std::uint64_t keep_rows = UINT64_MAX;
  std::uint64_t keep_bytes = UINT64_MAX;
  std::size_t most_outstanding = 1000;
  Milliseconds look_every{200};     ///< for new rows
  Milliseconds shortest_pause{50};  ///< after a row was not stored; doubles
  Milliseconds longest_pause{5000};
  Milliseconds answer_within{10000};  ///< or it counts as not stored
  Milliseconds last_words{2000};  ///< for what waits at the end; the rest waits for the next start
  /// Called when sending begins to fail (`failing`, with why), and when it goes on, by the
  /// publisher's own thread: once for each change.
  std::function<void(bool failing, const std::string& why)> on_change = {};
};

/// What a publisher tells of itself.
struct PublisherCounts {
  Counter sent;     ///< acknowledged
  Counter dropped;  ///< never sent: too many waited, or gone from the ledger before
  Counter retries;  ///< sent once more
  Gauge waiting;    ///< written and not acknowledged
};

class VerdictPublisher {
 public:
  /// Errors: the ledger can't be opened. `counts` stay until the publisher is gone.
  static Result<std::unique_ptr<VerdictPublisher>> open(PublisherOptions options,
                                                        std::unique_ptr<VerdictSink> sink,
                                                        PublisherCounts& counts);
  VerdictPublisher(const VerdictPublisher&) = delete;
  VerdictPublisher& operator=(const VerdictPublisher&) = delete;
  /// Sends what waits, as long as last_words allows. To be called after the writer has gone.
  ~VerdictPublisher();

 private:
  struct Thread;
  explicit VerdictPublisher(std::unique_ptr<Thread> thread);
  std::unique_ptr<Thread> thread_;
};

}  // namespace postern::gate
