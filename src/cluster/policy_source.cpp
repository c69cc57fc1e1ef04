#include "cluster/policy_source.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <sys/stat.h>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cluster/backoff.hpp"
#include "cluster/bell.hpp"
#include "cluster/bucket.hpp"
#include "cluster/connection.hpp"
#include "cluster/fleet.hpp"
#include "cluster/out_of_reach.hpp"
#include "cluster/roll_call.hpp"
#include "cluster/rollout.hpp"
#include "cluster/shrink_guard.hpp"
#include "cluster/snapshot.hpp"
#include "cluster/stage.hpp"
#include "cluster/tenant_value.hpp"

namespace postern::cluster {
namespace {

using Clock = std::chrono::steady_clock;
using Judgement = gate::PolicySource::Judgement;
using gate::LogLine;
using gate::Weight;

std::int64_t unix_now() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// What the buckets hold, over one connection.
struct Session {
  explicit Session(std::unique_ptr<Connection> open)
      : connection(std::move(open)),
        policy(*connection, policy_bucket),
        rollout(*connection, rollout_bucket),
        gates(*connection, gate_bucket) {}

  std::unique_ptr<Connection> connection;
  Bucket policy, rollout, gates;
  std::string incarnation;
  std::uint64_t last = 0;  // revision of the bucket when the session began
  Rollout plan;
  Stage stage{Rollout::latest};
  bool full = false;      // everything is read, not only what is new
  bool complete = false;  // what was there when it began has been applied
  std::uint64_t seen = 0;
  std::unique_ptr<Watch> plans, tenants;
};

}  // namespace

struct ClusterPolicy::Follower {
  Follower(PolicyOptions with, gate::PolicyCounts& told, gate::EventLog& to)
      : options(std::move(with)), counts(told), log(to) {}

  PolicyOptions options;
  gate::PolicyCounts& counts;
  gate::EventLog& log;
  Bell bell;
  std::thread thread;

  std::mutex mutex;
  // Guarded: what is in force, and what it was judged by.
  Fleet fleet;
  judge::Settings settings;  // guarded: in force
  judge::Settings loaded;    // guarded: what load() was given last
  Judgement current;
  std::function<void(Judgement)> take;

  // Of the thread that follows, and before it starts of whoever loads.
  std::string incarnation;
  std::uint64_t revision = 0;  // everything of the bucket up to it has been looked at
  ShrinkGuard guard;
  bool read_all = false;  // the next session must
  bool unsaved = false;
  std::string last_fault;
  OutOfReach out_of_reach;
  std::set<std::pair<std::string, std::uint64_t>> tried;  // faults for which fall_back() looked
  std::set<std::string> told_tenants;                     // "ID why" of what the log has of tenants
  std::vector<Judgement> retired;  // until nobody judges by them: they end here, in no session
  Clock::time_point last_current = Clock::now();
  Clock::time_point last_saved{}, last_called{};

  void tell_fault(const std::string& why) {
    // Once for each reason, not for each attempt.
    if (why == last_fault) return;
    last_fault = why;
    log.write(LogLine("policy_cluster_fails", Weight::fault).add("why", why));
  }

  Result<std::unique_ptr<Session>> begin() {
    auto connection =
        Connection::open(options.cluster, fmt::format("postern gate {}", options.gate));
    if (!connection) return tl::unexpected(connection.error());
    auto session = std::make_unique<Session>(std::move(*connection));
    const auto last = session->policy.last_revision();
    if (!last) return tl::unexpected(last.error());
    if (!*last) {
      return fail("has no policy yet", session->connection->address(),
                  "push a tenant: postern policy push");
    }
    session->last = **last;
    const auto which = session->policy.newest(incarnation_key);
    if (!which) return tl::unexpected(which.error());
    session->incarnation = *which ? (*which)->value : "";
    if (auto planned = read_plan(*session); !planned) return tl::unexpected(planned.error());
    if (auto watched = watch(*session); !watched) return tl::unexpected(watched.error());
    return session;
  }

