#include "gate/route.hpp"

#include <gtest/gtest.h>

namespace postern::gate {
namespace {

TEST(NextHop, ReadsBackWhatItWrote) {
  for (const char* text : {"192.0.2.1:25", "[2001:db8::1]:2525", "mail.example:25",
                           "lmtp:mail.example:24", "lmtp:unix:/run/dovecot/lmtp"}) {
    const auto hop = NextHop::parse(text);
    ASSERT_TRUE(hop) << text;
    EXPECT_EQ(hop->text(), text);
  }
  EXPECT_EQ(NextHop::parse("smtp:mail.example:25")->text(), "mail.example:25");
}

TEST(NextHop, SaysWhatIsWrong) {
  for (const char* text : {"", "mail.example", ":25", "mail.example:", "mail.example:65536",
                           "mail.example:0", "2001:db8::1:25", "[2001:db8::1]", "[2001:db8::1:25",
                           "lmtp:unix:relative", "mail.example:25x"}) {
    const auto hop = NextHop::parse(text);
    EXPECT_FALSE(hop) << text;
    EXPECT_TRUE(hop || !hop.error().remedy.empty()) << text;
  }
}

TEST(Routes, TheClosestDomainWins) {
  const auto route = [](std::vector<std::string> domains, const char* maildir) {
    Route made;
    made.domains = std::move(domains);
    made.maildir = maildir;
    return made;
  };
  const Routes routes({route({"*"}, "rest"), route({".example.com"}, "below"),
                       route({".deep.example.com"}, "deep"), route({"example.com"}, "exact")});
  EXPECT_EQ(routes.find("example.com")->maildir, "exact");
  EXPECT_EQ(routes.find("a.example.com")->maildir, "below");
  EXPECT_EQ(routes.find("b.deep.example.com")->maildir, "deep");
  EXPECT_EQ(routes.find("deep.example.com")->maildir, "below");
  EXPECT_EQ(routes.find("anexample.com")->maildir, "rest");
  EXPECT_EQ(routes.find("")->maildir, "rest");
  EXPECT_EQ(Routes({route({"example.com"}, "x")}).find("example.org"), nullptr);
}

}  // namespace
}  // namespace postern::gate
