#include "gate/admission.hpp"

#include <gtest/gtest.h>

namespace postern::gate {
namespace {

using Answer = Admission::Answer;

const Admission::Time start{std::chrono::hours(1)};
IpAddress address(const char* text) {
  return *IpAddress::parse(text);
}

TEST(Admission, CountsConnectionsOfAClientAndOfAll) {
  Admission admission({3, 2, 0, 0}, {});
  const IpAddress a = address("192.0.2.1");
  EXPECT_EQ(admission.enter(a, start), Answer::admitted);
  EXPECT_EQ(admission.enter(a, start), Answer::admitted);
  EXPECT_EQ(admission.enter(a, start), Answer::too_many);
  EXPECT_EQ(admission.enter(address("192.0.2.2"), start), Answer::admitted);
  EXPECT_EQ(admission.enter(address("192.0.2.3"), start), Answer::full);
  admission.leave(a);
  EXPECT_EQ(admission.enter(a, start), Answer::admitted);
  EXPECT_EQ(admission.connections(), 3u);
}

TEST(Admission, AnIpv6ClientIsItsNetwork) {
  Admission admission({10, 1, 0, 0}, {});
  EXPECT_EQ(admission.enter(address("2001:db8:0:1::1"), start), Answer::admitted);
  EXPECT_EQ(admission.enter(address("2001:db8:0:1:ffff::2"), start), Answer::too_many);
  EXPECT_EQ(admission.enter(address("2001:db8:0:2::1"), start), Answer::admitted);
}

TEST(Admission, RatesCountByTheMinuteAndOutliveConnections) {
  Admission admission({10, 10, 2, 1}, {});
  const IpAddress a = address("192.0.2.1");
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(admission.enter(a, start), Answer::admitted);
    admission.leave(a);
  }
  EXPECT_EQ(admission.enter(a, start), Answer::too_fast);
  EXPECT_EQ(admission.enter(a, start + std::chrono::minutes(1)), Answer::admitted);
  EXPECT_TRUE(admission.message(a, start + std::chrono::minutes(1)));
  EXPECT_FALSE(admission.message(a, start + std::chrono::minutes(1)));
  EXPECT_TRUE(admission.message(address("192.0.2.2"), start + std::chrono::minutes(1)));
}

TEST(Admission, ManyClientsThatCameOnceAreForgotten) {
  Admission admission({1000000, 10, 100, 0}, {});
  for (std::uint32_t i = 0; i < 30000; ++i) {
    const IpAddress client = IpAddress::from_v4(i << 8);
    ASSERT_EQ(admission.enter(client, start + std::chrono::minutes(i / 5000)), Answer::admitted);
    admission.leave(client);
  }
  EXPECT_LE(admission.remembered(), 20000u);
}

}  // namespace
}  // namespace postern::gate
