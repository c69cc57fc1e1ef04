// Who may be answered at the admin listener, and who may change something there.
#include "gate/admin_guard.hpp"

#include <string_view>

#include <gtest/gtest.h>

namespace postern::gate {
namespace {

const AdminGuard guard({"gate.contoso.com"});

AdminHeaders from_the_page(std::string_view host) {
  return {host, "http://127.0.0.1:9125", "same-origin", "application/json", 11};
}

AdminHeaders named(std::string_view host, std::string_view fetch_site = {}) {
  return {host, {}, fetch_site, {}, 11};
}

TEST(AdminGuard, OneNamesThisHostAsOnlyItCanBeNamed) {
  for (const std::string_view host :
       {"127.0.0.1", "127.0.0.1:9125", "localhost", "LOCALHOST:1", "[::1]", "[::1]:9", "127.9.9.9",
        "gate.contoso.com", "Gate.Contoso.com:443"}) {
    EXPECT_TRUE(guard.names_this_host(named(host))) << host;
  }
  for (const std::string_view host :
       {"attacker.example", "attacker.example:9125", "localhost.attacker.example", "192.0.2.1",
        "127.0.0.1.attacker.example", "[2001:db8::1]", "[", "]:1", ":", "a.gate.contoso.com"}) {
    EXPECT_FALSE(guard.names_this_host(named(host))) << host;
    EXPECT_FALSE(guard.fault_of_reading(named(host)).empty()) << host;
    EXPECT_FALSE(guard.fault_of_changing(named(host)).empty()) << host;
  }
  EXPECT_FALSE(guard.names_this_host(named("")));
  EXPECT_TRUE(guard.names_this_host({{}, {}, {}, {}, 10}));
}

TEST(AdminGuard, APageOfAnotherOriginReadsNothing) {
  for (const std::string_view site : {"", "none", "same-origin"}) {
    EXPECT_EQ(guard.fault_of_reading(named("localhost", site)), "") << site;
  }
  // Another port of this host is the same site, and another origin.
  for (const std::string_view site : {"same-site", "cross-site", "x"}) {
    EXPECT_NE(guard.fault_of_reading(named("localhost", site)), "") << site;
  }
}

TEST(AdminGuard, ThePageItselfChanges) {
  EXPECT_EQ(guard.fault_of_changing(from_the_page("127.0.0.1:9125")), "");
  AdminHeaders proxied = from_the_page("gate.contoso.com");
  proxied.origin = "https://gate.contoso.com";
  EXPECT_EQ(guard.fault_of_changing(proxied), "");
  AdminHeaders described = from_the_page("127.0.0.1:9125");
  described.content_type = "Application/JSON; charset=utf-8";
  EXPECT_EQ(guard.fault_of_changing(described), "");
}

TEST(AdminGuard, NobodyElseChanges) {
  // Another name of the same host is another origin too.
  for (const std::string_view origin :
       {"", "null", "http://attacker.example", "http://localhost:9125", "http://127.0.0.1",
        "http://127.0.0.1:91250", "127.0.0.1:9125", "ftp://127.0.0.1:9125"}) {
    AdminHeaders asked = from_the_page("127.0.0.1:9125");
    asked.origin = origin;
    EXPECT_EQ(guard.fault_of_changing(asked), "Origin must be that of the page") << origin;
  }
  for (const std::string_view site : {"none", "same-site", "cross-site"}) {
    AdminHeaders asked = from_the_page("127.0.0.1:9125");
    asked.fetch_site = site;
    EXPECT_NE(guard.fault_of_changing(asked), "") << site;
  }
  // What a form can send.
  for (const std::string_view type : {"", "text/plain", "application/x-www-form-urlencoded",
                                      "multipart/form-data", "text/plain; application/json"}) {
    AdminHeaders asked = from_the_page("127.0.0.1:9125");
    asked.content_type = type;
    EXPECT_EQ(guard.fault_of_changing(asked), "Content-Type must be application/json") << type;
  }
  AdminHeaders hostless = from_the_page("");
  hostless.version = 10;
  EXPECT_NE(guard.fault_of_changing(hostless), "");
}

}  // namespace
}  // namespace postern::gate
