#include "smtp/xclient.hpp"

#include <gtest/gtest.h>

namespace postern::smtp {
namespace {

const std::vector<std::string> all{"NAME", "ADDR", "PORT", "PROTO", "HELO", "LOGIN"};

TEST(Xclient, ReadsBackWhatItWrote) {
  ClientAttributes client;
  client.address = IpAddress::parse("2001:db8::7");
  client.port = 4711;
  client.name = "mx.fabrikam.com";
  client.helo = "a+b=c";
  client.login = "ann b";
  client.esmtp = true;
  const std::string command = format_xclient(client, all);
  EXPECT_EQ(command,
            "XCLIENT ADDR=IPV6:2001:db8::7 PORT=4711 NAME=mx.fabrikam.com HELO=a+2Bb+3Dc "
            "LOGIN=ann+20b PROTO=ESMTP");
  ClientAttributes read;
  ASSERT_TRUE(parse_xclient(std::string_view(command).substr(8), read));
  EXPECT_EQ(read, client);
}

TEST(Xclient, WritesOnlyWhatIsOffered) {
  ClientAttributes client;
  client.address = IpAddress::parse("192.0.2.1");
  EXPECT_EQ(format_xclient(client, {"ADDR"}), "XCLIENT ADDR=192.0.2.1");
  EXPECT_EQ(format_xclient(client, {"ADDR", "NAME"}), "XCLIENT ADDR=192.0.2.1 NAME=[UNAVAILABLE]");
  EXPECT_EQ(format_xclient(client, {}), "");
}

TEST(Xclient, ChangesOnlyWhatWasGiven) {
  ClientAttributes client;
  client.helo = "old";
  client.port = 5;
  ASSERT_TRUE(parse_xclient("ADDR=192.0.2.1 PORT=[UNAVAILABLE] DESTADDR=192.0.2.9", client));
  EXPECT_EQ(client.helo, "old");
  EXPECT_EQ(client.port, 0);
  EXPECT_EQ(client.address, IpAddress::parse("192.0.2.1"));
}

TEST(Xclient, ChangesNothingWhereSomethingIsWrong) {
  ClientAttributes client;
  client.helo = "old";
  EXPECT_FALSE(parse_xclient("HELO=new ADDR=nonsense", client));
  EXPECT_FALSE(parse_xclient("HELO=new SHOESIZE=44", client));
  EXPECT_FALSE(parse_xclient("LOGIN=a+0Ab", client));
  EXPECT_EQ(client.helo, "old");
}

TEST(Xclient, AClientThatCallsItselfUnavailableIsNotWrittenAsSuch) {
  ClientAttributes client;
  client.login = "[UNAVAILABLE]";
  client.helo = "x";
  EXPECT_EQ(format_xclient(client, {"LOGIN", "HELO"}), "XCLIENT HELO=x LOGIN=[UNAVAILABLE]");
}

}  // namespace
}  // namespace postern::smtp