  Result<void> read_plan(Session& session) {
    const auto there = session.rollout.last_revision();
    if (!there) return tl::unexpected(there.error());
    if (!*there) return {};
    const auto entry = session.rollout.newest(plan_key);
    if (!entry) return tl::unexpected(entry.error());
    if (*entry && !(*entry)->removed) {
      const auto plan = read_rollout((*entry)->value);
      if (!plan) return tl::unexpected(plan.error());
      session.plan = *plan;
    }
    auto plans =
        Watch::open(*session.connection, rollout_bucket, plan_key, {}, [this] { bell.ring(); });
    if (!plans) return tl::unexpected(plans.error());
    session.plans = std::move(*plans);
    return {};
  }

  Result<void> watch(Session& session) {
    const std::uint64_t limit = session.plan.limit_for(options.gate);
    session.stage = Stage(limit);
    // A bucket that was made anew, or put back from an older copy, is read whole; so is one of
    // which more is in force than this gate may have.
    session.full = read_all || revision == 0 || session.incarnation != incarnation ||
                   session.last < revision || limit < newest_in_force();
    using Kind = WatchFrom::Kind;
    const WatchFrom from = !session.full              ? WatchFrom{Kind::revision, revision + 1}
                           : limit == Rollout::latest ? WatchFrom{Kind::newest}
                                                      : WatchFrom{Kind::whole};
    auto tenants = Watch::open(*session.connection, policy_bucket, tenant_key("*"), from,
                               [this] { bell.ring(); });
    if (!tenants) return tl::unexpected(tenants.error());
    session.tenants = std::move(*tenants);
    return {};
  }

  std::uint64_t newest_in_force() {
    const std::lock_guard lock(mutex);
    std::uint64_t newest = 0;
    for (const std::string& id : fleet.ids())
      newest = std::max(newest, fleet.revision_of(id));
    return newest;
  }

  // Takes what came. False where the session must begin anew.
  bool advance(Session& session) {
    bool new_plan = false;
    if (session.plans) {
      for (const Entry& entry : session.plans->take()) {
        const auto plan = entry.removed ? Result<Rollout>(Rollout{}) : read_rollout(entry.value);
        if (!plan) {
          tell_fault(plan.error().line());
          continue;
        }
        new_plan = new_plan || *plan != session.plan;
        session.plan = *plan;
      }
    }
    const std::uint64_t limit = session.plan.limit_for(options.gate);
    if (limit < session.stage.limit() && limit < newest_in_force()) {
      read_all = true;
      return false;
    }
    if (limit != session.stage.limit()) session.stage.set_limit(limit);
    // Asked first: what comes between the two is taken as well.
    const bool all_there = session.tenants->caught_up();
    bool came = false;
    for (Entry& entry : session.tenants->take()) {
      session.seen = std::max(session.seen, entry.revision);
      const std::string id(tenant_id_of(entry.key));
      if (id.empty()) continue;
      came = true;
      session.stage.add({id, entry.revision,
                         entry.removed ? std::nullopt : std::optional(std::move(entry.value))});
    }
    if (!session.complete && !all_there) return true;
    const bool first = !session.complete;
    session.complete = true;
    if (first || came || new_plan) apply(session, first && session.full);
    return true;
  }

  // What is not in force as it should be: ID and why, in the order of IDs.
  std::vector<std::pair<std::string, std::string>> not_in_force() const {
    std::map<std::string, std::string> out = out_of_reach.why();
    for (const auto& [id, fault] : fleet.faults())
      out[id] = fmt::format("of revision {}: {}", fault.revision, fault.why);
    return {out.begin(), out.end()};
  }

  // Each once, until it is over.
  void tell_tenants() {
    constexpr std::size_t most = 20;  // at once
    std::vector<std::pair<std::string, std::string>> faults;
    {
      const std::lock_guard lock(mutex);
      faults = not_in_force();
    }
    std::set<std::string> now;
    std::size_t told = 0;
    for (const auto& [id, why] : faults) {
      std::string line = fmt::format("{} {}", id, why);
      if (!told_tenants.contains(line) && ++told <= most) {
        log.write(LogLine("policy_not_in_force", Weight::fault).add("tenant", id).add("why", why));
      }
      now.insert(std::move(line));
    }
    told_tenants = std::move(now);
  }

