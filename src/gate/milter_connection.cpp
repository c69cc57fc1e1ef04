#include "gate/milter_connection.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gate/await_results.hpp"
#include "gate/milter_session.hpp"

namespace postern::gate {
namespace {

// Counts a connection for as long as it is there.
class Counted {
 public:
  explicit Counted(Metrics& metrics) : metrics_(metrics) {
    metrics_.milter_connections.add();
    metrics_.milter_connections_open.add(1);
  }
  ~Counted() { metrics_.milter_connections_open.add(-1); }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 private:
  Metrics& metrics_;
};

}  // namespace

class MilterConnection {
 public:
  MilterConnection(Worker& worker, Socket socket)
      : worker_(worker),
        counted_(worker.shared.metrics),
        session_(worker.config->judge),
        wire_(worker.deadlines, std::move(socket)) {
    worker_.milters.insert(this);
  }
  MilterConnection(const MilterConnection&) = delete;
  MilterConnection& operator=(const MilterConnection&) = delete;
  /// However it ends, what was refused is recorded.
  ~MilterConnection() {
    session_.hang_up();
    pass_on();
    worker_.milters.erase(this);
    worker_.buffers.give_back(std::move(block_));
  }

  /// The gate is stopping: nothing is under way that would be lost.
  void drain() {
    if (session_.idle()) wire_.call_off();
  }

  Awaitable<void> run() {
    using Kind = MilterSession::Kind;
    for (;;) {
      const MilterSession::Event event = session_.next(input_, output_, worker_.shared.now());
      pass_on();
      switch (event.kind) {
        case Kind::input:
          if (!co_await read()) co_return;
          break;
        case Kind::header:
          begin_check();
          break;
        case Kind::body:
          if (check_) check_->add_body(event.body);
          break;
        case Kind::message:
          co_await answer();
          break;
        case Kind::close:
          if (!session_.fault().empty()) fault(session_.fault());
          co_await flush();
          co_return;
      }
    }
  }

 private:
  void begin_check() {
    check_.reset();
    if (!worker_.authenticator || !session_.authenticates()) return;
    const judge::SessionFacts& facts = session_.facts();
    const judge::Sender& sender = session_.sender();
    check_ = worker_.authenticator->begin(
        {facts.client, facts.helo, sender.null ? std::string{} : sender.address.text},
        session_.fields(), worker_.shared.now(), check_options(session_.settings()));
  }

  Awaitable<void> answer() {
    if (check_) {
      const auth::MessageAuthentication results = co_await await_results(worker_.loop, *check_);
      check_.reset();
      session_.answer(&results, output_);
    } else {
      session_.answer(nullptr, output_);
    }
    pass_on();
  }

  Awaitable<bool> flush() {
    if (output_.empty()) co_return true;
    const bool written = co_await wire_.write(output_, wire_.within(worker_.config->milter_idle));
    output_.clear();
    co_return written;
  }

  Awaitable<bool> read() {
    const bool flushed = co_await flush();
    if (!flushed) co_return false;
    worker_.buffers.give_back(std::move(block_));
    if (worker_.draining && session_.idle()) co_return false;
    const Wire::Until until = wire_.within(worker_.config->milter_idle);
    if (!co_await wire_.readable(until)) co_return false;
    block_ = worker_.buffers.take();
    const std::size_t got = co_await wire_.read({block_.get(), Buffers::block_size}, until);
    input_ = {block_.get(), got};
    co_return got > 0;
  }

  // What the session has to say to the ledger, the log and the counters.
  void pass_on() {
    Metrics& metrics = worker_.shared.metrics;
    metrics.recipients.add(session_.take_recipients());
    for (std::string& remark : session_.take_remarks()) {
      // A mail server opens a connection for each of its sessions: once is enough.
      if (!worker_.milter_remarks.insert(remark).second) continue;
      worker_.shared.log.write(LogLine("milter_lacks", Weight::fault).add("what", remark));
    }
    std::vector<ledger::Record> records = session_.take_records();
    for (const ledger::Record& record : records) {
      metrics.count(record);
      worker_.shared.log.write(LogLine(name_of(record.outcome))
                                   .add("door", record.door)
                                   .add("client", record.client ? record.client->text() : "unknown")
                                   .add_if("helo", record.helo)
                                   .add_if("id", record.transaction)
                                   .add("mode", name_of(record.mode))
                                   .add("reason", record.reason)
                                   .add_if("missing", text_of(record.missing))
                                   .add_if("exception", record.exception)
                                   .add("from", record.sender)
                                   .add("to", record.recipient)
                                   .add_if("reply", record.reply));
    }
    if (worker_.shared.keep && !records.empty()) worker_.shared.keep(std::move(records));
  }

  void fault(std::string_view why) {
    worker_.shared.metrics.milter_faults.add();
    worker_.shared.log.write(LogLine("milter_fault", Weight::fault).add("why", why));
  }

  Worker& worker_;
  Counted counted_;
  MilterSession session_;
  Wire wire_;
  std::unique_ptr<Authenticator::Check> check_;
  Buffers::Block block_;
  std::string_view input_;
  std::string output_;
};

Awaitable<void> serve_milter(Worker& worker, Socket socket) {
  // The mail server goes on as its milter_default_action says, and asks for a new one.
  const auto open = worker.shared.metrics.milter_connections_open.value();
  if (static_cast<std::size_t>(open) >= worker.config->milter_connections) {
    worker.shared.log.write(
        LogLine("milter_turned_away", Weight::fault).add("why", "too many connections"));
    co_return;
  }
  MilterConnection connection(worker, std::move(socket));
  co_await connection.run();
}

void drain_milters(Worker& worker) {
  for (MilterConnection* connection : worker.milters)
    connection->drain();
}

}  // namespace postern::gate
