// What must hold for all inputs, tried on many random submissions to random small tenants.
#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "policy/policy.hpp"
#include "policy/testing/naive_rule.hpp"
#include "policy/testing/random_world.hpp"

namespace postern::policy {
namespace {

std::string shown(const Verdict& v) {
  std::string out(name_of(v.action));
  out.append(" ").append(name_of(v.reason));
  out += ", connector " + (v.connector == no_connector ? "none" : std::to_string(v.connector));
  out += ", tenant " + (v.tenant == no_tenant ? "none" : std::to_string(v.tenant));
  for (const std::string_view fact : names_of(v.missing))
    out.append(", missing ").append(fact);
  for (const std::string_view note : sentences_of(v.notes))
    out.append(", note: ").append(note);
  return out;
}

// What the steps of one decision must look like, whatever it was.
void check_steps(const Trace& trace, const Verdict& verdict) {
  ASSERT_FALSE(trace.steps().empty());
  Fact missing = Fact::none;
  for (const Step& step : trace.steps()) {
    const bool last = &step == &trace.steps().back();
    const bool unknown = step.answer == Step::Answer::unknown;
    ASSERT_EQ(unknown, step.clause != "recipient" && step.missing != Fact::none) << step.clause;
    ASSERT_FALSE(unknown && last) << step.clause;
    ASSERT_FALSE(step.answer == Step::Answer::yes && !last) << step.clause;
    missing |= step.missing;
  }
  if (verdict.action == Action::undetermined && verdict.tenant != no_tenant) {
    ASSERT_EQ(missing, verdict.missing);
  }
  if (verdict.action != Action::undetermined) {
    ASSERT_EQ(name_of(trace.steps().back().leads_to), name_of(verdict.reason));
  }
}

TEST(Properties, TheCompiledPolicyAgreesWithTheNaiveOne) {
  RandomWorld world(20260701);
  std::array<int, 20> reasons{};
  Note notes = Note::none;
  for (int round = 0; round < 2500; ++round) {
    const auto tenants = world.exported(world.tenants());
    const auto policy = Policy::compile(tenants);
    ASSERT_TRUE(policy) << policy.error().front().line();
    for (int i = 0; i < 80; ++i) {
      Submission s = world.submission();
      if (i % 2 == 0) s = world.forget(s);
      if (i % 4 < 2) world.record_anything(s);
      const Verdict naive = decide_naively(tenants, s);
      ASSERT_EQ(shown(decide(*policy, s)), shown(naive)) << round << ' ' << i;
      Trace trace;
      ASSERT_EQ(shown(decide(*policy, s, trace)), shown(naive)) << round << ' ' << i;
      check_steps(trace, naive);
      ++reasons[static_cast<std::size_t>(naive.reason)];
      notes |= naive.notes;
    }
  }
  // The random world must reach every outcome and every mark, or agreement means little.
  for (std::size_t i = 0; i <= static_cast<std::size_t>(Reason::missing_facts); ++i) {
    EXPECT_GT(reasons[i], 100) << name_of(static_cast<Reason>(i));
  }
  EXPECT_EQ(sentences_of(notes).size(), 10u);
}

TEST(Properties, ASwitchTurnedForAllIsEachTenantsOwn) {
  RandomWorld world(6);
  for (int round = 0; round < 1000; ++round) {
    auto tenants = world.exported(world.tenants());
    const bool on = world.chance(50);
    const Policy turned = Policy::compile(tenants)->with_reject_direct_send(on);
    for (Tenant& tenant : tenants)
      tenant.reject_direct_send = on ? RejectDirectSend::on : RejectDirectSend::off;
    for (int i = 0; i < 20; ++i) {
      const Submission s = world.forget(world.submission());
      ASSERT_EQ(shown(decide(turned, s)), shown(decide_naively(tenants, s))) << round << ' ' << i;
    }
  }
}

TEST(Properties, ASenderOutsideTheAcceptedDomainsIsNeverRefusedAsDirectSend) {
  RandomWorld world(3);
  for (int round = 0; round < 1000; ++round) {
    const auto tenants = world.tenants();
    const auto policy = Policy::compile(tenants);
    ASSERT_TRUE(policy);
    for (int i = 0; i < 50; ++i) {
      const Submission s = world.forget(world.submission());
      if (s.reverse_path.state == ReversePath::State::address &&
          policy->owner_of(s.reverse_path.domain) == no_tenant) {
        ASSERT_NE(decide(*policy, s).reason, Reason::direct_send_rejected);
      }
    }
  }
}

TEST(Properties, AnUnrestrictedConnectorNeverTurnsAnAcceptIntoAReject) {
  RandomWorld world(4);
  int changed = 0;
  for (int round = 0; round < 1500; ++round) {
    auto tenants = world.tenants();
    const auto before = Policy::compile(tenants);
    ASSERT_TRUE(before);
    InboundConnector added = world.connector("added", Cloud::worldwide);
    added.enabled = true;
    added.require_tls = added.restrict_domains_to_certificate =
        added.restrict_domains_to_ip_addresses = false;
    tenants[world.below(tenants.size())].inbound_connectors.push_back(std::move(added));
    const auto after = Policy::compile(tenants);
    ASSERT_TRUE(after);
    for (int i = 0; i < 50; ++i) {
      const Submission s = world.submission();
      const Action then = decide(*before, s).action;
      const Action now = decide(*after, s).action;
      if (then == Action::accept) {
        ASSERT_EQ(name_of(now), "accept") << round << ' ' << i;
      }
      changed += then != now ? 1 : 0;
    }
  }
  EXPECT_GT(changed, 100) << "connectors must matter in this world";
}

TEST(Properties, TurningTheSwitchOnOnlyAddsDirectSendRejections) {
  RandomWorld world(5);
  for (int round = 0; round < 1000; ++round) {
    const auto policy = Policy::compile(world.tenants());
    ASSERT_TRUE(policy);
    const Policy off = policy->with_reject_direct_send(false);
    const Policy on = policy->with_reject_direct_send(true);
    for (int i = 0; i < 50; ++i) {
      const Submission s = world.submission();
      const Verdict a = decide(off, s);
      const Verdict b = decide(on, s);
      ASSERT_NE(a.reason, Reason::direct_send_rejected);
      if (a.action != b.action) {
        ASSERT_EQ(name_of(a.reason), "direct_send_allowed");
        ASSERT_EQ(name_of(b.reason), "direct_send_rejected");
      }
    }
  }
}

}  // namespace
}  // namespace postern::policy
