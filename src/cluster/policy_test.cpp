// An administrator's store and the sources of two gates, over a server of their own on loopback.
#include "policy/policy.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "cluster/connection.hpp"
#include "cluster/fleet.hpp"
#include "cluster/policy_source.hpp"
#include "cluster/policy_store.hpp"
#include "cluster/snapshot.hpp"
#include "cluster/testing/over_a_server.hpp"
#include "cluster/testing/tenants.hpp"
#include "judge/judge.hpp"

namespace postern::cluster {
namespace {

using testing::NatsServer;
using Milliseconds = std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

UnixTime no_time() {
  return 0;
}

// A gate, as far as its policy goes.
class Gate {
 public:
  Gate(const NatsServer& server, const std::string& name)
      : log_(-1, no_time), source_(options(server, name), counts, log_) {}
  ~Gate() { source_.stop(); }

  bool load() {
    auto judge = source_.load(settings_);
    if (!judge) why = judge.error().front().line();
    if (judge) take(std::move(*judge));
    return judge.has_value();
  }
  // A reload whose settings are judged, and which then fails for another reason.
  bool fails_to_reload(const judge::Settings& settings) {
    return source_.load(settings).has_value();
  }
  void settle() { source_.settle(); }
  void follow() {
    source_.follow([this](gate::PolicySource::Judgement judge) { take(std::move(judge)); });
  }
  void stop() { source_.stop(); }
  gate::PolicySource::Judgement judge() {
    const std::lock_guard lock(mutex_);
    return judge_;
  }
  // The tenant that recipients at the domain belong to.
  std::string owner(const std::string& domain) {
    const auto now = judge();
    if (!now) return "nobody judges";
    const auto tenant = now->policy().owner_of(domain);
    return tenant == policy::no_tenant ? "" : std::string(now->policy().tenant_name(tenant));
  }
  bool comes_to(const std::string& domain, const std::string& expected,
                Milliseconds most = Milliseconds(10000)) {
    const auto until = Clock::now() + most;
    std::unique_lock lock(mutex_);
    for (;;) {
      lock.unlock();
      const bool there = owner(domain) == expected;
      lock.lock();
      if (there) return true;
      if (changed_.wait_until(lock, until) == std::cv_status::timeout) {
        lock.unlock();
        return owner(domain) == expected;
      }
    }
  }

  gate::PolicyCounts counts;
  std::string why;

 private:
  static PolicyOptions options(const NatsServer& server, const std::string& name) {
    PolicyOptions options;
    options.cluster = server.settings();
    options.cluster.snapshot = server.folder() + "/" + name + ".snapshot";
    options.gate = name;
    options.version = "test";
    options.first_answer = Milliseconds(5000);
    options.join = Milliseconds(20);
    options.least_pause = Milliseconds(50);
    options.most_pause = Milliseconds(200);
    options.snapshot_every = Milliseconds(100);
    options.roll_call = Milliseconds(200);
    return options;
  }
  void take(gate::PolicySource::Judgement judge) {
    const std::lock_guard lock(mutex_);
    judge_ = std::move(judge);
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  gate::PolicySource::Judgement judge_;
  judge::Settings settings_;
  gate::EventLog log_;
  ClusterPolicy source_;
};

class ClusterPolicyLive : public testing::OverAServer {
 protected:
  void SetUp() override {
    OverAServer::SetUp();
    if (!ready()) return;
    open_store();
    const auto made = store_->make(1);
    ASSERT_TRUE(made) << made.error().line();
  }
  // Anew after a server that was killed.
  void open_store() {
    store_.reset();
    auto opened = PolicyStore::open(server_->settings(), "admin");
    ASSERT_TRUE(opened) << opened.error().line();
    store_ = std::make_unique<PolicyStore>(std::move(*opened));
  }

