// Runs tests/senders/*.txt and tests/conclusions/*.txt.
#include <vector>

#include <gtest/gtest.h>

#include "impact/testing/expectations.hpp"

namespace postern::impact {
namespace {

TEST(SenderCases, EveryCaseHolds) {
  const std::vector<testing::EvidenceCase> cases = testing::cases_of("senders");
  EXPECT_GE(cases.size(), 58u);
  for (const testing::EvidenceCase& each : cases)
    testing::check(each);
}

TEST(ConclusionCases, EveryCaseHolds) {
  const std::vector<testing::EvidenceCase> cases = testing::cases_of("conclusions");
  EXPECT_GE(cases.size(), 30u);
  for (const testing::EvidenceCase& each : cases)
    testing::check(each);
}

}  // namespace
}  // namespace postern::impact
