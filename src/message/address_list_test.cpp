#include "message/address_list.hpp"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace postern::message {
namespace {

// "a@b c@d" for what was read, with " …" where something was left over.
std::string read(std::string_view text) {
  std::string out;
  const AddressList list = read_address_list(text);
  for (const Mailbox& each : list.mailboxes)
    out += (out.empty() ? "" : " ") + each.address.text;
  return list.whole ? out : out + " \u2026";
}

TEST(StrictAddressList, ReadsCommentsAndWhiteSpaceWhereverTheyMayStand) {
  for (const char* text : {"ceo@contoso.com",
                           "<ceo@contoso.com>",
                           "<ceo@contoso.com(x)>",
                           "<ceo(x)@contoso.com>",
                           "<(x)ceo@contoso.com>",
                           "<ceo @ contoso.com>",
                           "ceo @ contoso.com (Boss)",
                           "< ceo@contoso.com >",
                           "<ceo@contoso.com\r\n >",
                           "\r\n\tceo@contoso.com",
                           "Boss <ceo@contoso.com> (x)",
                           "\"Boss, the\" <ceo@contoso.com>",
                           "Boss. of all <ceo@contoso.com>",
                           "<@relay.example:ceo@contoso.com>",
                           "<@a.example,@b.example:ceo@contoso.com>",
                           "=?utf-8?q?ceo=40adatum.com?= <ceo@contoso.com>",
                           "staff: ceo@contoso.com;",
                           "(a(b)c)ceo@contoso.com",
                           ", ceo@contoso.com,",
                           "(\\)) ceo@contoso.com"}) {
    EXPECT_EQ(read(text), "ceo@contoso.com") << text;
  }
  EXPECT_EQ(read("<\"ceo\" @contoso.com>"), "\"ceo\"@contoso.com");
  EXPECT_EQ(read("ann @ contoso.com, \"B, b\" <bob@adatum.com>"), "ann@contoso.com bob@adatum.com");
  EXPECT_EQ(read("g:;"), "");
  EXPECT_EQ(read(""), "");
  EXPECT_EQ(read("g: a@contoso.com, b@contoso.com;, c@contoso.com"),
            "a@contoso.com b@contoso.com c@contoso.com");
  EXPECT_EQ(read("ceo@[192.0.2.1]"), "ceo@[192.0.2.1]");
}

TEST(StrictAddressList, TellsWhatIsLeftOver) {
  for (const char* text :
       {"ceo", "\"ceo@contoso.com\"", "<>", "<ceo>",
        "=?utf-8?q?ceo=40contoso.com?=", "(ceo@contoso.com", "Boss \"ceo@contoso.com",
        "<ceo ceo@contoso.com>", "g: ceo", "\\ceo@contoso.com", "@contoso.com"}) {
    EXPECT_EQ(read(text), " \u2026") << text;
  }
  for (const char* text :
       {"ceo@contoso . com", "ceo@contoso.com. Boss", "ceo@contoso.com x",
        "ceo@contoso.com <x@evil.example>", "<ceo@contoso.com", "ceo@contoso.com>",
        "mailto:ceo@contoso.com", "<ceo@contoso.com> <x@evil.example>", "<ceo@contoso.com> x",
        "ceo@contoso.com (x", "g: ceo@contoso.com", "ceo@contoso.com; x", "ceo@contoso.com\x01",
        "ceo@contoso.com, Boss \xff"}) {
    EXPECT_TRUE(read(text).ends_with(" \u2026")) << text;
  }
}

TEST(StrictAddressList, HasNoLimitToHideBehind) {
  std::string text;
  for (int i = 0; i < 5000; ++i)
    text += "a" + std::to_string(i) + "@evil.example, ";
  const AddressList list = read_address_list(text + "ceo@contoso.com");
  EXPECT_TRUE(list.whole);
  ASSERT_EQ(list.mailboxes.size(), 5001u);
  EXPECT_EQ(list.mailboxes.back().address.domain, "contoso.com");
}

}  // namespace
}  // namespace postern::message
