#include "ledger/summary.hpp"

#include <gtest/gtest.h>

#include "ledger/testing/rows.hpp"

namespace postern::ledger {
namespace {

Record from(const char* client, const char* sender, Outcome outcome, UnixTime time) {
  Record r = full_record();
  r.client = client == nullptr ? std::nullopt : IpAddress::parse(client);
  r.sender = sender;
  r.null_sender = r.sender.empty();
  r.outcome = outcome;
  r.time = time;
  return r;
}

TEST(LedgerSummary, CountsEachSenderWithItsClients) {
  Summary summary(GroupedBy::sender);
  summary.add(from("192.0.2.1", "Scanner@contoso.com", Outcome::refused, today));
  summary.add(from("192.0.2.2", "scanner@contoso.com", Outcome::exception, today - 5));
  summary.add(from(nullptr, "", Outcome::undetermined, today));
  const auto groups = summary.groups();
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_EQ(groups[0].first, "scanner@contoso.com");
  const Summary::Group& scanner = *groups[0].second;
  EXPECT_EQ(scanner.total(), 2u);
  EXPECT_EQ(scanner.count(Outcome::refused), 1u);
  EXPECT_EQ(scanner.count(Outcome::exception), 1u);
  EXPECT_EQ(scanner.first, today - 5);
  EXPECT_EQ(scanner.last, today);
  EXPECT_EQ(scanner.others, (std::set<std::string>{"192.0.2.1", "192.0.2.2"}));
  EXPECT_EQ(groups[1].first, "<>");
  EXPECT_EQ(groups[1].second->others, (std::set<std::string>{"unknown"}));
}

TEST(LedgerSummary, OfClientsNamesTheirSenders) {
  Summary summary(GroupedBy::client);
  summary.add(from("192.0.2.1", "a@contoso.com", Outcome::refused, today));
  summary.add(from("192.0.2.1", "b@contoso.com", Outcome::refused, today));
  const auto groups = summary.groups();
  ASSERT_EQ(groups.size(), 1u);
  EXPECT_EQ(groups[0].second->others, (std::set<std::string>{"a@contoso.com", "b@contoso.com"}));
}

TEST(LedgerSummary, OfRecipientsIsWithoutCaseAsOfSenders) {
  Summary summary(GroupedBy::recipient);
  for (const char* recipient : {"Bob@Contoso.com", "bob@contoso.com"}) {
    Record r = full_record();
    r.recipient = recipient;
    summary.add(r);
  }
  ASSERT_EQ(summary.groups().size(), 1u);
  EXPECT_EQ(summary.groups()[0].first, "bob@contoso.com");
  EXPECT_EQ(summary.groups()[0].second->total(), 2u);
}

TEST(LedgerSummary, BoundsWhatItNames) {
  Summary summary(GroupedBy::client);
  for (int i = 0; i < 1500; ++i) {
    summary.add(
        from("192.0.2.1", (std::to_string(i) + "@contoso.com").c_str(), Outcome::refused, today));
  }
  EXPECT_EQ(summary.groups()[0].second->total(), 1500u);
  EXPECT_EQ(summary.groups()[0].second->others.size(), Summary::most_others);
}

TEST(LedgerSummary, IsNamedAsOnTheCommandLine) {
  for (const GroupedBy by :
       {GroupedBy::sender, GroupedBy::client, GroupedBy::recipient, GroupedBy::reason}) {
    EXPECT_EQ(grouped_by(name_of(by)), by);
  }
  EXPECT_FALSE(grouped_by("colour"));
}

}  // namespace
}  // namespace postern::ledger
