// What the gate counts. One object a process, handed to whoever counts; every counter may be
// increased from any thread.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/counter.hpp"
#include "gate/policy_source.hpp"
#include "gate/verdict_publisher.hpp"
#include "ledger/record.hpp"
#include "ledger/writer.hpp"
#include "policy/verdict.hpp"

namespace postern::gate {

/// Durations in buckets, as Prometheus wants them.
class Histogram {
 public:
  /// Upper bounds in microseconds; the last bucket has none.
  static constexpr std::array<std::uint64_t, 14> bounds = {
      50, 100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 500000, 1000000, 5000000};
  void observe(std::chrono::nanoseconds) noexcept;
  [[nodiscard]] std::uint64_t count(std::size_t bucket) const noexcept {
    return buckets_[bucket].value();
  }
  [[nodiscard]] std::uint64_t sum_microseconds() const noexcept { return sum_.value(); }

 private:
  std::array<Counter, bounds.size() + 1> buckets_;
  Counter sum_;
};

struct Metrics {
  // The SMTP door; whoever serves it counts.
  Counter sessions;  ///< taken
  Gauge sessions_open;
  Counter sessions_turned_away;  ///< too many, too fast
  Counter sessions_timed_out;
  Counter protocol_faults;
  Counter tls_handshakes;
  Counter tls_failures;
  Counter messages;            ///< answered 250
  Counter messages_not_taken;  ///< the next hop did not answer 250
  Counter next_hop_failures;   ///< could not be reached, or lost
  Histogram verdict_latency;   ///< from RCPT read to its answer, where the gate alone answers
  Histogram message_latency;   ///< from the last octet of a message to the answer

  // The milter door.
  Counter milter_connections;
  Gauge milter_connections_open;
  Counter milter_faults;

  // Both doors; count_records() counts them from the records of a transaction.
  static constexpr std::size_t reasons =
      static_cast<std::size_t>(policy::Reason::missing_facts) + 1;
  static constexpr std::size_t other_reasons = postern::ledger::other_reasons.size();
  Counter recipients;  ///< judged
  /// [outcome][mode][reason]; the other reasons come after the rule's.
  std::array<std::array<std::array<Counter, reasons + other_reasons>, 3>, 4> outcomes;

  postern::ledger::Counts ledger;
  PolicyCounts policy;
  PublisherCounts verdicts;  ///< those of the ledger on their way to a cluster

  Counter reloads;
  Counter reload_failures;
  Gauge ready;     ///< 1: serving
  Gauge draining;  ///< 1: no new sessions are taken

  void count(const ledger::Record&) noexcept;
};

/// The text exposition format, version 0.0.4.
std::string prometheus_text(const Metrics&);

}  // namespace postern::gate
