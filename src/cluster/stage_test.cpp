#include "cluster/stage.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "cluster/rollout.hpp"
#include "cluster/shrink_guard.hpp"

namespace postern::cluster {
namespace {

TenantChange pushed(const std::string& id, std::uint64_t revision) {
  return {id, revision, "value " + std::to_string(revision)};
}
TenantChange removed(const std::string& id, std::uint64_t revision) {
  return {id, revision, std::nullopt};
}

TEST(ClusterStage, WhatIsAboveTheLimitWaitsUntilItIsRaised) {
  Stage stage(10);
  stage.add(pushed("a", 9));
  stage.add(pushed("a", 11));
  stage.add(pushed("b", 12));
  stage.add(pushed("a", 14));
  EXPECT_EQ(stage.take(), std::vector{pushed("a", 9)});
  EXPECT_EQ(stage.first_waiting(), 11u);
  stage.set_limit(13);
  EXPECT_EQ(stage.take(), (std::vector{pushed("a", 11), pushed("b", 12)}));
  EXPECT_TRUE(stage.waits("a"));
  EXPECT_FALSE(stage.waits("b"));
  stage.set_limit(Rollout::latest);
  EXPECT_EQ(stage.take(), std::vector{pushed("a", 14)});
  EXPECT_EQ(stage.first_waiting(), UINT64_MAX);
}

// Against the plainest rule: of each tenant the newest revision up to the limit.
TEST(ClusterStage, InAnyOrderOfLimitsTheNewestUpToTheLimitIsInForce) {
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    std::mt19937 chance(seed);
    Stage stage(0);
    std::uint64_t limit = 0;
    std::map<std::string, std::uint64_t> in_force;
    std::vector<TenantChange> all;
    for (std::uint64_t revision = 1; revision < 60; ++revision) {
      const std::string id(1, static_cast<char>('a' + chance() % 5));
      all.push_back(chance() % 5 == 0 ? removed(id, revision) : pushed(id, revision));
      stage.add(all.back());
      if (chance() % 4 == 0) {
        limit = limit + chance() % (revision + 10 - limit + 1);
        stage.set_limit(limit);
      }
      for (const TenantChange& change : stage.take()) {
        EXPECT_LE(change.revision, limit);
        in_force[change.id] = change.revision;
      }
      std::map<std::string, std::uint64_t> expected;
      for (const TenantChange& change : all) {
        if (change.revision <= limit) expected[change.id] = change.revision;
      }
      ASSERT_EQ(in_force, expected) << "seed " << seed << " at " << revision;
    }
  }
}

TEST(ClusterRollout, OnlyCanariesGoAhead) {
  Rollout plan;
  plan.stable = 5;
  plan.canary = 9;
  plan.canary_gates = {"mx1"};
  EXPECT_EQ(plan.limit_for("mx1"), 9u);
  EXPECT_EQ(plan.limit_for("mx2"), 5u);
  plan.canary = 3;
  EXPECT_EQ(plan.limit_for("mx1"), 5u) << "a canary is never behind the others";
  EXPECT_EQ(Rollout{}.limit_for("mx1"), Rollout::latest);
}

TEST(ClusterRollout, ReadsWhatItWrites) {
  const Rollout plan{.stable = 5,
                     .canary = Rollout::latest,
                     .canary_gates = {"mx1", "mx2"},
                     .confirmed = 7,
                     .meant = {8, 12},
                     .confirmed_in = "abc"};
  EXPECT_EQ(read_rollout(write_rollout(plan)).value(), plan);
  EXPECT_EQ(read_rollout(write_rollout({})).value(), Rollout{});
  for (const char* wrong :
       {"", "[]", "{\"stable\":-1}", "{\"stable\":\"soon\"}", "{\"canary_gates\":\"mx1\"}"})
    EXPECT_FALSE(read_rollout(wrong)) << wrong;
}

// --- removals ---

std::vector<TenantChange> removals(std::size_t count, std::uint64_t first_revision = 100) {
  std::vector<TenantChange> out;
  for (std::size_t i = 0; i < count; ++i)
    out.push_back(removed("t" + std::to_string(i), first_revision + i));
  return out;
}

TEST(ClusterShrinkGuard, ATenthMayGoAndNoMore) {
  ShrinkGuard guard;
  auto few = removals(10);
  guard.sift(few, 100, 0, {}, "b");
  EXPECT_EQ(few.size(), 10u);
  ShrinkGuard other;
  auto many = removals(11);
  other.sift(many, 100, 0, {}, "b");
  EXPECT_TRUE(many.empty());
  EXPECT_EQ(other.held().size(), 11u);
  EXPECT_EQ(other.first_held(), 100u);
}

TEST(ClusterShrinkGuard, TheLastTenantNeverGoesByItself) {
  ShrinkGuard guard;
  auto last = removals(1);
  guard.sift(last, 1, 0, {}, "b");
  EXPECT_TRUE(last.empty());
}

TEST(ClusterShrinkGuard, OneAfterTheOtherIsCountedTogether) {
  ShrinkGuard guard;
  std::size_t in_force = 100;
  for (std::uint64_t i = 0; i < 30; ++i) {
    std::vector<TenantChange> one{removed("t" + std::to_string(i), 100 + i)};
    guard.sift(one, in_force, 0, {}, "b");
    in_force -= one.size();
  }
  EXPECT_EQ(in_force, 90u);
  EXPECT_EQ(guard.held().size(), 20u);
}

TEST(ClusterShrinkGuard, WhatIsConfirmedInThisBucketGoes) {
  Rollout plan;
  plan.confirmed = 110;
  plan.confirmed_in = "another";
  ShrinkGuard guard;
  auto many = removals(11);
  guard.sift(many, 20, 0, plan, "b");
  EXPECT_TRUE(many.empty()) << "confirmed in another bucket";
  plan.confirmed_in = "b";
  plan.confirmed = 105;
  guard.sift(many, 20, 0, plan, "b");
  EXPECT_EQ(many.size(), 6u) << "up to an earlier removal";
  many.clear();
  plan.confirmed = 110;
  guard.sift(many, 14, 0, plan, "b");
  EXPECT_EQ(many.size(), 5u);
  EXPECT_TRUE(guard.held().empty());
  // From here on a tenth is counted anew.
  auto next = removals(1, 200);
  guard.sift(next, 9, 0, plan, "b");
  EXPECT_TRUE(next.empty()) << "more than a tenth of nine";
}

TEST(ClusterShrinkGuard, WhatIsMeantGoesAndConfirmsNothingElse) {
  Rollout plan;
  plan.mean(105, "b");
  ShrinkGuard guard;
  auto many = removals(11);
  guard.sift(many, 20, 0, plan, "b");
  ASSERT_EQ(many.size(), 1u);
  EXPECT_EQ(many.front().revision, 105u);
  EXPECT_EQ(guard.held().size(), 10u) << "ten of the nineteen that are left";
  // Also the last one of all, where that is what was said.
  ShrinkGuard other;
  auto last = removals(1, 105);
  other.sift(last, 1, 0, plan, "b");
  EXPECT_EQ(last.size(), 1u);
}

TEST(ClusterRollout, AConfirmationTakesInWhatWasMeantBeforeIt) {
  Rollout plan;
  plan.mean(7, "b");
  plan.mean(12, "b");
  EXPECT_TRUE(plan.means(7, "b"));
  EXPECT_FALSE(plan.means(7, "another"));
  EXPECT_FALSE(plan.means(8, "b"));
  EXPECT_EQ(read_rollout(write_rollout(plan)).value(), plan);
  plan.confirm(10, "b");
  EXPECT_EQ(plan.meant, std::vector<std::uint64_t>{12});
  EXPECT_TRUE(plan.means(8, "b"));
  plan.mean(3, "another");
  EXPECT_FALSE(plan.means(8, "another")) << "of a bucket that was made anew";
}

TEST(ClusterShrinkGuard, ATenantThatIsPushedAgainStays) {
  ShrinkGuard guard;
  auto many = removals(5);
  guard.sift(many, 10, 0, {}, "b");
  std::vector<TenantChange> back{pushed("t0", 300), pushed("t1", 301), pushed("t2", 302),
                                 pushed("t3", 303)};
  guard.sift(back, 10, 0, {}, "b");
  EXPECT_EQ(guard.held().size(), 0u);
  EXPECT_EQ(back.size(), 5u) << "one of ten may go";
}

}  // namespace
}  // namespace postern::cluster
