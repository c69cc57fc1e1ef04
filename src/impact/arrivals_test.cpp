#include "impact/arrivals.hpp"

#include <cstdint>

#include <gtest/gtest.h>

namespace postern::impact {
namespace {

MessageIds ids(std::uint64_t network, std::uint64_t message) {
  MessageIds out(evidence::Message{}, {});
  out.network = network;
  out.message = message;
  return out;
}

TEST(Arrivals, AMessageIsKnownByItsNetworkIdOrWhereThereIsNoneByItsMessageId) {
  Arrivals arrivals(100);
  arrivals.went_on(ids(1, 7));  // in whatever order rows come
  arrivals.came(ids(1, 7));
  arrivals.came(ids(0, 8));
  arrivals.came(ids(3, 9));
  arrivals.went_on(ids(2, 8));
  arrivals.went_on(ids(0, 9));
  EXPECT_EQ(arrivals.count().untold, 0u);
}

TEST(Arrivals, EachMessageWithoutOneCountsOnce) {
  Arrivals arrivals(100);
  arrivals.came(ids(3, 9));
  arrivals.went_on(ids(4, 9));  // another message of a device that repeats its Message-ID
  arrivals.went_on(ids(5, 1));
  arrivals.went_on(ids(4, 9));
  EXPECT_EQ(arrivals.count().untold, 2u);
}

TEST(Arrivals, WithoutRoomForAllNoneIsSaidToHaveNoArrival) {
  Arrivals arrivals(2);
  for (std::uint64_t id = 1; id <= 3; ++id)
    arrivals.came(ids(id, 0));
  arrivals.went_on(ids(3, 0));
  arrivals.went_on(ids(4, 0));
  arrivals.went_on(ids(5, 0));
  const auto count = arrivals.count();
  EXPECT_EQ(count.untold, 0u);
  EXPECT_EQ(count.let_go, 3u);
}

}  // namespace
}  // namespace postern::impact
