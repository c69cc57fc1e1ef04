#include "cluster/verdict_reader.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/numbers.hpp"
#include "cluster/backoff.hpp"
#include "cluster/connection.hpp"
#include "cluster/jetstream_request.hpp"
#include "cluster/json_member.hpp"
#include "cluster/nats.hpp"
#include "cluster/seen_verdicts.hpp"
#include "cluster/verdict_streams.hpp"
#include "ledger/published.hpp"

namespace postern::cluster {
namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::json;

constexpr int batch = 1000;
// Without a message: as long as servers may take to choose a leader, and some more.
constexpr std::chrono::seconds silence{30};

// Where a message stands in its stream, and in what this reader was sent.
struct Place {
  std::uint64_t stream = 0;
  std::uint64_t consumer = 0;
  std::uint64_t pending = 0;  // that are still to come
};

Place place_of(natsMsg* message) {
  Place place;
  jsMsgMetaData* made = nullptr;
  if (natsMsg_GetMetaData(&made, message) == NATS_OK) {
    place = {made->Sequence.Stream, made->Sequence.Consumer, made->NumPending};
    jsMsgMetaData_Destroy(made);
  }
  return place;
}

// What a reader of all calls itself: no two share a place in a stream.
std::string chosen_name(std::string_view tenant) {
  if (!tenant.empty()) return "read-" + ledger::token_of(tenant);
  std::random_device chance;
  return fmt::format("read-{:08x}{:08x}", chance(), chance());
}

// A consumer of one stream and the messages that come of it, until it is lost.
class Pull {
 public:
  static Result<std::unique_ptr<Pull>> open(Connection& connection, const std::string& stream,
                                            const std::string& name, const std::string& filter,
                                            std::uint64_t first) {
    std::unique_ptr<Pull> pull(new Pull(connection, stream, name));
    // One that a reader of this name left, or another reader's: that one will notice.
    (void)request(connection, fmt::format("$JS.API.CONSUMER.DELETE.{}.{}", stream, name), "",
                  std::chrono::milliseconds(0));
    Json config{{"name", name},
                {"filter_subject", filter},
                {"ack_policy", "none"},
                {"replay_policy", "instant"},
                {"mem_storage", true},
                {"num_replicas", 1},
                {"inactive_threshold", std::chrono::nanoseconds(std::chrono::seconds(60)).count()},
                {"deliver_policy", first > 1 ? "by_start_sequence" : "all"}};
    if (first > 1) config["opt_start_seq"] = first;
    const auto made = request(
        connection, fmt::format("$JS.API.CONSUMER.CREATE.{}.{}.{}", stream, name, filter),
        Json{{"stream_name", stream}, {"config", config}, {"action", "create"}}.dump(), patience);
    if (!made) return tl::unexpected(made.error());
    if (made->code != 0) {
      return fail(fmt::format("stream {} can't be read ({})", stream, made->why),
                  connection.address());
    }
    pull->there_ = count_in(Json::parse(made->body), "num_pending");
    jsSubOptions options;
    jsSubOptions_Init(&options);
    options.Stream = stream.c_str();
    options.Consumer = name.c_str();
    options.Config.MemoryStorage = true;  // or the library takes it for another consumer
    jsErrCode code{};
    natsSubscription* subscription = nullptr;
    const natsStatus status = js_PullSubscribe(&subscription, connection.handle().jetstream,
                                               filter.c_str(), nullptr, nullptr, &options, &code);
    pull->subscription_.reset(subscription);
    if (status != NATS_OK) {
      return tl::unexpected(
          nats_error(status, fmt::format("stream {} can't be read", stream), connection));
    }
    return pull;
  }
  Pull(const Pull&) = delete;
  Pull& operator=(const Pull&) = delete;
  ~Pull() {
    subscription_.reset();
    (void)request(connection_, fmt::format("$JS.API.CONSUMER.DELETE.{}.{}", stream_, name_), "",
                  std::chrono::milliseconds(0));
  }

  /// How many messages there were at the beginning.
  [[nodiscard]] std::uint64_t there() const noexcept { return there_; }

  /// The next, few or many; none where nothing came within a second.
  natsStatus fetch(natsMsgList& list) {
    return natsSubscription_Fetch(&list, subscription_.get(), batch, 1000, nullptr);
  }

 private:
  Pull(Connection& connection, std::string stream, std::string name)
      : connection_(connection), stream_(std::move(stream)), name_(std::move(name)) {}

  Connection& connection_;
  std::string stream_, name_;
  NatsSubscription subscription_;
  std::uint64_t there_ = 0;
};

class Batch {
 public:
  Batch() = default;
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;
  ~Batch() { natsMsgList_Destroy(&list); }
  natsMsgList list{};
};

class StreamRows final : public ledger::Rows {
 public:
  StreamRows(gate::ClusterSettings settings, std::string tenant)
      : settings_(std::move(settings)),
        tenant_(std::move(tenant)),
        name_(chosen_name(tenant_)),
        filter_(verdict_filter(tenant_)) {}

  Result<void> connect() {
    if (connection_ && connection_->alive()) return {};
    auto opened = Connection::open(settings_, "postern reader");
    if (!opened) return tl::unexpected(opened.error());
    connection_ = std::move(*opened);
    return {};
  }

