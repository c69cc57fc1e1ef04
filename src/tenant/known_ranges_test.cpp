#include "tenant/known_ranges.hpp"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace postern::tenant {
namespace {

IpAddress at(const char* text) {
  return *IpAddress::parse(text);
}

std::string kind_at(const char* text) {
  const KnownRange* range = known_range(at(text));
  return range == nullptr ? "none" : std::string(name_of(range->kind));
}

TEST(KnownRanges, TellWhatAnAddressIs) {
  EXPECT_EQ(kind_at("192.168.1.20"), "reserved");
  EXPECT_EQ(kind_at("100.127.255.255"), "reserved");
  EXPECT_EQ(kind_at("100.128.0.0"), "none");
  EXPECT_EQ(kind_at("fe80::1"), "reserved");
  EXPECT_EQ(kind_at("40.107.22.33"), "exchange online");
  EXPECT_EQ(kind_at("2a01:111:f403::5"), "exchange online");
  EXPECT_EQ(kind_at("167.89.1.1"), "shared sender");
  EXPECT_EQ(kind_at("52.30.1.1"), "cloud");
}

// Examples and tests take their addresses from there.
TEST(KnownRanges, LeaveTheAddressesOfDocumentationAlone) {
  for (const char* text : {"192.0.2.1", "198.51.100.7", "203.0.113.255", "2001:db8::1"})
    EXPECT_EQ(kind_at(text), "none") << text;
}

// Exchange Online's lie among Azure's, and SES's among Amazon's.
TEST(KnownRanges, TakeTheNarrowerMeaningWhereTheyOverlap) {
  EXPECT_EQ(kind_at("52.101.1.1"), "exchange online");
  EXPECT_EQ(kind_at("54.240.1.1"), "shared sender");
}

TEST(KnownRanges, NameSourceAndDateOfEach) {
  std::set<std::string> names;
  for (const KnownRange& range : known_ranges()) {
    EXPECT_TRUE(names.insert(range.name).second) << range.name << " stands twice";
    EXPECT_FALSE(range.source.empty()) << range.name;
    EXPECT_EQ(range.date.size(), 10u) << range.name;
    EXPECT_FALSE(range.prefixes.empty()) << range.name;
  }
  EXPECT_GE(names.size(), 30u);
}

TEST(KnownRanges, MeetAPrefixFromBothSides) {
  EXPECT_NE(known_range(*Prefix::parse("192.168.1.0/24"), RangeKind::reserved), nullptr);
  EXPECT_NE(known_range(*Prefix::parse("52.238.78.0/24"), RangeKind::exchange_online), nullptr);
  EXPECT_EQ(known_range(*Prefix::parse("203.0.113.0/24"), RangeKind::reserved), nullptr);
}

}  // namespace
}  // namespace postern::tenant
