#include "cluster/server_info.hpp"

#include <gtest/gtest.h>

namespace postern::cluster {
namespace {

std::string where(std::string_view text) {
  const auto address = parse_server(text);
  return address ? address->host + " " + address->port : "no address";
}

TEST(ClusterServer, AddressesAreWrittenInSeveralWays) {
  EXPECT_EQ(where("nats://mail1.example:4333"), "mail1.example 4333");
  EXPECT_EQ(where("tls://mail1.example"), "mail1.example 4222");
  EXPECT_EQ(where("192.0.2.1:4222"), "192.0.2.1 4222");
  EXPECT_EQ(where("nats://[2001:db8::1]:4333/"), "2001:db8::1 4333");
  for (const char* wrong :
       {"", "http://a:1", "nats://", "a:0", "a:70000", "a:b", "nats://u@a", "[::1"})
    EXPECT_EQ(where(wrong), "no address") << wrong;
}

TEST(ClusterServer, TheFirstLineTellsVersionAndWhatItCanDo) {
  const auto info = parse_info(
      R"(INFO {"server_id":"N","server_name":"n1","version":"2.15.1","jetstream":true,"cluster":"c"} )",
      "a");
  ASSERT_TRUE(info) << info.error().line();
  EXPECT_EQ(info->name, "n1");
  EXPECT_EQ(info->version, "2.15.1");
  EXPECT_TRUE(info->jetstream);
  EXPECT_FALSE(info->tls_required);
  EXPECT_EQ(info->cluster, "c");
}

TEST(ClusterServer, WhatIsNoInfoIsNoServer) {
  for (const char* line : {"", "220 mail.example ESMTP", "INFO", "INFO nothing", "INFO []",
                           "INFO {\"server_name\":\"n1\"}", "-ERR 'x'"})
    EXPECT_FALSE(parse_info(line, "a")) << line;
}

std::string fault(const char* version, bool jetstream = true, bool allow_old = false) {
  ServerInfo info;
  info.version = version;
  info.jetstream = jetstream;
  const auto good = fit(info, "a", allow_old);
  return good ? "fit" : good.error().what;
}

TEST(ClusterServer, OlderThanTheLeastIsRefusedWithTheReason) {
  for (const char* good : {"2.12.7", "2.12.10", "2.14.0", "2.15.1", "2.15.1-RC.2", "3.0.0"})
    EXPECT_EQ(fault(good), "fit");
  for (const char* old : {"2.9.10", "2.10.27", "2.12.6", "1.99.99"})
    EXPECT_NE(fault(old).find("is refused"), std::string::npos) << old;
  for (const char* odd : {"", "2", "2.15", "2.15.x", "-1.2.3", "2.15.1beta"})
    EXPECT_NE(fault(odd).find("can't be told"), std::string::npos) << odd;
}

TEST(ClusterServer, AStubbornAdministratorMayTakeAnOldOneButNoneWithoutJetStream) {
  EXPECT_EQ(fault("2.9.10", true, true), "fit");
  EXPECT_EQ(fault("2.15.1", false, true), "has no JetStream");
}

TEST(ClusterServer, WhoCannotBeReachedIsToldSo) {
  // Port 1 of loopback: nobody listens there.
  const auto info = ask_info("nats://127.0.0.1:1", std::chrono::milliseconds(500));
  ASSERT_FALSE(info);
  EXPECT_EQ(info.error().what, "can't be reached");
}

}  // namespace
}  // namespace postern::cluster
