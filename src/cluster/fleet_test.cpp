#include "cluster/fleet.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "cluster/out_of_reach.hpp"
#include "cluster/rollout.hpp"
#include "cluster/stage.hpp"
#include "cluster/testing/tenants.hpp"
#include "policy/policy.hpp"

namespace postern::cluster {
namespace {

using testing::tenant_value;

TenantChange pushed(const std::string& id, std::uint64_t revision,
                    const std::vector<std::string>& domains, bool rejects = true) {
  return {id, revision, write_tenant_value(tenant_value(id + ".example", domains, rejects))};
}
TenantChange removed(const std::string& id, std::uint64_t revision) {
  return {id, revision, std::nullopt};
}

// The tenant that a gate takes a domain to be of; empty: of none.
std::string owner(const judge::Judge& judge, const std::string& domain) {
  const auto tenant = judge.policy().owner_of(domain);
  return tenant == policy::no_tenant ? "" : std::string(judge.policy().tenant_name(tenant));
}
std::string owner(Fleet& fleet, const std::string& domain) {
  const auto judge = fleet.judgement({});
  EXPECT_TRUE(judge) << judge.error().front().line();
  return judge ? owner(**judge, domain) : "?";
}

TEST(ClusterFleet, EachTenantIsJudgedByItsNewest) {
  Fleet fleet;
  EXPECT_TRUE(fleet.apply({pushed("a", 1, {"a.example"}), pushed("b", 2, {"b.example"})}));
  EXPECT_EQ(owner(fleet, "a.example"), "a.example");
  EXPECT_TRUE(fleet.apply({pushed("a", 3, {"other.example"})}));
  EXPECT_EQ(owner(fleet, "a.example"), "");
  EXPECT_EQ(owner(fleet, "other.example"), "a.example");
  EXPECT_FALSE(fleet.apply({pushed("a", 2, {"a.example"})})) << "older than what is in force";
  EXPECT_TRUE(fleet.apply({removed("a", 4)}));
  EXPECT_EQ(owner(fleet, "other.example"), "");
  EXPECT_EQ(fleet.size(), 1u);
}

TEST(ClusterFleet, AFaultyTenantKeepsItsLastGoodFormAndHarmsNoOther) {
  Fleet fleet;
  fleet.apply({pushed("a", 1, {"a.example"}), pushed("b", 2, {"b.example"})});
  std::string damaged = write_tenant_value(tenant_value("a", {"new.example"}));
  damaged.replace(damaged.find("new.example"), 3, "bad");
  const std::vector<std::string> faulty = {
      "",
      "{}",
      "not json",
      damaged,
      write_tenant_value({.text = "name = ", .name = "tenant.toml", .who = "", .when = 0}),
      write_tenant_value(tenant_value("a", {"no domain!"})),
      write_tenant_value(tenant_value("a", {}))};
  std::uint64_t revision = 10;
  for (const std::string& value : faulty) {
    EXPECT_TRUE(
        fleet.apply({{"a", revision, value},
                     pushed("b", revision + 1,
                            {"b.example", "more" + std::to_string(revision) + ".example"})}));
    EXPECT_EQ(owner(fleet, "a.example"), "a.example") << value;
    EXPECT_EQ(owner(fleet, "more" + std::to_string(revision) + ".example"), "b.example");
    ASSERT_TRUE(fleet.faults().contains("a")) << value;
    EXPECT_EQ(fleet.faults().at("a").revision, revision);
    EXPECT_EQ(fleet.revision_of("a"), 1u);
    revision += 10;
  }
  EXPECT_TRUE(fleet.apply({pushed("a", revision, {"a2.example"})}));
  EXPECT_TRUE(fleet.faults().empty()) << "mended";
}

TEST(ClusterFleet, NobodyTakesAnothersDomainAndWhoWaitsGetsItOnceItIsFree) {
  Fleet fleet;
  fleet.apply({pushed("a", 1, {"a.example", "shared.example"}), pushed("b", 2, {"b.example"})});
  EXPECT_FALSE(fleet.apply({pushed("b", 3, {"b.example", "shared.example"})}));
  EXPECT_EQ(owner(fleet, "shared.example"), "a.example");
  EXPECT_EQ(owner(fleet, "b.example"), "b.example");
  EXPECT_NE(fleet.faults().at("b").why.find("shared.example"), std::string::npos);
  EXPECT_TRUE(fleet.apply({pushed("a", 4, {"a.example"})}));
  EXPECT_EQ(owner(fleet, "shared.example"), "b.example");
  EXPECT_TRUE(fleet.faults().empty());
  EXPECT_EQ(fleet.revision_of("b"), 3u);
}

TEST(ClusterFleet, ASubdomainOfAnothersDomainMayBeHad) {
  Fleet fleet;
  fleet.apply({pushed("a", 1, {"a.example"}), pushed("b", 2, {"b.a.example"})});
  EXPECT_TRUE(fleet.faults().empty());
  EXPECT_EQ(owner(fleet, "b.a.example"), "b.example");
}

TEST(ClusterFleet, SettingsOfWhoIsNotThereWait) {
  Fleet fleet;
  fleet.apply({pushed("a", 1, {"a.example"})});
  judge::Settings settings;
  settings.allow_dmarc_pass = true;
  settings.tenants = {{"b.example", judge::Mode::observe, judge::Stage::data, {}}};
  settings.domains = {{"c.example", judge::Mode::off, std::nullopt, {}}};
  auto judge = fleet.judgement(settings);
  ASSERT_TRUE(judge) << judge.error().front().line();
  fleet.apply({pushed("b", 2, {"b.example", "c.example"})});
  judge = fleet.judgement(settings);
  ASSERT_TRUE(judge) << judge.error().front().line();
  EXPECT_EQ((*judge)->rules_for("b.example").mode, judge::Mode::observe);
  EXPECT_EQ((*judge)->rules_for("c.example").mode, judge::Mode::off);
  EXPECT_TRUE((*judge)->settings().allow_dmarc_pass);
}

// --- what the rollout's revision leaves nothing of ---

// The gate may go up to revision 3, and of the tenant's ten kept forms the oldest is 5.
TEST(ClusterFleet, ATenantOfWhichOnlyLaterFormsAreKeptIsAwaited) {
  Fleet fleet;
  fleet.apply({pushed("b", 3, {"b.example"})});
  Stage stage(3);
  for (std::uint64_t revision = 5; revision < 15; ++revision)
    stage.add(pushed("a", revision, {"a.example", "also" + std::to_string(revision) + ".example"}));
  OutOfReach reach;
  reach.look(stage, fleet);
  ASSERT_EQ(reach.why().size(), 1u);
  EXPECT_EQ(reach.why().at("a"),
            "up to revision 3: no such form is kept, and none is in force here");
  EXPECT_TRUE(fleet.await(reach.domains()));
  auto judge = fleet.judgement({});
  ASSERT_TRUE(judge);
  EXPECT_TRUE((*judge)->awaits("a.example"));
  EXPECT_TRUE((*judge)->awaits("also5.example")) << "of any form: nobody knows which it had";
  EXPECT_FALSE((*judge)->awaits("under.a.example"));
  EXPECT_FALSE((*judge)->awaits("b.example")) << "it is in force";
  EXPECT_FALSE((*judge)->awaits("elsewhere.example"));
  // The rollout goes on.
  stage.set_limit(Rollout::latest);
  fleet.apply(stage.take());
  reach.look(stage, fleet);
  EXPECT_TRUE(reach.why().empty());
  EXPECT_TRUE(fleet.await(reach.domains()));
  judge = fleet.judgement({});
  ASSERT_TRUE(judge);
  EXPECT_FALSE((*judge)->awaits("a.example"));
}

TEST(ClusterFleet, WhatIsInForceAboveTheRevisionAndCantBeTakenBackIsTold) {
  Fleet fleet;
  fleet.apply({pushed("a", 14, {"a.example"}), pushed("b", 2, {"b.example"})});
  Stage stage(3);
  stage.add(pushed("b", 2, {"b.example"}));
  stage.add(pushed("a", 5, {"a.example"}));
  stage.add(pushed("a", 14, {"a.example"}));
  stage.add(pushed("b", 20, {"b.example", "b2.example"}));
  fleet.yield(false);
  fleet.apply(stage.take());
  OutOfReach reach;
  reach.look(stage, fleet);
  ASSERT_EQ(reach.why().size(), 1u) << "b has a form up to 3, and waits for another";
  EXPECT_EQ(reach.why().at("a"),
            "up to revision 3: no such form is kept, so it can't be taken back; revision 14 stays "
            "in force");
  EXPECT_TRUE(reach.domains().empty());
  EXPECT_EQ(owner(fleet, "a.example"), "a.example");
}

TEST(ClusterFleet, WhatYieldsGivesWayToAnEarlierForm) {
  Fleet fleet;
  fleet.apply({pushed("a", 14, {"late.example"})});
  EXPECT_FALSE(fleet.apply({pushed("a", 2, {"early.example"})}));
  fleet.yield(false);
  EXPECT_EQ(fleet.revision_of("a"), 14u);
  EXPECT_TRUE(fleet.apply({pushed("a", 2, {"early.example"})}));
  EXPECT_EQ(fleet.revision_of("a"), 2u);
  EXPECT_FALSE(fleet.apply({pushed("a", 1, {"late.example"})})) << "it yields no more";
  fleet.yield(true);
  EXPECT_EQ(fleet.revision_of("a"), 0u) << "of another bucket";
}

// Random changes against a plain list of who has what.
TEST(ClusterFleet, AfterAnyChangesItIsWhatANaiveListSays) {
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    std::mt19937 chance(seed);
    Fleet fleet;
    std::map<std::string, std::set<std::string>> naive;  // ID: domains in force
    std::map<std::string, std::set<std::string>> waiting;
    std::uint64_t revision = 0;
    for (int step = 0; step < 40; ++step) {
      const std::string id(1, static_cast<char>('a' + chance() % 5));
      ++revision;
      if (chance() % 6 == 0) {
        fleet.apply({removed(id, revision)});
        naive.erase(id);
        waiting.erase(id);
      } else {
        std::set<std::string> domains;
        for (std::size_t i = 0; i < 1 + chance() % 3; ++i)
          domains.insert("d" + std::to_string(chance() % 12) + ".example");
        fleet.apply({pushed(id, revision, {domains.begin(), domains.end()})});
        waiting[id] = domains;
      }
      const auto settle = [&] {
        for (const auto& [one, domains] : waiting) {
          const bool taken = std::any_of(naive.begin(), naive.end(), [&](const auto& other) {
            return other.first != one &&
                   std::any_of(domains.begin(), domains.end(),
                               [&](const auto& d) { return other.second.contains(d); });
          });
          if (taken) continue;
          naive[one] = domains;
          waiting.erase(one);
          return true;
        }
        return false;
      };
      // The one that was just pushed comes first, then those that wait, in their order.
      if (waiting.contains(id)) {
        const auto others = std::exchange(waiting, {{id, waiting[id]}});
        settle();
        const bool still = waiting.contains(id);
        waiting = others;
        if (!still) waiting.erase(id);
      }
      while (settle()) {
      }
      const auto judge = fleet.judgement({});
      ASSERT_TRUE(judge);
      for (int d = 0; d < 12; ++d) {
        const std::string domain = "d" + std::to_string(d) + ".example";
        std::string expected;
        for (const auto& [one, domains] : naive) {
          if (domains.contains(domain)) expected = one + ".example";
        }
        ASSERT_EQ(owner(**judge, domain), expected) << "seed " << seed << " step " << step;
      }
    }
  }
}

}  // namespace
}  // namespace postern::cluster
