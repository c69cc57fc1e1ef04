// Tokens and cookies of the gate's page.
#include "gate/page_session.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/stat.h>

#include <gtest/gtest.h>

namespace postern::gate {
namespace {

constexpr UnixTime now = 1795000000;
const PageSessions ours("0123456789abcdef");

// What a browser sends back of a Set-Cookie.
std::string sent_back(const std::string& set_cookie) {
  return set_cookie.substr(0, set_cookie.find(';'));
}

TEST(PageSession, TheTokenAloneIsTheToken) {
  EXPECT_TRUE(ours.is_token("0123456789abcdef"));
  for (const char* said : {"", "0123456789abcde", "0123456789abcdef0", "0123456789abcdeF"}) {
    EXPECT_FALSE(ours.is_token(said)) << said;
  }
}

TEST(PageSession, ACookieStandsForWhoSignedInUntilItEnds) {
  const std::string set = ours.cookie_for("Ann Björk", now);
  EXPECT_NE(set.find("; HttpOnly; SameSite=Strict; Path=/"), std::string::npos);
  EXPECT_EQ(set.find("0123456789abcdef"), std::string::npos) << "the token is in no cookie";
  const auto session = ours.session_of("theme=dark; " + sent_back(set) + "; x=y", now + 60);
  ASSERT_TRUE(session);
  EXPECT_EQ(session->who, "Ann Björk");
  EXPECT_EQ(session->until, now + 12 * 3600);
  EXPECT_FALSE(ours.session_of(sent_back(set), now + 12 * 3600));
  EXPECT_TRUE(PageSessions("0123456789abcdef").session_of(sent_back(set), now))
      << "a gate that was started again knows it";
}

TEST(PageSession, NobodyElseMakesOne) {
  const std::string good = sent_back(ours.cookie_for("ann", now));
  EXPECT_TRUE(ours.session_of(good, now));
  EXPECT_FALSE(PageSessions("another token!!!").session_of(good, now));
  for (std::size_t at = good.find('=') + 1; at < good.size(); ++at) {
    std::string altered = good;
    altered[at] = altered[at] == '1' ? '2' : '1';
    EXPECT_FALSE(ours.session_of(altered, now)) << altered;
  }
  for (const char* other : {"", "postern-page=", "postern-page=.", "postern-page=..", "a=b",
                            "postern-page=616e6e.99999999999"}) {
    EXPECT_FALSE(ours.session_of(other, now)) << other;
  }
  EXPECT_FALSE(ours.session_of(sent_back(PageSessions::no_cookie()), now));
}

TEST(PageSession, ALongOrHostileNameIsCutAndCleaned) {
  const auto session =
      ours.session_of(sent_back(ours.cookie_for(std::string(500, 'x') + "\x1b[2J", now)), now);
  ASSERT_TRUE(session);
  EXPECT_EQ(session->who, std::string(60, 'x'));
  const auto other = ours.session_of(sent_back(ours.cookie_for("a\x1b[2J;\r\nb", now)), now);
  ASSERT_TRUE(other);
  EXPECT_EQ(other->who.find('\x1b'), std::string::npos);
}

TEST(PageSession, ATokenIsForItsOwnerAlone) {
  std::string name = testing::TempDir() + "/postern-token-XXXXXX";
  const std::string folder = ::mkdtemp(name.data());
  const std::string file = folder + "/token";
  EXPECT_FALSE(PageSessions::read(file));
  std::ofstream(file) << "0123456789abcdef\n";
  ::chmod(file.c_str(), 0640);
  EXPECT_EQ(PageSessions::read(file).error().what, "is a token that others may read");
  ::chmod(file.c_str(), 0600);
  const auto read = PageSessions::read(file);
  ASSERT_TRUE(read) << read.error().line();
  EXPECT_TRUE(read->is_token("0123456789abcdef"));
  std::ofstream(file) << "short\n";
  EXPECT_EQ(PageSessions::read(file).error().what, "is a token of less than 16 octets");
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace postern::gate
