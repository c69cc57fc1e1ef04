// A trace row and the event that tells how the message came are one message, whichever is read
// first.
#include "impact/message_join.hpp"

#include <initializer_list>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "impact/impact.hpp"

namespace postern::impact {
namespace {

using evidence::Message;
using policy::Known;
using policy::ReversePath;

policy::Readings contoso() {
  policy::Tenant tenant;
  tenant.name = "contoso.com";
  policy::AcceptedDomain domain;
  domain.name = "contoso.com";
  tenant.accepted_domains = {domain};
  return *policy::Readings::of(tenant);
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

TEST(MessageJoin, ATraceAloneIsUndetermined) {
  const Report report = report_of({trace_row("ann@contoso.com")});
  EXPECT_EQ(report.totals.undetermined, 1u);
  EXPECT_TRUE(has(report.totals.missing, policy::Fact::reverse_path));
}

TEST(MessageJoin, TheArrivalMayComeAfterItsMessages) {
  expect_two_rejected(
      report_of({trace_row("ann@contoso.com"), trace_row("bob@contoso.com"), arrival()}));
}

TEST(MessageJoin, TheArrivalMayComeBeforeItsMessages) {
  expect_two_rejected(
      report_of({arrival(), trace_row("ann@contoso.com"), trace_row("bob@contoso.com")}));
}

TEST(MessageJoin, MessageIdsJoinWhereTraceIdsAreMissing) {
  Message by_message_id = arrival();
  by_message_id.network_message_id = {};
  by_message_id.message_id = "1@mfp";
  expect_two_rejected(
      report_of({trace_row("ann@contoso.com"), by_message_id, trace_row("bob@contoso.com")}));
}

TEST(MessageJoin, AnArrivalWithoutItsMessageStandsAlone) {
  const Report report = report_of({arrival()});
  EXPECT_EQ(report.totals.used, 1u);
  EXPECT_EQ(report.totals.aside.other_source, 0u);
  EXPECT_EQ(report.totals.rows, 1u);
}

TEST(MessageJoin, AnArrivalOfAMessageThatAStrongerSourceToldIsNotCountedAgain) {
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

TEST(MessageJoin, AnArrivalMayShowThatTheTraceShowsTheHeaderFrom) {
  Message bounce_domain = arrival();
  bounce_domain.submission.reverse_path.domain = "bounces.example";
  bounce_domain.reverse_path = "x@bounces.example";
  const Report report = report_of({trace_row("ann@contoso.com"), bounce_domain});
  EXPECT_EQ(report.totals.used, 0u);
  EXPECT_EQ(report.totals.aside.header_from_only, 1u);
}

TEST(MessageJoin, TheSameRowInTwoTracesIsOneMessage) {
  const Report report = report_of({trace_row("ann@contoso.com"), trace_row("ann@contoso.com")});
  EXPECT_EQ(report.totals.rows, 2u);
  EXPECT_EQ(report.totals.used, 1u);
  EXPECT_EQ(report.totals.aside.other_source, 1u);
}

TEST(MessageJoin, TheSameRowInTwoTracesAndItsArrivalAreOneMessage) {
  const Message row = trace_row("ann@contoso.com");
  for (const auto& messages : {std::initializer_list<Message>{row, row, arrival()},
                               std::initializer_list<Message>{row, arrival(), row},
                               std::initializer_list<Message>{arrival(), row, row}}) {
    const Report report = report_of(messages);
    EXPECT_EQ(report.totals.rows, 3u);
    EXPECT_EQ(report.totals.used, 1u);
    EXPECT_EQ(report.totals.undetermined, 0u);
  }
}

// Devices write the same Message-ID into everything they send.
TEST(MessageJoin, AnotherNetworkMessageIdIsAnotherMessage) {
  Message other = arrival();
  other.network_message_id = "bbbb";
  other.message_id = "<1@mfp>";
  other.submission.reverse_path = {ReversePath::State::address, "bounces.example"};
  other.reverse_path = "x@bounces.example";
  for (const auto& messages :
       {std::initializer_list<Message>{other, trace_row("ann@contoso.com")},
        std::initializer_list<Message>{trace_row("ann@contoso.com"), other},
        std::initializer_list<Message>{trace_row("ann@contoso.com"), other, arrival()}}) {
    const Report report = report_of(messages);
    EXPECT_EQ(report.totals.rows, messages.size());
    EXPECT_EQ(report.totals.used, 1u);
    EXPECT_EQ(report.totals.aside.header_from_only, 0u);
    EXPECT_EQ(report.totals.undetermined, messages.size() == 3 ? 0u : 1u);
  }
}

TEST(MessageJoin, AMessageIdOfSeveralArrivalsDecidesNothing) {
  Message first = arrival();
  first.message_id = "<1@mfp>";
  Message second = first;
  second.network_message_id = "bbbb";
  Message row = trace_row("ann@contoso.com");
  row.network_message_id = {};
  EXPECT_EQ(report_of({first, second, row}).totals.undetermined, 1u);
}

TEST(MessageJoin, ATraceRowTakenForTheEnvelopeStillWaitsForItsArrival) {
  Message row = trace_row("ann@contoso.com");
  row.reverse_path_uncertain = false;
  row.submission.reverse_path = {ReversePath::State::address, "contoso.com"};
  row.details_elsewhere = true;
  for (const auto& messages : {std::initializer_list<Message>{row, arrival()},
                               std::initializer_list<Message>{arrival(), row}}) {
    const Report report = report_of(messages);
    EXPECT_EQ(report.totals.used, 1u);
    EXPECT_EQ(report.totals.undetermined, 0u);
  }
}

TEST(MessageJoin, WhatIsKeptIsWhatCame) {
  Message m = trace_row("ann@contoso.com");
  m.header_from = "a";
  m.subject = std::string_view("b\0c", 3);
  m.helo = "d";
  m.client_hostname = "e";
  m.received_by = "f";
  m.reported_domain = "i";
  m.upstream_hostname = "g";
  m.upstream_address = IpAddress::parse("2001:db8::1");
  m.submission.tls = Known::yes;
  m.submission.authenticated = Known::no;
  m.submission.certificate.state = policy::ClientCertificate::State::none;
  m.submission.observed = {policy::ObservedAttribution::State::connector, "h"};
  m.submission.azure_communication_services = true;
  m.results.dkim = evidence::AuthResult::fail;
  m.count = 7;
  m.fragment = m.details_elsewhere = true;
  m.delivery = evidence::Delivery::junk;
  m.direction = evidence::Direction::internal;
  const PackedMessage packed(m);
  const MessageView view = packed.view();
  const Message& kept = view.message;
  EXPECT_EQ(kept.reverse_path, m.reverse_path);
  EXPECT_EQ(kept.header_from, "a");
  EXPECT_EQ(kept.header_from_domain, "contoso.com");
  EXPECT_EQ(kept.recipient, "ann@contoso.com");
  EXPECT_EQ(kept.message_id, "<1@mfp>");
  EXPECT_EQ(kept.network_message_id, "aaaa");
  EXPECT_EQ(kept.subject.size(), 3u);
  EXPECT_EQ(kept.helo, "d");
  EXPECT_EQ(kept.client_hostname, "e");
  EXPECT_EQ(kept.received_by, "f");
  EXPECT_EQ(kept.reported_domain, "i");
  EXPECT_EQ(kept.upstream_hostname, "g");
  EXPECT_EQ(kept.upstream_address, m.upstream_address);
  EXPECT_EQ(kept.submission.client_ip, m.submission.client_ip);
  EXPECT_EQ(kept.submission.tls, Known::yes);
  EXPECT_EQ(kept.submission.authenticated, Known::no);
  EXPECT_EQ(kept.submission.certificate.state, policy::ClientCertificate::State::none);
  EXPECT_EQ(kept.submission.observed.connector, "h");
  EXPECT_EQ(kept.submission.recipient_domain, "contoso.com");
  EXPECT_EQ(kept.submission.time, m.submission.time);
  EXPECT_TRUE(kept.submission.azure_communication_services);
  EXPECT_TRUE(kept.reverse_path_uncertain && kept.fragment && kept.details_elsewhere);
  EXPECT_EQ(kept.results.dkim, evidence::AuthResult::fail);
  EXPECT_EQ(kept.count, 7u);
  EXPECT_EQ(kept.delivery, evidence::Delivery::junk);
  EXPECT_EQ(kept.direction, evidence::Direction::internal);
}

TEST(MessageJoin, BeyondTheLimitRowsStayAsTheyCame) {
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

// Each row or event that found no room is told once.
TEST(MessageJoin, SaysHowManyRowsFoundNoRoom) {
  const auto told = [](std::initializer_list<Message> messages, std::size_t most) {
    for (const std::string& remark : report_of(messages, most).remarks) {
      if (remark.find("--most-joined") != std::string::npos)
        return remark.substr(0, remark.find(" could"));
    }
    return std::string("none");
  };
  const Message row = trace_row("ann@contoso.com");
  const Message other = trace_row("bob@contoso.com");
  EXPECT_EQ(told({row, arrival()}, 1), "none");
  EXPECT_EQ(told({row, other}, 1), "1 row");
  EXPECT_EQ(told({row, arrival(), arrival()}, 1), "1 row");
  EXPECT_EQ(told({row, arrival(), arrival(), arrival()}, 1), "2 rows");
  EXPECT_EQ(told({row, other, arrival(), arrival()}, 1), "2 rows");
}

Message told_aside(void change(Message&)) {
  Message m = trace_row("ann@contoso.com");
  m.reverse_path_uncertain = false;
  m.submission.reverse_path = {ReversePath::State::address, "contoso.com"};
  m.submission.authenticated = Known::no;
  change(m);
  return m;
}

// A row that could not tell that somebody signed in, or that only the header From was own, is no
// mail of its own beside one that could.
TEST(MessageJoin, WhatAStrongerSourceToldAsideIsNotCountedByAWeakerOne) {
  const Message signed_in = told_aside([](Message& m) { m.submission.authenticated = Known::yes; });
  const Message bounce = told_aside([](Message& m) {
    m.submission.reverse_path = {ReversePath::State::null, {}};
    m.reverse_path = {};
  });
  for (const Message& aside : {signed_in, bounce}) {
    EXPECT_EQ(report_of({aside, trace_row("ann@contoso.com")}).totals.used, 0u);
    EXPECT_EQ(report_of({trace_row("ann@contoso.com"), aside}).totals.used, 0u);
    Message another = trace_row("ann@contoso.com");
    another.network_message_id = "bbbb";
    EXPECT_EQ(report_of({aside, another}).totals.used, 1u) << "another message";
    // One that knows both itself is a message, whatever another row says.
    const Message knows = told_aside([](Message&) {});
    EXPECT_EQ(report_of({aside, knows}).totals.used, 1u);
  }
}

TEST(MessageJoin, WhatWasToldAsideIsFoundByMessageIdWhereTraceIdsAreMissing) {
  Message aside = told_aside([](Message& m) { m.submission.authenticated = Known::yes; });
  Message row = trace_row("ann@contoso.com");
  aside.network_message_id = row.network_message_id = {};
  EXPECT_EQ(report_of({aside, row}).totals.used, 0u);
  row.message_id = "<2@mfp>";
  EXPECT_EQ(report_of({aside, row}).totals.used, 1u);
}

// Mail that Direct Send does not concern is counted once too: what Exchange does with it is learnt
// from its number.
TEST(MessageJoin, ABystanderThatTwoFilesTellOfIsOne) {
  const auto kept = [](std::initializer_list<std::string_view> files) {
    Options options;
    options.most_joined = 100;
    options.bystanders = true;
    Collector collector(contoso(), {}, options);
    for (const std::string_view recipients : files) {
      for (const char recipient : recipients) {
        Message m = arrival();
        m.fragment = false;
        m.submission.reverse_path = {ReversePath::State::address, "adatum.example"};
        m.reverse_path = "bob@adatum.example";
        m.submission.recipient_domain = "contoso.com";
        const std::string address = std::string(1, recipient) + "@contoso.com";
        m.recipient = address;
        collector.message(m);
      }
      collector.file_done({});
    }
    return collector.finish().attributed;
  };
  EXPECT_EQ(kept({"a"}), 1u);
  EXPECT_EQ(kept({"a", "a"}), 1u);
  EXPECT_EQ(kept({"ab", "bc"}), 3u) << "each recipient is a message";
  EXPECT_EQ(kept({"aa", "a"}), 2u) << "as many as one file tells of";
}

}  // namespace
}  // namespace postern::impact