  // Pushes over whatever is there. 0: refused.
  std::uint64_t push(const std::string& id, const std::vector<std::string>& domains) {
    const auto there = store_->newest(id);
    EXPECT_TRUE(there) << there.error().line();
    return push_over(id, domains, there && *there ? (*there)->revision : 0);
  }
  std::uint64_t push_over(const std::string& id, const std::vector<std::string>& domains,
                          std::uint64_t expected) {
    const auto value = testing::tenant_value(id, domains);
    const auto now = configuration_of(write_tenant_value(value), id);
    EXPECT_TRUE(now) << now.error().front().line();
    const auto pushed = store_->push(id, value, now->tenant, expected);
    if (!pushed) why_ = pushed.error().line();
    return pushed ? pushed->revision : 0;
  }
  std::uint64_t remove(const std::string& id) {
    const auto there = store_->newest(id).value();
    const auto removed = store_->remove(id, there->revision);
    EXPECT_TRUE(removed) << removed.error().line();
    return removed ? *removed : 0;
  }
  void plan(const std::function<void(Rollout&)>& change) {
    auto there = store_->plan();
    ASSERT_TRUE(there);
    change(there->plan);
    const auto set = store_->set_plan(*there);
    ASSERT_TRUE(set) << set.error().line();
  }

  // The first fault that a gate tells of itself; empty: none within ten seconds.
  std::string fault_of(const std::string& gate) {
    for (int i = 0; i < 200; ++i) {
      const auto gates = store_->roll_call().value();
      for (const GateState& state : gates) {
        if (state.gate == gate && !state.faults.empty()) return state.faults.front();
      }
      std::this_thread::sleep_for(Milliseconds(50));
    }
    return {};
  }