  // Of a bucket that was read whole: tenants in force of which it knows nothing. One of which it
  // knows only what waits stays: out_of_reach tells of it.
  void add_missing(const Session& session, std::vector<TenantChange>& changes) {
    std::set<std::string> known;
    for (const TenantChange& change : changes)
      known.insert(change.id);
    const std::lock_guard lock(mutex);
    for (const std::string& id : fleet.ids()) {
      if (!known.contains(id) && !session.stage.waits(id)) {
        changes.push_back({id, std::max(session.last, session.seen), std::nullopt});
      }
    }
    fleet.yield(session.incarnation != incarnation);
  }

  // A gate that starts anew has no last good form of a tenant whose newest is faulty: the bucket
  // may. True where one is in force now.
  bool fall_back(Session& session) {
    std::vector<std::string> without;
    {
      const std::lock_guard lock(mutex);
      for (const auto& [id, fault] : fleet.faults()) {
        if (!fleet.has(id) && tried.insert({id, fault.revision}).second) without.push_back(id);
      }
    }
    bool changed = false;
    for (const std::string& id : without) {
      auto forms = session.policy.history(tenant_key(id));
      if (!forms) {
        tell_fault(forms.error().line());
        tried.clear();
        continue;
      }
      const std::lock_guard lock(mutex);
      for (auto form = forms->rbegin(); form != forms->rend(); ++form) {
        if (form->removed) break;  // what was before is no form of this one
        if (form->revision > session.stage.limit()) continue;
        if (!fleet.fall_back({id, form->revision, std::move(form->value)})) continue;
        changed = true;
        break;
      }
    }
    return changed;
  }

  void apply(Session& session, bool whole) {
    std::vector<TenantChange> changes = session.stage.take();
    if (whole) {
      if (session.incarnation != incarnation) guard = {};
      add_missing(session, changes);
      revision = 0;
    }
    incarnation = session.incarnation;
    sift(session, changes);
    const std::size_t count = changes.size();
    const auto began = Clock::now();
    bool changed = false;
    std::vector<Error> contradictions;
    Judgement judgement;
    {
      const std::lock_guard lock(mutex);
      changed = fleet.apply(std::move(changes));
    }
    changed = fall_back(session) || changed;
    {
      const std::lock_guard lock(mutex);
      out_of_reach.look(session.stage, fleet);
      changed = fleet.await(out_of_reach.domains()) || changed;
      if (changed || !current) {
        auto made = fleet.judgement(settings);
        if (made) {
          judgement = std::move(*made);
          retired.push_back(std::exchange(current, judgement));
        } else {
          contradictions = made.error();
        }
      }
      note_revision(session);
      // Under the lock, so that judgements are taken in the order in which they were made.
      if (judgement && take) take(judgement);
    }
    for (const Error& each : contradictions)
      tell_fault(each.line());
    tell_tenants();
    read_all = false;
    unsaved = unsaved || count > 0 || whole;
    last_called = {};
    if (!judgement) return;
    log.write(LogLine("policy_taken")
                  .add("revision", static_cast<std::int64_t>(revision))
                  .add("tenants", counts.tenants.value())
                  .add("changes", static_cast<std::int64_t>(count))
                  .add("milliseconds", static_cast<std::int64_t>(
                                           std::chrono::duration_cast<std::chrono::milliseconds>(
                                               Clock::now() - began)
                                               .count())));
  }

  void sift(const Session& session, std::vector<TenantChange>& changes) {
    std::size_t in_force = 0;
    std::size_t added = 0;
    {
      const std::lock_guard lock(mutex);
      in_force = fleet.size();
      // Marks of tenants that are not here say nothing.
      std::erase_if(changes, [&](const TenantChange& change) {
        return !change.value && !fleet.has(change.id);
      });
      for (const TenantChange& change : changes)
        added += change.value && !fleet.has(change.id) ? 1 : 0;
    }
    const std::size_t before = guard.held().size();
    guard.sift(changes, in_force, added, session.plan, session.incarnation);
    if (guard.held().size() > before) {
      log.write(LogLine("policy_removals_held", Weight::fault)
                    .add("tenants", static_cast<std::int64_t>(guard.held().size()))
                    .add("of", static_cast<std::int64_t>(in_force))
                    .add("what_to_do", "if they are meant: postern policy rollout --confirm"));
    }
  }

