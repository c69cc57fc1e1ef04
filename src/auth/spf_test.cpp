// SPF beyond the published suite: bounds, trails, explanations, and what the records of others may
// try.
#include "auth/spf.hpp"

#include <utility>

#include <gtest/gtest.h>

#include "auth/memory_zone.hpp"
#include "auth/spf_macro.hpp"

namespace postern::auth {
namespace {

SpfOutcome check(MemoryZone& zone, std::string_view ip, std::string mail_from,
                 std::string helo = "mail.example.com") {
  SpfQuery query;
  query.ip = IpAddress::parse(ip).value();
  query.mail_from = std::move(mail_from);
  query.helo = std::move(helo);
  query.receiver = "mx.example.org";
  SpfOptions options;
  options.keep_trail = true;
  return run_now(check_spf(zone, query, options)).value();
}

std::string answer(MemoryZone& zone, std::string_view ip = "192.0.2.1") {
  const SpfOutcome outcome = check(zone, ip, "ann@example.com");
  return std::string(word_of(outcome.result)) +
         (outcome.problem.empty() ? "" : " " + outcome.problem);
}

std::string record_fault(std::string_view text) {
  const auto record = SpfRecord::parse(text);
  return record ? "" : record.error().what;
}

TEST(SpfRecord, NamesTheFaultyTerm) {
  EXPECT_EQ(record_fault("v=spf1 ip4:192.0.2.0/24 mx -all"), "");
  EXPECT_EQ(record_fault("v=spf1 ip4:192.0.2.0/33 -all"),
            "'ip4:192.0.2.0/33' holds no address block of its kind");
  EXPECT_EQ(record_fault("v=spf1 ipv4:192.0.2.1"), "'ipv4:192.0.2.1' is no mechanism");
  EXPECT_EQ(record_fault("v=spf1 include -all"), "'include' names no domain");
  EXPECT_EQ(record_fault("v=spf1 -all:x"), "'-all:x' takes no argument");
  EXPECT_EQ(record_fault("v=spf1 redirect=a.com redirect=b.com"), "'redirect=b.com' stands twice");
  EXPECT_EQ(record_fault("v=spf1 exists:%{z}.example.com"),
            "'exists:%{z}.example.com' holds a macro with a letter not allowed here");
  EXPECT_EQ(record_fault("v=spf1 a:example.com%"), "'a:example.com%' ends in a lone '%'");
  EXPECT_EQ(record_fault("v=spf1 include:example"),
            "'include:example' has no dot before its last label");
}

TEST(Spf, TheTrailTellsWhichTermOfWhichRecordMatched) {
  MemoryZone zone;
  zone.add_text("example.com", "v=spf1 ip4:198.51.100.0/24 include:spf.example.net -all");
  zone.add_text("spf.example.net", "v=spf1 ip4:192.0.2.0/24 ?all");
  const SpfOutcome outcome = check(zone, "192.0.2.1", "ann@example.com");
  EXPECT_EQ(outcome.result, SpfResult::pass);
  std::string trail;
  for (const SpfStep& step : outcome.trail) {
    trail += std::string(step.depth * 2, ' ') + step.domain + " [" + step.term + "] " +
             step.outcome + "\n";
  }
  EXPECT_EQ(trail,
            "example.com [] v=spf1 ip4:198.51.100.0/24 include:spf.example.net -all\n"
            "example.com [ip4:198.51.100.0/24] no match\n"
            "  spf.example.net [] v=spf1 ip4:192.0.2.0/24 ?all\n"
            "  spf.example.net [ip4:192.0.2.0/24] matched\n"
            "example.com [include:spf.example.net] matched\n");
}

TEST(Spf, TheNullPathIsCheckedByHelo) {
  MemoryZone zone;
  zone.add_text("mail.example.com", "v=spf1 ip4:192.0.2.1 -all");
  const SpfOutcome outcome = check(zone, "192.0.2.1", "");
  EXPECT_EQ(outcome.result, SpfResult::pass);
  EXPECT_TRUE(outcome.identity_is_helo);
  EXPECT_EQ(outcome.domain, "mail.example.com");
}

TEST(Spf, AnIncludeThatIncludesItselfEnds) {
  MemoryZone zone;
  zone.add_text("example.com", "v=spf1 include:example.com -all");
  EXPECT_EQ(answer(zone),
            "permerror example.com: include:example.com: more than 10 terms that need lookups (RFC "
            "7208, 4.6.4)");
  EXPECT_LE(zone.queries(), 12u);
}

TEST(Spf, ElevenIncludesAreTooManyAndTenAreNot) {
  for (const int number : {10, 11}) {
    MemoryZone zone;
    std::string record = "v=spf1";
    for (int i = 0; i < number; ++i) {
      const std::string name = "s" + std::to_string(i) + ".example.net";
      record += " include:" + name;
      zone.add_text(name, "v=spf1 ip4:198.51.100.1 -all");
    }
    zone.add_text("example.com", record + " -all");
    EXPECT_EQ(answer(zone).substr(0, 9), number == 10 ? "fail" : "permerror");
  }
}

TEST(Spf, TwoHundredMxRecordsAreNotAsked) {
  MemoryZone zone;
  zone.add_text("example.com", "v=spf1 mx -all");
  for (int i = 0; i < 255; ++i)
    zone.add_exchange("example.com", 10, "mx" + std::to_string(i) + ".example.com");
  EXPECT_EQ(answer(zone), "permerror example.com: mx: example.com has more than 10 MX records");
  EXPECT_EQ(zone.queries(), 2u);
}

TEST(Spf, APtrOfAThousandNamesAsksTen) {
  MemoryZone zone;
  zone.add_text("example.com", "v=spf1 ptr -all");
  for (int i = 0; i < 1000; ++i)
    zone.add_pointer("1.2.0.192.in-addr.arpa", "h" + std::to_string(i) + ".example.com");
  EXPECT_EQ(answer(zone), "fail");
  EXPECT_EQ(zone.queries(), 12u);
}

TEST(Spf, ARecordOfMegabytesIsOneRecord) {
  MemoryZone zone;
  std::string record = "v=spf1";
  for (int i = 0; i < 200'000; ++i)
    record += " ip4:198.51.100.7";
  zone.add_text("example.com", record + " ~all");
  EXPECT_EQ(answer(zone), "softfail");
}

TEST(Spf, TheTrailIsBoundedAndStillNamesWhatDecides) {
  MemoryZone zone;
  std::string record = "v=spf1";
  for (int i = 0; i < 200'000; ++i)
    record += " ip4:198.51.100.7";
  zone.add_text("example.com", record + " include:spf.example.net");
  zone.add_text("spf.example.net", record + " ~ip4:192.0.2.1 -all");
  const SpfOutcome outcome = check(zone, "192.0.2.1", "ann@example.com");
  EXPECT_EQ(outcome.result, SpfResult::neutral);
  ASSERT_LT(outcome.trail.size(), 1010u);
  EXPECT_LT(outcome.trail.front().outcome.size(), 2100u);
  std::string tail;
  for (std::size_t i = 1000; i < outcome.trail.size(); ++i)
    tail += outcome.trail[i].term + "|" + outcome.trail[i].outcome.substr(0, 40) + "\n";
  EXPECT_EQ(tail,
            "|further terms that do not match are not \n"
            "|v=spf1 ip4:198.51.100.7 ip4:198.51.100.7\n"
            "~ip4:192.0.2.1|matched\n"
            "|nothing matched: neutral\n");
}

TEST(Spf, AFaultyTermOfMegabytesIsNamedByItsBeginning) {
  MemoryZone zone;
  zone.add_text("example.com", "v=spf1 " + std::string(1'000'000, 'x'));
  EXPECT_LT(answer(zone).size(), 300u);
}

TEST(SpfRecordCache, KeepsRecordsThatRealDomainsHaveAndNoOthers) {
  SpfRecordCache cache;
  const std::string usual = "v=spf1 mx -all";
  const std::string huge = "v=spf1 " + std::string(SpfRecordCache::longest_kept, ' ') + "-all";
  EXPECT_EQ(cache.parse(usual).value(), cache.parse(usual).value());
  for (int round = 0; round < 2; ++round)
    EXPECT_EQ(cache.parse("v=spf1 -al").error().what, "'-al' is no mechanism");
  const auto first = cache.parse(huge).value();
  EXPECT_NE(first, cache.parse(huge).value());
}

TEST(Spf, AServerThatFailsIsTemporaryAndAMissingNameIsNot) {
  MemoryZone zone;
  zone.add_text("example.com", "v=spf1 include:down.example.net -all");
  zone.set_status("down.example.net", DnsStatus::server_failure);
  EXPECT_EQ(answer(zone).substr(0, 9), "temperror");
  MemoryZone without;
  without.add_text("example.com", "v=spf1 include:gone.example.net -all");
  EXPECT_EQ(answer(without),
            "permerror example.com: include:gone.example.net: gone.example.net has no SPF record");
}

TEST(Spf, AnExplanationBringsNoLineBreakIntoAReply) {
  MemoryZone zone;
  zone.add_text("example.com", "v=spf1 -all exp=why.example.com");
  zone.add_text("why.example.com", "%{l} may not, says %{o}; seen by %{r}");
  const SpfOutcome outcome = check(zone, "192.0.2.1", "a\r\nb@example.com");
  EXPECT_EQ(outcome.explanation, "a??b may not, says example.com; seen by mx.example.org");
}

TEST(SpfMacro, ExamplesOfTheRfc) {
  // RFC 7208, 7.4
  SpfMacroValues v;
  v.local_part = "strong-bad";
  v.sender_domain = "email.example.com";
  v.domain = "email.example.com";
  v.ip = IpAddress::parse("192.0.2.3").value();
  const auto expand = [&](std::string_view text) {
    EXPECT_EQ(spf_macro_fault(text, SpfMacroPlace::domain), "") << text;
    return expand_spf_macros(text, v, SpfMacroPlace::domain);
  };
  const std::pair<const char*, const char*> examples[] = {
      {"%{s}", "strong-bad@email.example.com"},
      {"%{o}", "email.example.com"},
      {"%{d4}", "email.example.com"},
      {"%{d2}", "example.com"},
      {"%{d1}", "com"},
      {"%{dr}", "com.example.email"},
      {"%{d2r}", "example.email"},
      {"%{l-}", "strong.bad"},
      {"%{lr}", "strong-bad"},
      {"%{lr-}", "bad.strong"},
      {"%{l1r-}", "strong"},
      {"%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"},
      {"%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"},
      {"%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"},
      {"%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", "3.2.0.192.in-addr.strong.lp._spf.example.com"},
      {"%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"},
  };
  for (const auto& [text, expanded] : examples)
    EXPECT_EQ(expand(text), expanded) << text;
  v.ip = IpAddress::parse("2001:db8::cb01").value();
  EXPECT_EQ(expand("%{ir}.%{v}._spf.%{d2}"),
            "1.0.B.C.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.B.D.0.1.0.0.2.ip6._spf.example.com");
}

TEST(SpfMacro, ADomainEndsInATopLabelOrAMacro) {
  // RFC 7208, 7.1: domain-end = ( "." toplabel [ "." ] ) / macro-expand
  const std::pair<const char*, bool> domains[] = {
      {"%{d}", true},        {"a.%{d2r.}", true}, {"a.example.com.", true}, {"a.example}", false},
      {"a}", false},         {"example%%", true}, {"example%_", true},      {"example%-", true},
      {"a.example%", false}, {"a.1-2", true},     {"a.12", false},          {"%{d}com", false},
      {"%{d}.com", true},
  };
  for (const auto& [text, sound] : domains)
    EXPECT_EQ(spf_macro_fault(text, SpfMacroPlace::domain).empty(), sound) << text;
}

TEST(SpfMacro, ALongNameLosesLabelsOnTheLeft) {
  SpfMacroValues v;
  const std::string local(200, 'x');
  v.local_part = local;
  v.domain = "example.com";
  const std::string out = expand_spf_macros("%{l}.%{l}.%{d}", v, SpfMacroPlace::domain);
  EXPECT_EQ(out, local + ".example.com");
}

}  // namespace
}  // namespace postern::auth