  std::unique_ptr<PolicyStore> store_;
  std::string why_;
};

TEST_F(ClusterPolicyLive, APushIsInForceAtEveryGate) {
  ASSERT_NE(push("contoso", {"contoso.example"}), 0u);
  Gate one(*server_, "one"), two(*server_, "two");
  ASSERT_TRUE(one.load()) << one.why;
  ASSERT_TRUE(two.load()) << two.why;
  EXPECT_EQ(one.owner("contoso.example"), "contoso");
  one.follow();
  two.follow();
  const auto revision = push("fabrikam", {"fabrikam.example"});
  EXPECT_TRUE(one.comes_to("fabrikam.example", "fabrikam"));
  EXPECT_TRUE(two.comes_to("fabrikam.example", "fabrikam"));
  EXPECT_EQ(one.owner("contoso.example"), "contoso");
  push("contoso", {"contoso.example", "contoso.test"});
  EXPECT_TRUE(two.comes_to("contoso.test", "contoso"));
  EXPECT_GT(two.counts.revision.value(), static_cast<std::int64_t>(revision));
  // Who has taken what, as an administrator hears it.
  std::vector<GateState> gates;
  for (int i = 0; i < 100 && gates.size() < 2; ++i) {
    std::this_thread::sleep_for(Milliseconds(50));
    gates = store_->roll_call().value();
  }
  ASSERT_EQ(gates.size(), 2u);
  EXPECT_EQ(gates[0].gate, "one");
  EXPECT_EQ(gates[0].version, "test");
}

TEST_F(ClusterPolicyLive, ADomainBelongsToOneTenantAndADroppedOneIsFree) {
  ASSERT_NE(push("contoso", {"contoso.example", "shared.example"}), 0u);
  EXPECT_EQ(push("fabrikam", {"fabrikam.example", "shared.example"}), 0u);
  EXPECT_NE(why_.find("shared.example is tenant contoso's"), std::string::npos) << why_;
  EXPECT_FALSE(store_->newest("fabrikam").value()) << "nothing of it is there";
  EXPECT_NE(push("tailspin", {"fabrikam.example"}), 0u) << "what it claimed first is free again";
  EXPECT_NE(push("contoso", {"contoso.example"}), 0u);
  EXPECT_NE(push("fabrikam", {"shared.example"}), 0u) << why_;
}

TEST_F(ClusterPolicyLive, WhoSawAnOlderRevisionChangesNothing) {
  const auto first = push("contoso", {"contoso.example"});
  ASSERT_NE(push("contoso", {"contoso.example", "second.example"}), 0u);
  EXPECT_EQ(push_over("contoso", {"third.example"}, first), 0u);
  EXPECT_NE(why_.find("somebody changed tenant contoso meanwhile"), std::string::npos) << why_;
  EXPECT_NE(push("fabrikam", {"third.example"}), 0u) << "its claim was let go: " << why_;
  EXPECT_EQ(push_over("contoso", {"contoso.example"}, 0), 0u) << "it is there already";
}

TEST_F(ClusterPolicyLive, HistoryHoldsWhatATenantWas) {
  const auto first = push("contoso", {"contoso.example"});
  push("contoso", {"contoso.example", "second.example"});
  remove("contoso");
  const auto kept = store_->history("contoso").value();
  ASSERT_EQ(kept.size(), 3u);
  EXPECT_EQ(kept[0].revision, first);
  EXPECT_EQ(configuration_of(kept[0].value, "contoso")->tenant.accepted_domains.size(), 1u);
  EXPECT_TRUE(kept[2].removed);
  EXPECT_TRUE(store_->all()->empty());
  EXPECT_NE(push("contoso", {"contoso.example"}), 0u);
}

TEST_F(ClusterPolicyLive, AGateServesFromItsSnapshotWhileNoServerIsThereAndCatchesUp) {
  push("contoso", {"contoso.example"});
  push("fabrikam", {"fabrikam.example"});
  {
    Gate gate(*server_, "one");
    ASSERT_TRUE(gate.load()) << gate.why;
    gate.follow();
    push("contoso", {"contoso.example", "late.example"});
    ASSERT_TRUE(gate.comes_to("late.example", "contoso"));
  }
  push("fabrikam", {"fabrikam.example", "missed.example"});
  server_->kill();
  Gate gate(*server_, "one");
  ASSERT_TRUE(gate.load()) << gate.why;
  EXPECT_EQ(gate.owner("late.example"), "contoso");
  EXPECT_EQ(gate.owner("fabrikam.example"), "fabrikam");
  EXPECT_EQ(gate.owner("missed.example"), "");
  gate.follow();
  std::this_thread::sleep_for(Milliseconds(1500));
  EXPECT_GE(gate.counts.age.value(), 1);
  ASSERT_TRUE(server_->restart());
  EXPECT_TRUE(gate.comes_to("missed.example", "fabrikam", Milliseconds(20000)));
}

// A reload that fails leaves everything as it is: tenants are judged by the settings in force.
TEST_F(ClusterPolicyLive, AReloadThatFailsChangesNothing) {
  push("contoso", {"contoso.example"});
  Gate gate(*server_, "one");
  ASSERT_TRUE(gate.load()) << gate.why;
  gate.follow();
  const auto before = gate.judge();
  judge::Settings observing;
  observing.mode = judge::Mode::observe;
  ASSERT_TRUE(gate.fails_to_reload(observing));
  EXPECT_EQ(gate.judge(), before);
  push("fabrikam", {"fabrikam.example"});
  ASSERT_TRUE(gate.comes_to("fabrikam.example", "fabrikam"));
  EXPECT_EQ(gate.judge()->settings().mode, judge::Settings{}.mode);
  // And one that does not.
  ASSERT_TRUE(gate.fails_to_reload(observing));
  gate.settle();
  EXPECT_EQ(gate.judge()->settings().mode, judge::Mode::observe);
  push("adatum", {"adatum.example"});
  ASSERT_TRUE(gate.comes_to("adatum.example", "adatum"));
  EXPECT_EQ(gate.judge()->settings().mode, judge::Mode::observe);
}

// Of a connection that was lost, nothing is waited for.
TEST_F(ClusterPolicyLive, AKilledServerThatComesBackIsFollowedAtOnce) {
  push("contoso", {"contoso.example"});
  Gate gate(*server_, "one");
  ASSERT_TRUE(gate.load()) << gate.why;
  gate.follow();
  ASSERT_NE(push("fabrikam", {"fabrikam.example"}), 0u);
  ASSERT_TRUE(gate.comes_to("fabrikam.example", "fabrikam"));
  server_->kill();
  ASSERT_TRUE(server_->restart());
  open_store();
  ASSERT_NE(push("adatum", {"adatum.example"}), 0u) << why_;
  EXPECT_TRUE(gate.comes_to("adatum.example", "adatum", Milliseconds(5000)));
}

// It may be of a newer version, and the next start be that version's.
TEST_F(ClusterPolicyLive, AFaultyTenantIsReadAgainByTheNextStart) {
  push("contoso", {"contoso.example"});
  const auto vandal = connected();
  ASSERT_TRUE(vandal);
  Bucket bucket(*vandal, policy_bucket);
  {
    Gate gate(*server_, "one");
    ASSERT_TRUE(gate.load()) << gate.why;
    gate.follow();
    ASSERT_TRUE(bucket.put(tenant_key("contoso"), "nonsense"));
    push("fabrikam", {"fabrikam.example"});
    ASSERT_TRUE(gate.comes_to("fabrikam.example", "fabrikam"));
    ASSERT_EQ(gate.counts.held_back.value(), 1);
  }
  Gate gate(*server_, "one");
  ASSERT_TRUE(gate.load()) << gate.why;
  EXPECT_EQ(gate.owner("contoso.example"), "contoso");
  gate.follow();
  push("adatum", {"adatum.example"});
  ASSERT_TRUE(gate.comes_to("adatum.example", "adatum"));
  EXPECT_EQ(gate.counts.held_back.value(), 1);
}

TEST_F(ClusterPolicyLive, WithoutSnapshotAndServerAGateDoesNotStart) {
  push("contoso", {"contoso.example"});
  server_->kill();
  Gate gate(*server_, "one");
  EXPECT_FALSE(gate.load());
  EXPECT_NE(gate.why.find("there is no snapshot"), std::string::npos) << gate.why;
}

TEST_F(ClusterPolicyLive, AnEmptyPolicyServesNobody) {
  Gate gate(*server_, "one");
  EXPECT_FALSE(gate.load());
  EXPECT_NE(gate.why.find("holds no tenant"), std::string::npos) << gate.why;
}

TEST_F(ClusterPolicyLive, CanariesGoFirstAndTheOthersFollow) {
  const auto first = push("contoso", {"contoso.example"});
  plan([&](Rollout& rollout) {
    rollout.stable = first;
    rollout.canary = Rollout::latest;
    rollout.canary_gates = {"canary"};
  });
  Gate canary(*server_, "canary"), other(*server_, "other");
  ASSERT_TRUE(canary.load()) << canary.why;
  ASSERT_TRUE(other.load()) << other.why;
  canary.follow();
  other.follow();
  const auto second = push("contoso", {"contoso.example", "new.example"});
  EXPECT_TRUE(canary.comes_to("new.example", "contoso"));
  EXPECT_EQ(other.owner("new.example"), "");
  plan([&](Rollout& rollout) { rollout.stable = second; });
  EXPECT_TRUE(other.comes_to("new.example", "contoso"));
  // And back: stable is moved behind what is in force.
  plan([&](Rollout& rollout) {
    rollout.stable = first;
    rollout.canary_gates.clear();
  });
  EXPECT_TRUE(other.comes_to("new.example", ""));
  EXPECT_TRUE(canary.comes_to("new.example", ""));
  EXPECT_EQ(other.owner("contoso.example"), "contoso");
  // A gate that starts from nothing takes the stable revision too.
  Gate late(*server_, "late");
  ASSERT_TRUE(late.load()) << late.why;
  EXPECT_EQ(late.owner("new.example"), "");
  EXPECT_EQ(late.owner("contoso.example"), "contoso");
}

// The rollout stays at a revision, while a tenant is pushed more often than forms are kept.
TEST_F(ClusterPolicyLive, ATenantWhoseLastAllowedFormIsPushedOutIsAwaitedByAFreshGateAndTold) {
  push("contoso", {"contoso.example"});
  const auto stable = push("fabrikam", {"fabrikam.example"});
  plan([&](Rollout& rollout) { rollout.stable = stable; });
  Gate before(*server_, "before");
  ASSERT_TRUE(before.load()) << before.why;
  before.follow();
  for (int i = 0; i < 10; ++i)
    ASSERT_NE(push("contoso", {"contoso.example", "late" + std::to_string(i) + ".example"}), 0u);
  EXPECT_EQ(before.owner("contoso.example"), "contoso");
  {
    Gate fresh(*server_, "fresh");
    ASSERT_TRUE(fresh.load()) << fresh.why;
    EXPECT_EQ(fresh.owner("contoso.example"), "");
    EXPECT_TRUE(fresh.judge()->awaits("contoso.example"));
    EXPECT_EQ(fresh.owner("fabrikam.example"), "fabrikam");
    EXPECT_EQ(fresh.counts.held_back.value(), 1);
    fresh.follow();
    EXPECT_EQ(fault_of("fresh"), "contoso up to revision " + std::to_string(stable) +
                                     ": no such form is kept, and none is in force here");
  }
  // It starts anew while no server is there: its mail still waits.
  {
    server_->kill();
    Gate again(*server_, "fresh");
    ASSERT_TRUE(again.load()) << again.why;
    EXPECT_TRUE(again.judge()->awaits("contoso.example"));
    ASSERT_TRUE(server_->restart());
    open_store();
  }
  const auto forms = store_->oldest_forms().value();
  ASSERT_EQ(forms.size(), 2u);
  EXPECT_GT(forms[0].revision, stable) << "contoso";
  EXPECT_EQ(forms[1].revision, stable) << "fabrikam";
  // All goes out, and can't be taken back.
  plan([](Rollout& rollout) { rollout.stable = Rollout::latest; });
  ASSERT_TRUE(before.comes_to("late9.example", "contoso", Milliseconds(20000)));
  EXPECT_EQ(before.counts.held_back.value(), 0);
  plan([&](Rollout& rollout) { rollout.stable = stable; });
  EXPECT_NE(fault_of("before").find("can't be taken back; revision"), std::string::npos);
  EXPECT_EQ(before.owner("late9.example"), "contoso");
}

TEST_F(ClusterPolicyLive, RemovalsPastTheToolAreHeldUntilSomebodyConfirms) {
  for (const char* id : {"a", "b", "c", "d"})
    push(id, {std::string(id) + ".example"});
  Gate gate(*server_, "one");
  ASSERT_TRUE(gate.load()) << gate.why;
  gate.follow();
  const auto vandal = connected();
  ASSERT_TRUE(vandal);
  Bucket bucket(*vandal, policy_bucket);
  for (const char* id : {"a", "b", "c", "d"})
    ASSERT_TRUE(bucket.remove(tenant_key(id), bucket.newest(tenant_key(id)).value()->revision));
  push("e", {"e.example"});
  ASSERT_TRUE(gate.comes_to("e.example", "e"));
  EXPECT_EQ(gate.owner("a.example"), "a");
  EXPECT_EQ(gate.owner("d.example"), "d");
  // Nor does a restart forget them, or let them go.
  gate.stop();
  Gate again(*server_, "one");
  ASSERT_TRUE(again.load()) << again.why;
  again.follow();
  push("f", {"f.example"});
  ASSERT_TRUE(again.comes_to("f.example", "f"));
  EXPECT_EQ(again.owner("a.example"), "a");
  const auto confirming = store_->confirming();
  ASSERT_TRUE(confirming);
  ASSERT_TRUE(store_->set_plan(*confirming));
  EXPECT_TRUE(again.comes_to("a.example", ""));
  EXPECT_EQ(again.owner("e.example"), "e");
}

TEST_F(ClusterPolicyLive, ATenantTakenAwayByTheToolGoes) {
  push("contoso", {"contoso.example"});
  push("fabrikam", {"fabrikam.example"});
  Gate gate(*server_, "one");
  ASSERT_TRUE(gate.load()) << gate.why;
  gate.follow();
  remove("contoso");
  EXPECT_TRUE(gate.comes_to("contoso.example", ""));
  EXPECT_EQ(gate.owner("fabrikam.example"), "fabrikam");
}

// Whoever takes one tenant away has said nothing of those that went past the tool.
TEST_F(ClusterPolicyLive, TakingOneAwayByTheToolConfirmsNoOthers) {
  for (const char* id : {"a", "b", "c", "d"})
    push(id, {std::string(id) + ".example"});
  Gate gate(*server_, "one");
  ASSERT_TRUE(gate.load()) << gate.why;
  gate.follow();
  const auto vandal = connected();
  ASSERT_TRUE(vandal);
  Bucket bucket(*vandal, policy_bucket);
  for (const char* id : {"a", "b"})
    ASSERT_TRUE(bucket.remove(tenant_key(id), bucket.newest(tenant_key(id)).value()->revision));
  remove("c");
  ASSERT_TRUE(gate.comes_to("c.example", ""));
  push("e", {"e.example"});
  ASSERT_TRUE(gate.comes_to("e.example", "e"));
  EXPECT_EQ(gate.owner("a.example"), "a");
  EXPECT_EQ(gate.owner("b.example"), "b");
  EXPECT_FALSE(store_->newest("c").value()) << "what was taken away is not there";
}

// A cluster that lost everything, or another one under the same name.
TEST_F(ClusterPolicyLive, ABucketMadeAnewWithoutTenantsTakesNoneAway) {
  for (const char* id : {"a", "b", "c"})
    push(id, {std::string(id) + ".example"});
  {
    Gate gate(*server_, "one");
    ASSERT_TRUE(gate.load()) << gate.why;
    gate.follow();
    ASSERT_TRUE(gate.comes_to("c.example", "c"));
  }
  server_->kill();
  std::filesystem::remove_all(server_->folder() + "/data");
  ASSERT_TRUE(server_->restart());
  open_store();
  ASSERT_TRUE(store_->make(1));
  push("a", {"a.example", "more.example"});
  Gate gate(*server_, "one");
  ASSERT_TRUE(gate.load()) << gate.why;
  gate.follow();
  EXPECT_TRUE(gate.comes_to("more.example", "a"));
  EXPECT_EQ(gate.owner("b.example"), "b");
  EXPECT_EQ(gate.owner("c.example"), "c");
  ASSERT_TRUE(store_->set_plan(store_->confirming().value()));
  EXPECT_TRUE(gate.comes_to("b.example", ""));
  EXPECT_EQ(gate.owner("more.example"), "a");
}

TEST_F(ClusterPolicyLive, AFaultyTenantPushedPastTheToolIsToldAndHarmsNobody) {
  push("contoso", {"contoso.example"});
  push("fabrikam", {"fabrikam.example"});
  Gate gate(*server_, "one");
  ASSERT_TRUE(gate.load()) << gate.why;
  gate.follow();
  const auto vandal = connected();
  ASSERT_TRUE(vandal);
  Bucket bucket(*vandal, policy_bucket);
  ASSERT_TRUE(bucket.put(tenant_key("contoso"), "nonsense"));
  push("fabrikam", {"fabrikam.example", "late.example"});
  ASSERT_TRUE(gate.comes_to("late.example", "fabrikam"));
  EXPECT_EQ(gate.owner("contoso.example"), "contoso");
  EXPECT_EQ(gate.counts.held_back.value(), 1);
  std::vector<std::string> faults;
  for (int i = 0; i < 100 && faults.empty(); ++i) {
    std::this_thread::sleep_for(Milliseconds(50));
    const auto gates = store_->roll_call().value();
    for (const GateState& state : gates)
      faults = state.faults;
  }
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_TRUE(faults.front().starts_with("contoso of revision")) << faults.front();
  // Nor by a gate that starts from nothing, and never had its last good form.
  Gate fresh(*server_, "fresh");
  ASSERT_TRUE(fresh.load()) << fresh.why;
  EXPECT_EQ(fresh.owner("contoso.example"), "contoso");
  EXPECT_EQ(fresh.counts.held_back.value(), 1);
}

}  // namespace
}  // namespace postern::cluster
