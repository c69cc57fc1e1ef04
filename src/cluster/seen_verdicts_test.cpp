#include "cluster/seen_verdicts.hpp"

#include <cstdint>
#include <random>
#include <set>

#include <gtest/gtest.h>

namespace postern::cluster {
namespace {

TEST(ClusterSeenVerdicts, IsASetOfIds) {
  std::mt19937 chance(3);
  for (int round = 0; round < 50; ++round) {
    SeenVerdicts seen;
    std::set<ledger::VerdictId> naive;
    for (int i = 0; i < 400; ++i) {
      const ledger::VerdictId id{chance() % 2 == 0 ? "mx1" : "mx2", chance() % 2 == 0 ? "a" : "b",
                                 static_cast<std::int64_t>(chance() % 120 + 1)};
      ASSERT_EQ(seen.add(id), naive.insert(id).second) << id.text();
    }
    std::uint64_t missing = 0;
    for (const SeenVerdicts::Gap& gap : seen.gaps())
      missing += static_cast<std::uint64_t>(gap.last - gap.first + 1);
    std::uint64_t expected = 0;
    for (const char* gate : {"mx1", "mx2"}) {
      for (const char* epoch : {"a", "b"}) {
        const auto first = naive.lower_bound({gate, epoch, 0});
        const auto end = naive.upper_bound({gate, epoch, 1000});
        if (first == end) continue;
        const auto last = std::prev(end);
        expected += static_cast<std::uint64_t>(last->counter - first->counter + 1 -
                                               std::distance(first, end));
      }
    }
    EXPECT_EQ(missing, expected);
  }
}

TEST(ClusterSeenVerdicts, NamesWhatLiesBetween) {
  SeenVerdicts seen;
  for (const std::int64_t counter : {5, 6, 9, 12, 13})
    seen.add({"mx1", "a", counter});
  seen.add({"mx1", "b", 40});  // another epoch
  const auto gaps = seen.gaps();
  ASSERT_EQ(gaps.size(), 2u);
  EXPECT_EQ(gaps[0].gate, "mx1");
  EXPECT_EQ(gaps[0].first, 7);
  EXPECT_EQ(gaps[0].last, 8);
  EXPECT_EQ(gaps[1].first, 10);
  EXPECT_EQ(gaps[1].last, 11);
}

}  // namespace
}  // namespace postern::cluster