  // A restart begins behind what is in force, and before what waits.
  void note_revision(const Session& session) {
    const std::uint64_t looked_at = std::max(session.seen, std::max(session.last, revision));
    const std::uint64_t open = std::min(session.stage.first_waiting(), guard.first_held());
    revision = open == UINT64_MAX ? looked_at : open - 1;
    counts.revision.set(static_cast<std::int64_t>(revision));
    counts.tenants.set(static_cast<std::int64_t>(fleet.size()));
    counts.held_back.set(static_cast<std::int64_t>(not_in_force().size()));
  }

  void tell_age() {
    counts.age.set(
        std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - last_current).count());
  }

  void save(bool at_once) {
    if (!unsaved || (!at_once && Clock::now() - last_saved < options.snapshot_every)) return;
    last_saved = Clock::now();
    Snapshot snapshot{
        .incarnation = incarnation, .revision = revision, .tenants = {}, .awaited = {}};
    {
      const std::lock_guard lock(mutex);
      snapshot.tenants = fleet.values();
      snapshot.awaited = fleet.awaited();
      // What could not be taken is read again by the next start: it may be of a newer version, and
      // the start of that version.
      for (const auto& [id, fault] : fleet.faults())
        snapshot.revision = std::min(snapshot.revision, fault.revision - 1);
    }
    if (const auto saved = write_snapshot(options.cluster.snapshot, snapshot); !saved) {
      log.write(LogLine("policy_snapshot_fails", Weight::fault).add("why", saved.error().line()));
      return;
    }
    unsaved = false;
  }

  void answer_roll_call(Session& session) {
    if (Clock::now() - last_called < options.roll_call) return;
    last_called = Clock::now();
    GateState state{.gate = options.gate,
                    .version = options.version,
                    .revision = revision,
                    .tenants = static_cast<std::uint64_t>(counts.tenants.value()),
                    .when = unix_now(),
                    .waiting = options.waiting ? options.waiting() : -1,
                    .faults = {}};
    constexpr std::size_t most = 20;
    {
      const std::lock_guard lock(mutex);
      for (const auto& [id, why] : not_in_force()) {
        if (state.faults.size() == most) break;
        state.faults.push_back(fmt::format("{} {}", id, why));
      }
    }
    if (!guard.held().empty()) {
      state.faults.push_back(
          fmt::format("{} tenants would go, and nobody confirmed it", guard.held().size()));
    }
    if (const auto told = session.gates.put(state_key(options.gate), write_state(state)); !told) {
      tell_fault(told.error().line());
    }
  }

  // Until the connection is lost, or the end.
  void follow(Session& session) {
    while (!bell.ending() && session.connection->alive()) {
      if (bell.wait(std::chrono::milliseconds(500))) bell.rest(options.join);
      if (bell.ending()) break;
      if (!advance(session)) return;
      if (session.complete) {
        last_current = Clock::now();
        answer_roll_call(session);
      }
      tell_age();
      save(false);
      std::erase_if(retired, [](const Judgement& old) { return old.use_count() <= 1; });
    }
  }

  void run() {
    std::random_device chance;
    Backoff pause(options.least_pause, options.most_pause, chance());
    while (!bell.ending()) {
      // What the start was told, also where no server answers from then on.
      save(false);
      auto session = begin();
      if (session) {
        pause.reset();
        last_fault.clear();
        log.write(LogLine("policy_cluster_answers")
                      .add("server", (*session)->connection->address())
                      .add("version", (*session)->connection->server().version));
        follow(**session);
        if (!bell.ending() && !(*session)->connection->alive()) {
          tell_fault((*session)->connection->address() + ": lost");
        }
        if (read_all) continue;
      } else {
        tell_fault(session.error().line());
      }
      tell_age();
      bell.rest(pause.next());
    }
    save(true);
  }

