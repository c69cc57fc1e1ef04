// A trace row and the event that tells how the message came are one message, whichever is read
// first.
#include "impact/open_messages.hpp"

#include <gtest/gtest.h>

#include "impact/impact.hpp"

namespace postern::impact {
namespace {

using evidence::Message;
using policy::Known;
using policy::ReversePath;

policy::Policy contoso() {
  policy::Tenant tenant;
  tenant.name = "contoso.com";
  policy::AcceptedDomain domain;
  domain.name = "contoso.com";
  tenant.accepted_domains = {domain};
  return *policy::Policy::compile(tenant);
}

Message trace_row(std::string_view recipient, std::string_view sender = "scan@contoso.com") {
  Message m;
  m.submission.client_ip = IpAddress::parse("203.0.113.7");
  m.submission.recipient_domain = "contoso.com";
  m.submission.time = 1'790'000'000;
  m.reverse_path = sender;
  m.reverse_path_uncertain = true;
  m.header_from_domain = sender.substr(sender.find('@') + 1);
  m.recipient = recipient;
  m.network_message_id = "aaaa";
  m.message_id = "<1@mfp>";
  return m;
}

Message arrival() {
  Message m;
  m.fragment = true;
  m.network_message_id = "AAAA";
  m.submission.reverse_path = {ReversePath::State::address, "contoso.com"};
  m.reverse_path = "scan@contoso.com";
  m.submission.client_ip = IpAddress::parse("203.0.113.7");
  m.submission.authenticated = Known::no;
  m.submission.observed.state = policy::ObservedAttribution::State::default_connector;
  return m;
}

Report report_of(std::initializer_list<Message> messages, std::size_t most_joined = 100) {
  Options options;
  options.most_joined = most_joined;
  Collector collector(contoso(), {}, options);
  for (const Message& m : messages) {
    collector.message(m);
    collector.file_done({});
  }
  return collector.finish();
}

void expect_two_rejected(const Report& report) {
  EXPECT_EQ(report.totals.used, 2u);
  EXPECT_EQ(report.totals.undetermined, 0u);
  EXPECT_EQ(report.totals.aside.other_source, 1u);
  EXPECT_EQ(report.totals.rows, 3u);
  ASSERT_EQ(report.senders.size(), 1u);
  EXPECT_EQ(report.senders[0].with_rejection.reject, 2u);
}

TEST(OpenMessages, ATraceAloneIsUndetermined) {
  const Report report = report_of({trace_row("ann@contoso.com")});
  EXPECT_EQ(report.totals.undetermined, 1u);
  EXPECT_TRUE(has(report.totals.missing, policy::Fact::reverse_path));
}

TEST(OpenMessages, TheArrivalMayComeAfterItsMessages) {
  expect_two_rejected(
      report_of({trace_row("ann@contoso.com"), trace_row("bob@contoso.com"), arrival()}));
}

TEST(OpenMessages, TheArrivalMayComeBeforeItsMessages) {
  expect_two_rejected(
      report_of({arrival(), trace_row("ann@contoso.com"), trace_row("bob@contoso.com")}));
}

TEST(OpenMessages, MessageIdsJoinWhereTraceIdsAreMissing) {
  Message by_message_id = arrival();
  by_message_id.network_message_id = {};
  by_message_id.message_id = "1@mfp";
  expect_two_rejected(
      report_of({trace_row("ann@contoso.com"), by_message_id, trace_row("bob@contoso.com")}));
}

TEST(OpenMessages, AnArrivalWithoutItsMessageStandsAlone) {
  const Report report = report_of({arrival()});
  EXPECT_EQ(report.totals.used, 1u);
  EXPECT_EQ(report.totals.aside.other_source, 0u);
  EXPECT_EQ(report.totals.rows, 1u);
}

TEST(OpenMessages, AnArrivalOfAMessageThatAStrongerSourceToldIsNotCountedAgain) {
  Message event = trace_row("ann@contoso.com");
  event.reverse_path_uncertain = false;
  event.submission.reverse_path = {ReversePath::State::address, "contoso.com"};
  event.submission.authenticated = Known::no;
  for (const auto& messages :
       {std::initializer_list<Message>{event, arrival()},
        std::initializer_list<Message>{arrival(), event},
        std::initializer_list<Message>{trace_row("ann@contoso.com"), event},
        std::initializer_list<Message>{event, trace_row("ann@contoso.com")}}) {
    const Report report = report_of(messages);
    EXPECT_EQ(report.totals.used, 1u);
    EXPECT_EQ(report.totals.rows, 2u);
    EXPECT_EQ(report.totals.undetermined, 0u);
  }
}

TEST(OpenMessages, AnArrivalMayShowThatTheTraceShowsTheHeaderFrom) {
  Message bounce_domain = arrival();
  bounce_domain.submission.reverse_path.domain = "bounces.example";
  bounce_domain.reverse_path = "x@bounces.example";
  const Report report = report_of({trace_row("ann@contoso.com"), bounce_domain});
  EXPECT_EQ(report.totals.used, 0u);
  EXPECT_EQ(report.totals.aside.header_from_only, 1u);
}

TEST(OpenMessages, BeyondTheLimitRowsStayAsTheyCame) {
  const Report report =
      report_of({trace_row("ann@contoso.com"), trace_row("bob@contoso.com"), arrival()}, 1);
  EXPECT_EQ(report.totals.rows, 3u);
  EXPECT_EQ(report.totals.used, 2u);
  EXPECT_EQ(report.totals.undetermined, 1u);
  bool told = false;
  for (const std::string& remark : report.remarks)
    told = told || remark.find("--most-joined") != std::string::npos;
  EXPECT_TRUE(told);
}

}  // namespace
}  // namespace postern::impact
