// DMARC reports alone say nothing of a domain on which nobody reports.
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "evidence/format.hpp"
#include "impact/impact.hpp"
#include "policy/readings.hpp"

namespace postern::impact {
namespace {

using Names = std::vector<std::string>;

/// Authors of mail by who tells of it.
struct Told {
  Names reported;  ///< in DMARC reports
  Names logged;    ///< in anything else
};

Conclusion conclusion_of(const Told& told, const Names& accepted,
                         std::initializer_list<std::string_view> formats, bool at_exchange = true) {
  policy::Tenant tenant;
  Context context;
  context.at_exchange = at_exchange;
  for (const std::string& name : accepted) {
    tenant.accepted_domains.emplace_back().name = name;
    context.domains.push_back(name);
  }
  const auto readings = policy::Readings::of(tenant);
  Collector collector(*readings, std::move(context), {});
  UnixTime time = 1'790'000'000;
  evidence::View logged = evidence::View::none;
  for (const std::string_view format : formats) {
    const evidence::View view = evidence::parse_format(format)->view();
    if (view != evidence::View::reports) logged |= view;
  }
  // Mail of others to the first domain, and a row of each author from a partner's address.
  const auto row = [&](std::string_view author, std::string_view about) {
    evidence::Message m;
    m.submission.time = time;
    m.submission.client_ip = IpAddress::parse("203.0.113.7");
    m.submission.reverse_path = {policy::ReversePath::State::address, "partner.example"};
    m.submission.recipient_domain = accepted.front();
    m.header_from_domain = author;
    m.reported_domain = about;
    m.view = about.empty() ? logged : evidence::View::reports;
    collector.message(m);
  };
  for (int day = 0; day < 10; ++day, time += 86'400) {
    for (const std::string& author : told.reported)
      row(author, author);
    for (const std::string& author : told.logged)
      row(author, {});
  }
  for (const std::string_view format : formats) {
    evidence::Tally tally;
    tally.format = *evidence::parse_format(format);
    tally.rows = tally.messages = 10;
    collector.file_done(tally);
  }
  return collector.finish().conclusion;
}

int status(const Told& told, const Names& accepted, std::initializer_list<std::string_view> formats,
           bool at_exchange = true) {
  return status_of(conclusion_of(told, accepted, formats, at_exchange).answer);
}

TEST(ReportedDomains, SilenceAboutADomainIsNotNobodyBreaks) {
  const auto c = conclusion_of({{"contoso.com"}, {}}, {"contoso.com", "contoso.net"}, {"dmarc"});
  EXPECT_EQ(status_of(c.answer), 3);
  ASSERT_EQ(c.missing.size(), 1u);
  EXPECT_EQ(c.missing[0].kind, Missing::Kind::domains_unreported);
  EXPECT_EQ(c.missing[0].count, 1u);
  EXPECT_NE(c.sentence.find("no DMARC report tells of contoso.net, and there is no other evidence"),
            std::string::npos)
      << c.sentence;
}

TEST(ReportedDomains, OneThatIsToldOfWantsNothing) {
  EXPECT_EQ(status({{"contoso.com", "contoso.net"}, {}}, {"contoso.com", "contoso.net"}, {"dmarc"}),
            0);
}

// The record of contoso.com asks for reports on what lies beneath it; and who reports on mail of
// news.contoso.com has the record of one of them.
TEST(ReportedDomains, AReportCoversWhatLiesBeneathItsDomain) {
  EXPECT_EQ(status({{"contoso.com"}, {}}, {"contoso.com", "mail.contoso.com"}, {"dmarc"}), 0);
  EXPECT_EQ(status({{"news.contoso.com"}, {}}, {"contoso.com"}, {"dmarc"}), 0);
}

TEST(ReportedDomains, NeighboursUnderOneSuffixTellNothingOfEachOther) {
  const Names accepted = {"contoso.onmicrosoft.com", "fabrikam.onmicrosoft.com"};
  EXPECT_EQ(status({{"contoso.onmicrosoft.com"}, {}}, accepted, {"dmarc"}), 3);
}

TEST(ReportedDomains, EvidenceOfAllMailTellsOfEveryDomain) {
  const Names accepted = {"contoso.com", "contoso.net"};
  EXPECT_EQ(status({{}, {"contoso.com"}}, accepted, {"email-events-csv"}), 0);
  EXPECT_EQ(status({{"contoso.com"}, {"contoso.com"}}, accepted, {"dmarc", "email-events-csv"}), 0);
}

// What one's own server handed on, or a mailbox kept, is a part of the mail as contoso.net: its
// devices may send straight to Exchange Online, and no report would tell.
TEST(ReportedDomains, ALogOfOnesOwnOrAMailboxStandsForNoReport) {
  const Names accepted = {"contoso.com", "contoso.net"};
  const Told told = {{"contoso.com"}, {"contoso.net"}};
  EXPECT_EQ(status(told, accepted, {"dmarc", "postfix-syslog"}), 3);
  EXPECT_EQ(status(told, accepted, {"dmarc", "mbox"}), 3);
  EXPECT_EQ(status(told, accepted, {"dmarc", "postfix-syslog", "mbox"}), 3);
  EXPECT_EQ(status({accepted, accepted}, accepted, {"dmarc", "postfix-syslog"}), 0);
}

// Where one's own server is the one that takes the mail, its log is the whole of it.
TEST(ReportedDomains, TheLogOfTheServerThatTakesTheMailIsTheWhole) {
  const Told told = {{"contoso.com"}, {"contoso.net"}};
  EXPECT_EQ(status(told, {"contoso.com", "contoso.net"}, {"dmarc", "postfix-syslog"}, false), 0);
  EXPECT_EQ(status(told, {"contoso.com", "contoso.net"}, {"dmarc", "mbox"}, false), 3);
}

}  // namespace
}  // namespace postern::impact