  // Where there is no snapshot: until the servers have told everything, or the time is over.
  Result<void> first_load() {
    const auto until = Clock::now() + options.first_answer;
    std::optional<Error> why;
    std::random_device chance;
    Backoff pause(options.least_pause, options.most_pause, chance());
    while (Clock::now() < until) {
      auto session = begin();
      if (!session) {
        why = session.error();
        if (!options.patient) break;
        tell_fault(why->line());
        bell.rest(std::min(pause.next(), std::chrono::milliseconds(2000)));
        continue;
      }
      while (Clock::now() < until && (*session)->connection->alive()) {
        advance(**session);
        if ((*session)->complete) return {};
        bell.wait(std::chrono::milliseconds(100));
      }
      why = Error{"did not tell the whole policy in time", (*session)->connection->address(), ""};
    }
    return tl::unexpected(*why);
  }

  bool load_snapshot() {
    const std::string& path = options.cluster.snapshot;
    struct stat found {};
    if (::stat(path.c_str(), &found) != 0) return false;
    auto snapshot = read_snapshot(path);
    if (!snapshot) {
      log.write(
          LogLine("policy_snapshot_fails", Weight::fault).add("why", snapshot.error().line()));
      return false;
    }
    incarnation = snapshot->incarnation;
    revision = snapshot->revision;
    const std::lock_guard lock(mutex);
    fleet.apply(std::move(snapshot->tenants));
    fleet.await(std::move(snapshot->awaited));
    counts.revision.set(static_cast<std::int64_t>(revision));
    counts.tenants.set(static_cast<std::int64_t>(fleet.size()));
    return fleet.size() > 0;
  }
};

ClusterPolicy::ClusterPolicy(PolicyOptions options, gate::PolicyCounts& counts, gate::EventLog& log)
    : follower_(std::make_unique<Follower>(std::move(options), counts, log)) {}

ClusterPolicy::~ClusterPolicy() {
  stop();
}

tl::expected<Judgement, std::vector<Error>> ClusterPolicy::load(const judge::Settings& settings) {
  using Errors = std::vector<Error>;
  Follower& f = *follower_;
  bool first = false;
  {
    const std::lock_guard lock(f.mutex);
    first = f.current == nullptr;
    if (first) f.settings = settings;
    f.loaded = settings;
  }
  if (first && !f.load_snapshot()) {
    if (const auto loaded = f.first_load(); !loaded) {
      Error why = loaded.error();
      why.what += fmt::format(", and there is no snapshot at {}", f.options.cluster.snapshot);
      return tl::unexpected(Errors{why});
    }
    const std::lock_guard lock(f.mutex);
    if (f.current && f.fleet.size() > 0) return f.current;
  }
  const std::lock_guard lock(f.mutex);
  if (f.fleet.size() == 0 && !f.out_of_reach.why().empty()) {
    const auto& [id, why] = *f.out_of_reach.why().begin();
    return tl::unexpected(
        Errors{{fmt::format("no tenant may be in force here: {} {}", id, why),
                f.options.cluster.servers.front(), "move it: postern policy rollout --stable"}});
  }
  if (f.fleet.size() == 0) {
    return tl::unexpected(
        Errors{{"the cluster's policy holds no tenant that is good",
                f.options.cluster.servers.front(), "push one: postern policy push"}});
  }
  auto made = f.fleet.judgement(settings);
  if (made && first) f.current = *made;
  return made;
}

void ClusterPolicy::settle() {
  Follower& f = *follower_;
  const std::lock_guard lock(f.mutex);
  f.settings = f.loaded;
  // Tenants may have changed since, and one that was judged by the earlier settings is on its way.
  auto made = f.fleet.judgement(f.settings);
  if (!made) return;
  f.current = std::move(*made);
  if (f.take) f.take(f.current);
}

void ClusterPolicy::follow(std::function<void(Judgement)> take) {
  follower_->take = std::move(take);
  follower_->thread = std::thread([this] { follower_->run(); });
}

void ClusterPolicy::stop() {
  follower_->bell.end();
  if (follower_->thread.joinable()) follower_->thread.join();
}

}  // namespace postern::cluster
