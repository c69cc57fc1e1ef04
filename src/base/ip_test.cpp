#include "base/ip.hpp"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace postern {
namespace {

std::string round_trip(std::string_view text) {
  const auto address = IpAddress::parse(text);
  return address ? address->text() : "refused";
}

TEST(IpAddress, ReadsAndWritesBothFamilies) {
  EXPECT_EQ(round_trip("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(round_trip("[192.0.2.7]"), "192.0.2.7");
  EXPECT_EQ(round_trip("0.0.0.0"), "0.0.0.0");
  EXPECT_EQ(round_trip("::ffff:192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(round_trip("2001:DB8:0:0:1:0:0:1"), "2001:db8::1:0:0:1");  // RFC 5952, 4.2.3
  EXPECT_EQ(round_trip("2001:db8::"), "2001:db8::");
  EXPECT_EQ(round_trip("::1"), "::1");
  EXPECT_EQ(round_trip("::"), "::");
  EXPECT_EQ(round_trip("1:2:3:4:5:6:7:8"), "1:2:3:4:5:6:7:8");
  EXPECT_EQ(round_trip("1:0:3:4:5:6:7:8"), "1:0:3:4:5:6:7:8");  // one zero group stays
  EXPECT_EQ(round_trip("[IPv6:2001:db8::1]"), "2001:db8::1");
  EXPECT_EQ(round_trip("64:ff9b::192.0.2.33"), "64:ff9b::c000:221");
}

TEST(IpAddress, RefusesWhatIsNotAnAddress) {
  for (const char* text : {"",
                           "1.2.3",
                           "1.2.3.4.5",
                           "256.1.1.1",
                           "01.2.3.4",
                           "1.2.3.4 ",
                           "1..2.3",
                           "a.b.c.d",
                           ":",
                           ":::",
                           "1::2::3",
                           "1:2:3:4:5:6:7",
                           "1:2:3:4:5:6:7:8:9",
                           "1:2:3:4:5:6:7::8:9",
                           "12345::",
                           "fe80::1%eth0",
                           "::1.2.3",
                           "1.2.3.4::",
                           "1:",
                           ":1",
                           "1:2:3:4:5:6:7:1.2.3.4"}) {
    EXPECT_EQ(round_trip(text), "refused") << text;
  }
}

TEST(IpAddress, KnowsWhatIsNotPublic) {
  for (const char* text : {"10.1.2.3", "172.31.0.1", "192.168.1.1", "127.0.0.1", "169.254.0.1",
                           "100.64.0.1", "::1", "fe80::1", "fd00::1", "224.0.0.1"}) {
    EXPECT_FALSE(IpAddress::parse(text)->is_public()) << text;
  }
  for (const char* text : {"9.255.255.255", "172.32.0.1", "192.0.2.1", "2a00::1", "203.0.113.9"}) {
    EXPECT_TRUE(IpAddress::parse(text)->is_public()) << text;
  }
}

TEST(IpAddress, IsReadFromOctets) {
  using namespace std::string_view_literals;
  EXPECT_EQ(IpAddress::from_octets("\xc0\x00\x02\x07"sv)->text(), "192.0.2.7");
  EXPECT_EQ(IpAddress::from_octets("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"sv)->text(),
            "2001:db8::1");
  EXPECT_EQ(IpAddress::from_octets("\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\x00\x02\x07"sv)->text(),
            "192.0.2.7");
  EXPECT_FALSE(IpAddress::from_octets(""));
  EXPECT_FALSE(IpAddress::from_octets("12345"));
}

TEST(IpAddress, KnowsThisMachine) {
  for (const char* text : {"127.0.0.1", "127.255.255.255", "::1", "::ffff:127.0.0.1"}) {
    EXPECT_TRUE(IpAddress::parse(text)->is_loopback()) << text;
  }
  for (const char* text : {"126.255.255.255", "128.0.0.0", "0.0.0.1", "::", "::2", "fe80::1"}) {
    EXPECT_FALSE(IpAddress::parse(text)->is_loopback()) << text;
  }
}

TEST(Prefix, ClearsHostBits) {
  // Set-InboundConnector's own example has host bits set: 192.168.0.1/25.
  EXPECT_EQ(Prefix::parse("192.168.0.1/25")->text(), "192.168.0.0/25");
  EXPECT_EQ(Prefix::parse("192.0.2.7/32")->text(), "192.0.2.7");
  EXPECT_EQ(Prefix::parse("2001:db8::1/32")->text(), "2001:db8::/32");
  EXPECT_EQ(Prefix::parse("0.0.0.0/0")->last().text(), "255.255.255.255");
}

TEST(Prefix, HoldsItsAddressesAndNoOthers) {
  const Prefix prefix = *Prefix::parse("192.0.2.128/25");
  EXPECT_TRUE(prefix.contains(*IpAddress::parse("192.0.2.128")));
  EXPECT_TRUE(prefix.contains(*IpAddress::parse("192.0.2.255")));
  EXPECT_FALSE(prefix.contains(*IpAddress::parse("192.0.2.127")));
  EXPECT_FALSE(prefix.contains(*IpAddress::parse("192.0.3.0")));
  EXPECT_FALSE(Prefix::parse("::/0")->contains(*IpAddress::parse("192.0.2.1")));
}

TEST(Prefix, NamesTheFault) {
  EXPECT_NE(Prefix::parse("192.0.2.0/33").error().what.find("prefix length"), std::string::npos);
  EXPECT_NE(Prefix::parse("192.0.2.0/").error().what.find("prefix length"), std::string::npos);
  EXPECT_NE(Prefix::parse("192.0.2.1-192.0.2.9").error().what.find("not an IP"), std::string::npos);
}

}  // namespace
}  // namespace postern
