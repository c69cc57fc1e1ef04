// One event loop with what belongs to it alone, so that sessions share nothing across threads but
// what is named in Shared.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gate/asio.hpp"
#include "gate/authenticator.hpp"
#include "gate/config.hpp"
#include "gate/event_log.hpp"
#include "gate/metrics.hpp"
#include "gate/next_hop.hpp"
#include "gate/wire.hpp"
#include "ledger/record.hpp"

namespace postern::gate {

class Connection;
class MilterConnection;

/// What all event loops use at once.
struct Shared {
  Admission& admission;
  EventLog& log;
  UnixTime (*now)();
  Metrics& metrics;
  /// Takes the records of a transaction that is over; null: nobody keeps them.
  std::function<void(std::vector<ledger::Record>)> keep;
  /// Makes the authenticator of an event loop; null: nothing is authenticated.
  std::function<std::unique_ptr<Authenticator>(asio::io_context&)> authenticator;
  /// What deadlines are measured by.
  Deadlines::Now clock = &Clock::now;
  /// Where the numbers of transactions begin: by chance, so that a gate that was started again does
  /// not give out those of the last second once more.
  std::uint64_t first_transaction = 0;
};

struct Worker {
  Worker(const Shared& what, unsigned which, std::shared_ptr<const GateConfig> settings)
      : shared(what),
        number(which),
        config(std::move(settings)),
        deadlines(what.clock),
        hops(loop, deadlines, buffers, what.metrics.next_hop_failures),
        transactions(what.first_transaction) {
    hops.on_xclient_fault = [this](const NextHop& hop, const smtp::Reply& reply) {
      shared.log.write(LogLine("xclient_refused", Weight::fault)
                           .add("by", hop.text())
                           .add("reply", reply.line()));
    };
  }
  ~Worker() { hops.close_all(); }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  const Shared& shared;
  unsigned number;
  std::shared_ptr<const GateConfig> config;
  Deadlines deadlines;
  Buffers buffers;
  NextHops hops;
  std::vector<Connection*> connections;
  std::set<MilterConnection*> milters;
  std::uint64_t transactions;
  std::set<std::string> milter_remarks;  // that were logged
  bool draining = false;
  // Last, so that sessions that are cut off find the rest still there.
  asio::io_context loop{1};
  /// Of the loop, and gone before it; null where there is none.
  std::unique_ptr<Authenticator> authenticator;
};

/// Serves one client to its end.
Awaitable<void> serve(Worker& worker, Socket socket, Socket::endpoint_type peer);
/// Tells the worker's idle sessions of both doors to end; the others do after their message.
void drain(Worker& worker);

}  // namespace postern::gate