  Result<void> find_streams() {
    auto found = verdict_streams(*connection_, tenant_);
    if (!found) return tl::unexpected(found.error());
    if (found->empty()) {
      return fail("has no streams of verdicts", connection_->address(),
                  "make them: postern cluster set-up");
    }
    for (const std::string& name : *found)
      streams_.emplace(name, 0);
    return {};
  }

  Result<void> read(const ledger::Filter& filter, const Visit& visit) override {
    Result<void> told;
    const Visit those = [&](const ledger::Row& row) {
      if (row.fault.empty()) told = can_tell(row.record, filter);
      if (!told) return false;
      return (row.fault.empty() && !matches(row.record, filter)) || visit(row);
    };
    bool wanted = true;
    for (auto& [name, last] : streams_) {
      if (!wanted) break;
      if (auto done = read_stream(name, last, those, wanted); !done) return done;
    }
    if (!told) told.error().where = settings_.servers.front();
    return told;
  }

  Result<void> read_facts(const Visit& visit) override { return read({}, visit); }

  [[nodiscard]] std::vector<Error> gaps() const override {
    std::vector<Error> out;
    // Of one tenant's rows nobody can tell which the gates gave to others; and of several streams
    // one may have let older rows go than another.
    if (!tenant_.empty() || (streams_.size() > 1 && incomplete_)) return out;
    for (const SeenVerdicts::Gap& gap : seen_.gaps()) {
      const auto rows = static_cast<std::uint64_t>(gap.last - gap.first + 1);
      out.push_back(
          {fmt::format("{} of gate {} {} not in the streams: {} to {}", counted(rows, "row"),
                       gap.gate, rows == 1 ? "is" : "are", gap.first, gap.last),
           settings_.servers.front(),
           "on its way still, dropped at the gate (postern_verdicts_dropped_total), or lost: "
           "postern ledger LEDGER --resend-since"});
    }
    return out;
  }

 private:
  // Behind `last`, to the end as it is now.
  Result<void> read_stream(const std::string& stream, std::uint64_t& last, const Visit& visit,
                           bool& wanted) {
    Backoff backoff(std::chrono::milliseconds(100), std::chrono::milliseconds(2000),
                    std::random_device{}());
    Clock::time_point until = Clock::now() + silence;
    for (;;) {
      Error why;
      bool over = false;
      if (auto done = read_on(stream, last, visit, wanted, over, until); !done) why = done.error();
      if (over || !wanted) return {};
      if (Clock::now() >= until) return tl::unexpected(std::move(why));
      std::this_thread::sleep_for(backoff.next());
    }
  }

  // With one consumer, as long as it gives messages.
  Result<void> read_on(const std::string& stream, std::uint64_t& last, const Visit& visit,
                       bool& wanted, bool& over, Clock::time_point& until) {
    if (auto there = connect(); !there) return there;
    auto pull = Pull::open(*connection_, stream, name_, filter_, last + 1);
    if (!pull) return tl::unexpected(pull.error());
    over = (*pull)->there() == 0;
    std::uint64_t expected = 1;
    while (!over && wanted) {
      Batch some;
      const natsStatus status = (*pull)->fetch(some.list);
      if (status != NATS_OK && status != NATS_TIMEOUT) {
        return tl::unexpected(nats_error(status, "can't be read on", *connection_));
      }
      if (status == NATS_TIMEOUT && !connection_->alive()) return fail("the connection is lost");
      for (int i = 0; i < some.list.Count && wanted && !over; ++i) {
        const Place place = place_of(some.list.Msgs[i]);
        if (place.consumer != expected++) {
          return fail("somebody else reads this tenant's verdicts at the same time",
                      connection_->address(), "one at a time: run it again");
        }
        if (last == 0 && place.stream > 1) incomplete_ = true;
        last = place.stream;
        over = place.pending == 0;
        give(some.list.Msgs[i], visit, wanted);
      }
      if (some.list.Count > 0) until = Clock::now() + silence;
      if (some.list.Count == 0 && Clock::now() >= until)
        return fail("gives no more messages", connection_->address());
    }
    return {};
  }

  void give(natsMsg* message, const Visit& visit, bool& wanted) {
    ledger::Row row = ledger::read_published(std::string_view(
        natsMsg_GetData(message), static_cast<std::size_t>(natsMsg_GetDataLength(message))));
    // The servers hold a gate to its own subject, and nobody else holds it to what it writes there.
    if (row.fault.empty() &&
        verdict_subject(row.record.tenant, row.verdict.gate) != natsMsg_GetSubject(message)) {
      row.fault = "subject";
    }
    // What has an id is one, however often it was stored.
    if (row.fault.empty() && !seen_.add(row.verdict)) return;
    wanted = visit(row);
  }

  gate::ClusterSettings settings_;
  std::string tenant_, name_, filter_;
  std::unique_ptr<Connection> connection_;
  std::map<std::string, std::uint64_t> streams_;  // with the last sequence that was read
  SeenVerdicts seen_;
  bool incomplete_ = false;  // a stream's first messages are gone
};

}  // namespace

Result<std::unique_ptr<ledger::Rows>> open_verdicts(const gate::ClusterSettings& settings,
                                                    const std::string& tenant) {
  auto rows = std::make_unique<StreamRows>(settings, tenant);
  if (auto there = rows->connect(); !there) return tl::unexpected(there.error());
  if (auto found = rows->find_streams(); !found) return tl::unexpected(found.error());
  return rows;
}

}  // namespace postern::cluster
