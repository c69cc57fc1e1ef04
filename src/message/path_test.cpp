#include "message/path.hpp"

#include <gtest/gtest.h>

namespace postern::message {
namespace {

TEST(Path, NullAndAddress) {
  ASSERT_TRUE(parse_path("<>"));
  EXPECT_TRUE(parse_path(" < > ")->null);
  const auto path = parse_path("<Scanner@Contoso.COM.>");
  ASSERT_TRUE(path);
  EXPECT_FALSE(path->null);
  EXPECT_EQ(path->address.text, "Scanner@Contoso.COM.");
  EXPECT_EQ(path->address.domain, "contoso.com");
}

TEST(Path, WithoutBracketsAsExchangeWritesReturnPath) {
  EXPECT_EQ(parse_path("anna@contoso.com")->address.domain, "contoso.com");
}

TEST(Path, QuotedLocalPartMayHoldAnything) {
  const auto path = parse_path("<\"a b>@c\\\"d\"@contoso.com>");
  ASSERT_TRUE(path);
  EXPECT_EQ(path->address.text, "\"a b>@c\\\"d\"@contoso.com");
  EXPECT_EQ(path->address.domain, "contoso.com");
}

TEST(Path, SourceRouteIsDropped) {
  EXPECT_EQ(parse_path("<@one.example,@two.example:anna@contoso.com>")->address.text,
            "anna@contoso.com");
}

TEST(Path, AddressLiteralHasNoDomain) {
  const auto path = parse_path("<root@[IPv6:2001:db8::1]>");
  ASSERT_TRUE(path);
  EXPECT_EQ(path->address.text, "root@[IPv6:2001:db8::1]");
  EXPECT_EQ(path->address.domain, "");
}

// What a next hop might take for the domain in the brackets is no address here.
TEST(Path, ANameInBracketsIsNoAddressLiteral) {
  for (const std::string text :
       {"[192.0.2.1]", "[IPv6:2001:db8::1]", "[ipv6:::ffff:192.0.2.1]", "[x400:c=us;a=mail]"}) {
    EXPECT_TRUE(parse_path("<ceo@" + text + ">")) << text;
  }
  for (const std::string text :
       {"[contoso.com]", "[x]", "[]", "[ ]", "[192.0.2.300]", "[192.0.2]", "[::1", "[IPv6:]",
        "[IPv6:192.0.2.1]", "[IPv6:contoso.com]", "[:x]", "[tag-:x]", "[tag:]", "[tag:a b]",
        "[tag:a[b]", "[contoso.com:x]", "[192.0.2.1]x", "[192.0.2.1].contoso.com"}) {
    EXPECT_FALSE(parse_path("<ceo@" + text + ">")) << text;
  }
}

TEST(Path, PostmasterNeedsNoDomain) {
  EXPECT_EQ(parse_path("<Postmaster>")->address.text, "Postmaster");
  EXPECT_EQ(parse_path("<Postmaster>")->address.domain, "");
}

TEST(Path, NonAsciiAddress) {
  const auto path = parse_path("<用户@bücher.example>");
  ASSERT_TRUE(path);
  EXPECT_EQ(path->address.text, "用户@bücher.example");
  EXPECT_EQ(path->address.domain, "xn--bcher-kva.example");
}

TEST(Path, LongVerpAndSrsAddressesPass) {
  EXPECT_TRUE(parse_path("<SRS0+" + std::string(300, 'x') + "=contoso.com=anna@fwd.example>"));
}

TEST(Path, RefusesWhatIsNoPath) {
  for (const std::string text :
       {"", " ", "<", "<a@b.example", "<a b@contoso.com>", "<@contoso.com>", "<a@>", "<a@b c>",
        "<a@contoso.com>x", "<a\x01@contoso.com>", "<a@contoso..com>", "<\xff@contoso.com>",
        "a@ contoso.com", "<\"open@contoso.com>", "two words"}) {
    EXPECT_FALSE(parse_path(text)) << text;
  }
  EXPECT_FALSE(parse_path("<" + std::string(1000, 'a') + "@contoso.com>"));
}

std::string texts(std::string_view list) {
  std::string out;
  for (const Mailbox& mailbox : parse_address_list(list)) {
    out += "[" + mailbox.display_name + "|" + mailbox.address.text + "]";
  }
  return out;
}

TEST(AddressList, NamesGroupsAndComments) {
  EXPECT_EQ(texts("anna@contoso.com"), "[|anna@contoso.com]");
  EXPECT_EQ(texts("\"Anna, HQ\" <anna@contoso.com>, Bob <bob@contoso.com>"),
            "[Anna, HQ|anna@contoso.com][Bob|bob@contoso.com]");
  EXPECT_EQ(texts("team: anna@contoso.com, Bob (the builder, too) <bob@contoso.com>;"),
            "[|anna@contoso.com][Bob|bob@contoso.com]");
  EXPECT_EQ(texts("undisclosed-recipients:;"), "");
  EXPECT_EQ(texts("anna @ contoso.com (Anna)"), "[|anna@contoso.com]");
  EXPECT_EQ(texts("=?utf-8?q?B=C3=BCro?= <buero@contoso.com>"), "[Büro|buero@contoso.com]");
  EXPECT_EQ(texts("root@[192.0.2.1], x@[IPv6:2001:db8::1]"),
            "[|root@[192.0.2.1]][|x@[IPv6:2001:db8::1]]");
}

TEST(AddressList, TheAddressIsWhatStandsInBrackets) {
  EXPECT_EQ(texts("ceo@contoso.com <attacker@evil.example>"),
            "[ceo@contoso.com|attacker@evil.example]");
  EXPECT_EQ(texts("\"ceo@contoso.com\" <attacker@evil.example>"),
            "[ceo@contoso.com|attacker@evil.example]");
}

TEST(AddressList, GarbageIsLeftOut) {
  EXPECT_EQ(texts("nobody, <>, <a b@c>, <open@contoso.com, x@y.example"), "");
  EXPECT_EQ(texts("(((((\"<@,;:"), "");
}

TEST(AddressList, IsBounded) {
  std::string many;
  for (int i = 0; i < 50; ++i)
    many += "a@b.example,";
  EXPECT_EQ(parse_address_list(many, 7).size(), 7u);
}

}  // namespace
}  // namespace postern::message
