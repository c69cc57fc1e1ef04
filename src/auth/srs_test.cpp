#include "auth/srs.hpp"

#include <cstddef>

#include <gtest/gtest.h>

#include "auth/socketmap.hpp"
#include "base/ascii.hpp"

namespace postern::auth {
namespace {

constexpr UnixTime new_year_2020 = 1'577'836'860;

Srs example(SrsOptions options = {}) {
  if (options.domain.empty()) options.domain = "example.com";
  if (options.secrets.empty()) options.secrets = {"tops3cr3t"};
  return Srs::make(std::move(options)).value();
}

std::string reversed(const Srs& srs, std::string_view address, UnixTime now = new_year_2020) {
  const auto result = srs.reverse(address, now);
  return result ? *result : "! " + result.error().what;
}

TEST(Srs, PublishedVector) {
  const Srs srs = example();
  EXPECT_EQ(srs.forward("test@otherdomain.com", new_year_2020).value(),
            "SRS0=vmyz=2W=otherdomain.com=test@example.com");
  EXPECT_EQ(reversed(srs, "SRS0=vmyz=2W=otherdomain.com=test@example.com"), "test@otherdomain.com");
}

TEST(Srs, OwnDomainsAndTheNullSenderStay) {
  SrsOptions options;
  options.own_domains = {"Example.NET"};
  const Srs srs = example(options);
  for (const char* address : {"", "<>", "ann@example.com", "ann@EXAMPLE.com", "bob@example.net"})
    EXPECT_EQ(srs.forward(address, new_year_2020).value(), address);
}

TEST(Srs, ASecondForwarderKeepsTheFirst) {
  const Srs second = example({"second.example", {}, {"two"}});
  const std::string once = example().forward("ann@sender.example", new_year_2020).value();
  const std::string twice = second.forward(once, new_year_2020).value();
  EXPECT_EQ(twice.substr(0, 5), "SRS1=");
  EXPECT_NE(twice.find("=example.com=="), std::string::npos);
  EXPECT_EQ(reversed(second, twice), once);
  const Srs third = example({"third.example", {}, {"three"}});
  const std::string thrice = third.forward(twice, new_year_2020).value();
  EXPECT_NE(thrice.find("=example.com=="), std::string::npos);
  EXPECT_EQ(reversed(third, thrice), once);
  EXPECT_EQ(reversed(example(), once), "ann@sender.example");
}

TEST(Srs, SecretsRotate) {
  const std::string old_address =
      example({"example.com", {}, {"old"}}).forward("ann@sender.example", new_year_2020).value();
  const Srs both = example({"example.com", {}, {"new", "old"}});
  EXPECT_EQ(reversed(both, old_address), "ann@sender.example");
  const std::string fresh = both.forward("ann@sender.example", new_year_2020).value();
  EXPECT_NE(fresh, old_address);
  EXPECT_EQ(reversed(example({"example.com", {}, {"new"}}), old_address),
            "! has a hash that is not ours");
}

TEST(Srs, AddressesGrowOld) {
  const Srs srs = example();
  const std::string address = srs.forward("ann@sender.example", new_year_2020).value();
  constexpr UnixTime day = 86400;
  EXPECT_EQ(reversed(srs, address, new_year_2020 + 21 * day), "ann@sender.example");
  EXPECT_EQ(reversed(srs, address, new_year_2020 + 22 * day),
            "! is 22 days old, and 21 are allowed");
  EXPECT_EQ(reversed(srs, address, new_year_2020 - day), "ann@sender.example");
  EXPECT_EQ(reversed(srs, address, new_year_2020 - 2 * day),
            "! is 1022 days old, and 21 are allowed");
}

// What postsrsd 1.10 makes of quoted local parts, as it hands it to Postfix and as Postfix then
// writes it: it hashes the quotes too.
TEST(Srs, QuotedLocalPartsOfPostsrsdAreTakenBack) {
  constexpr UnixTime then = 1'795'867'200;  // 2026-11-28
  const Srs srs = example();
  for (const char* address : {R"(SRS0=JUcL=JR=sender.example="a\"b"@example.com)",
                              R"("SRS0=JUcL=JR=sender.example=a\"b"@example.com)"}) {
    EXPECT_EQ(reversed(srs, address, then), R"("a\"b"@sender.example)") << address;
  }
  for (const char* address : {R"(SRS0=09kz=JR=sender.example="john.doe"@example.com)",
                              R"(SRS0=09kz=JR=sender.example=john.doe@example.com)"}) {
    EXPECT_EQ(reversed(srs, address, then), "john.doe@sender.example") << address;
  }
  EXPECT_EQ(reversed(srs, R"(SRS0=09kz=JR=sender.example="john.do"@example.com)", then),
            "! has a hash that is not ours");
  EXPECT_EQ(reversed(srs, R"(SRS0=09kz=JR=sender.example="john.doe@example.com)", then),
            "! is no mail address");
}

TEST(Srs, CaseMayBeLostOnTheWay) {
  const Srs srs = example();
  const std::string address = srs.forward("Ann.B@Sender.example", new_year_2020).value();
  EXPECT_EQ(reversed(srs, to_lower(address)), "ann.b@sender.example");
}

TEST(Srs, NothingChangedIsTakenBack) {
  const Srs srs = example();
  const std::string good = srs.forward("ann@sender.example", new_year_2020).value();
  for (std::size_t i = 5; i < good.find('@'); ++i) {
    std::string changed = good;
    changed[i] = changed[i] == 'x' ? 'y' : 'x';
    EXPECT_EQ(reversed(srs, changed).substr(0, 2), "! ") << changed;
  }
  EXPECT_EQ(reversed(srs, "SRS0=vmyz=2W=otherdomain.com=test@other.com"),
            "! is not of the domain that rewrites");
  EXPECT_EQ(reversed(srs, "ann@example.com"), "! is no SRS address");
  EXPECT_EQ(reversed(srs, "SRS0=@example.com"), "! lacks a part of an SRS0 address");
  EXPECT_EQ(reversed(srs, "SRS0==2W=otherdomain.com=test@example.com"),
            "! has a hash that is not ours");
  EXPECT_EQ(reversed(srs, "SRS0=v=2W=otherdomain.com=test@example.com"),
            "! has a hash that is not ours");
}

// The hash covers domain and rest as one text.
TEST(Srs, TheFirstForwardersNameEndsWhereItDid) {
  const Srs srs = example();
  const std::string made =
      srs.forward("SRS0=abcd=TT=a.example=ann@first.example", new_year_2020).value();
  const std::string name = "=first.example==";
  ASSERT_NE(made.find(name), std::string::npos) << made;
  std::string shorter = made;
  shorter.replace(made.find(name), name.size(), "=first.exampl=e=");
  EXPECT_EQ(reversed(srs, shorter), "! is no SRS1 address of ours");
  // SRS1 of a forwarder that has no SRS0 in it is an address as any other.
  const std::string odd = "SRS1=abcd=first.example=ann@second.example";
  EXPECT_EQ(reversed(srs, srs.forward(odd, new_year_2020).value()), odd);
}

TEST(Srs, LocalPartsMayNeedQuotesAndHoldSeparators) {
  const Srs srs = example();
  for (const char* address :
       {"\"ann b\"@sender.example", "a=b+c-d@sender.example", "\"a\\\"b@c\"@sender.example"}) {
    const std::string forward = srs.forward(address, new_year_2020).value();
    EXPECT_EQ(reversed(srs, forward), address) << forward;
  }
  EXPECT_EQ(srs.forward("a\r\nb@sender.example", new_year_2020).error().what, "is no mail address");
  // SRS1 of a forwarder whose name is none: an address as any other.
  const std::string odd = R"("SRS1=abcd=first<=+wxyz=TT=a.example=ann"@second.example)";
  EXPECT_EQ(reversed(srs, srs.forward(odd, new_year_2020).value()), odd);
  // It would come back as another address, so it isn't sent out.
  EXPECT_EQ(srs.forward("\"\"@sender.example", new_year_2020).error().what, "is no mail address");
  EXPECT_EQ(srs.forward("ann@sender=x.example", new_year_2020).error().what, "is no mail address");
  EXPECT_EQ(srs.forward(std::string(230, 'a') + "@sender.example", new_year_2020).error().what,
            "becomes longer than 254 octets");
}

TEST(Srs, OtherSeparatorsAreReadWhicheverIsWritten) {
  SrsOptions options;
  options.separator = '+';
  const Srs plus = example(options);
  const std::string address = plus.forward("ann@sender.example", new_year_2020).value();
  EXPECT_EQ(address.substr(0, 5), "SRS0+");
  EXPECT_EQ(reversed(example(), address), "ann@sender.example");
}

TEST(Srs, SaysWhatIsWrongWithItsSettings) {
  EXPECT_FALSE(Srs::make({"example.com", {}, {}}));
  EXPECT_FALSE(Srs::make({"example.com", {}, {""}}));
  EXPECT_FALSE(Srs::make({"", {}, {"x"}}));
  EXPECT_FALSE(Srs::make({"example.com", {}, {"x"}, '/'}));
}

std::string ask(std::string_view bytes, bool by_octet = false) {
  SocketmapSession session([](std::string_view map, std::string_view key) -> SocketmapAnswer {
    using Status = SocketmapAnswer::Status;
    if (map == "gone") return {Status::not_found, {}};
    if (map == "bad") return {Status::permanent, "no such map"};
    return {Status::ok, std::string(key) + "!"};
  });
  std::string out;
  if (by_octet) {
    for (const char c : bytes)
      out += session.receive(std::string_view(&c, 1));
  } else {
    out = session.receive(bytes);
  }
  return out + (session.broken() ? " broken" : "");
}

TEST(Socketmap, AnswersRequestsHoweverTheyAreCut) {
  const std::string requests = "9:forward x,6:gone x,5:bad x,11:forward a b,";
  const std::string answers = "5:OK x!,9:NOTFOUND ,16:PERM no such map,7:OK a b!,";
  EXPECT_EQ(ask(requests), answers);
  EXPECT_EQ(ask(requests, true), answers);
  EXPECT_EQ(ask("3:abc,"), "27:PERM the request has no key,");
}

TEST(Socketmap, GivesUpOnWhatIsNoProtocol) {
  EXPECT_EQ(ask("GET / HTTP/1.1\r\n"), " broken");
  EXPECT_EQ(ask("99999999999:x"), " broken");
  EXPECT_EQ(ask("4097:"), " broken");
  EXPECT_EQ(ask("3:a b;"), " broken");
  EXPECT_EQ(ask(":"), " broken");
}

}  // namespace
}  // namespace postern::auth
