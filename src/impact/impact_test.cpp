#include "impact/impact.hpp"

#include <algorithm>
#include <cstdint>
#include <random>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "impact/distinct.hpp"
#include "impact/services.hpp"

namespace postern::impact {
namespace {

using evidence::AuthResult;
using evidence::Delivery;
using evidence::Message;
using policy::Known;
using policy::ReversePath;

policy::Tenant contoso() {
  policy::Tenant tenant;
  tenant.name = "contoso.com";
  tenant.reject_direct_send = policy::RejectDirectSend::never_set;
  for (const char* name : {"contoso.com", "fabrikam.com"}) {
    policy::AcceptedDomain domain;
    domain.name = name;
    tenant.accepted_domains.push_back(domain);
  }
  policy::InboundConnector connector;
  connector.name = "News";
  connector.sender_domains = {*policy::parse_sender_domain("fabrikam.com")};
  connector.sender_ip_addresses = {*Prefix::parse("198.51.100.77")};
  connector.restrict_domains_to_ip_addresses = true;
  tenant.inbound_connectors = {connector};
  return tenant;
}

// A message with sensible values; text that it points to lives as long as the program.
struct Mail {
  std::string from = "scanner@contoso.com";
  std::string to = "ann@contoso.com";
  std::string ip = "203.0.113.7";
  int day = 0;
  AuthResult spf = AuthResult::fail, dkim = AuthResult::none, dmarc = AuthResult::fail;
  AuthResult compauth = AuthResult::unknown;
  Delivery delivery = Delivery::inbox;
  std::string helo, ptr, id = "<1@device>", subject = "Scan";
  Known authenticated = Known::no;

  [[nodiscard]] Message message() const {
    Message m;
    auto& s = m.submission;
    s.authenticated = authenticated;
    s.client_ip = IpAddress::parse(ip);
    s.observed.state = policy::ObservedAttribution::State::default_connector;
    s.time = 1'790'000'000 + day * 86400;
    const std::string_view sender(from);
    if (sender == "<>") {
      s.reverse_path.state = ReversePath::State::null;
    } else {
      s.reverse_path = {ReversePath::State::address, sender.substr(sender.find('@') + 1)};
      m.reverse_path = sender;
    }
    s.recipient_domain = std::string_view(to).substr(to.find('@') + 1);
    m.recipient = to;
    m.results = {spf, dkim, dmarc, compauth};
    m.delivery = delivery;
    m.helo = helo;
    m.client_hostname = ptr;
    m.message_id = id;
    m.subject = subject;
    return m;
  }
};

class ImpactTest : public ::testing::Test {
 protected:
  ImpactTest() : readings_(*policy::Readings::of(contoso())), collector_(readings_, {}, {}) {}
  void send(const Mail& mail) { collector_.message(mail.message()); }
  void send(const Mail& mail, int days) {
    for (int day = 0; day < days; ++day) {
      Mail next = mail;
      next.day = day;
      send(next);
    }
  }
  Sender only() {
    report_ = collector_.finish();
    EXPECT_EQ(report_.senders.size(), 1u);
    return report_.senders.empty() ? Sender{} : report_.senders.front();
  }
  policy::Readings readings_;
  Collector collector_;
  Report report_;
};

std::string looks(const Sender& sender) {
  return std::string(name_of(sender.looks)) + " " + std::string(name_of(sender.kind));
}

TEST_F(ImpactTest, AScannerThatFailsSpfIsStillADevice) {
  send({}, 20);
  const Sender sender = only();
  EXPECT_EQ(looks(sender), "legitimate device or application");
  EXPECT_EQ(sender.days, 20u);
  EXPECT_EQ(sender.with_rejection.reject, 20u);
  EXPECT_EQ(sender.now.accept, 20u);
  EXPECT_EQ(report_.totals.rejected_legitimate, 20u);
  EXPECT_EQ(report_.totals.senders_legitimate, 1u);
}

TEST_F(ImpactTest, TheSameOverFewDaysProvesNothing) {
  send({}, 3);
  EXPECT_EQ(looks(only()), "unclear not determined");
  EXPECT_EQ(report_.totals.rejected_unclear, 3u);
}

TEST_F(ImpactTest, AnApplicationThatTheDomainOwnerListedIsLegitimateFromItsFirstMessage) {
  Mail mail;
  mail.from = "orders@contoso.com";
  mail.subject = "Order 7";
  mail.spf = mail.dmarc = AuthResult::pass;
  send(mail);
  EXPECT_EQ(looks(only()), "legitimate not determined");
}

TEST_F(ImpactTest, AKnownServiceOverSeveralAddressesIsOneSender) {
  for (int i = 0; i < 6; ++i) {
    Mail mail;
    mail.from = "crm@contoso.com";
    mail.ip = "198.51.100." + std::to_string(10 + i * 40);
    if (mail.ip == "198.51.100.77") continue;
    mail.ptr = "o" + std::to_string(i) + ".ptr.sendgrid.net";
    mail.spf = mail.dkim = mail.dmarc = AuthResult::pass;
    mail.day = i;
    send(mail);
  }
  const Sender sender = only();
  EXPECT_EQ(looks(sender), "legitimate online service");
  EXPECT_EQ(sender.name, "SendGrid");
  EXPECT_EQ(sender.address_count, 6u);
}

TEST_F(ImpactTest, AServicesNameAloneProvesNothing) {
  Mail mail;
  mail.ptr = "o1.ptr.sendgrid.net";
  send(mail);
  EXPECT_EQ(name_of(only().looks), "unclear");
}

TEST_F(ImpactTest, ALureToItsOwnRecipientsIsForged) {
  for (int i = 0; i < 12; ++i) {
    Mail mail;
    mail.from = mail.to = "user" + std::to_string(i) + "@contoso.com";
    mail.compauth = AuthResult::fail;
    mail.delivery = Delivery::junk;
    mail.subject = "Missed fax";
    send(mail);
  }
  const Sender sender = only();
  EXPECT_EQ(looks(sender), "forged attack");
  EXPECT_GE(sender.reasons.size(), 4u);
  EXPECT_EQ(report_.totals.rejected_forged, 12u);
}

TEST_F(ImpactTest, OneSignOfForgeryIsNotEnough) {
  Mail mail;
  mail.compauth = AuthResult::fail;
  send(mail);
  EXPECT_EQ(name_of(only().looks), "unclear");
}

TEST_F(ImpactTest, JunkedMailOfAListedSourceStaysLegitimate) {
  Mail mail;
  mail.spf = mail.dmarc = AuthResult::pass;
  mail.delivery = Delivery::junk;
  send(mail, 2);
  EXPECT_EQ(name_of(only().looks), "legitimate");
}

TEST_F(ImpactTest, AForwarderHandsBackOurOwnMail) {
  for (int i = 0; i < 5; ++i) {
    Mail mail;
    mail.from = "user" + std::to_string(i) + "@contoso.com";
    mail.id = "<AM0PR" + std::to_string(i) + "@AM0PR01MB1.eurprd01.prod.outlook.com>";
    mail.dkim = AuthResult::pass;
    mail.dmarc = AuthResult::pass;
    mail.ptr = "mx.club.example";
    send(mail);
  }
  const Sender sender = only();
  EXPECT_EQ(looks(sender), "legitimate forwarder");
  EXPECT_EQ(sender.name, "mx.club.example");
}

TEST_F(ImpactTest, AConnectorCovers) {
  Mail mail;
  mail.from = "crm@fabrikam.com";
  mail.ip = "198.51.100.77";
  Message m = mail.message();
  m.submission.observed = {};  // what was recorded would win over the rule
  collector_.message(m);
  collector_.message(m);
  const Sender sender = only();
  EXPECT_EQ(looks(sender), "legitimate covered");
  EXPECT_EQ(sender.connectors, std::vector<std::string>{"News"});
  EXPECT_EQ(report_.totals.senders_legitimate, 0u) << "nobody breaks";
}

TEST_F(ImpactTest, WhatDirectSendDoesNotConcernIsSetAside) {
  Mail mail;
  mail.from = "bob@adatum.com";
  send(mail);
  Message shown = mail.message();
  shown.header_from_domain = "contoso.com";
  collector_.message(shown);
  mail.from = "<>";
  send(mail);
  mail = {};
  mail.authenticated = Known::yes;
  send(mail);
  mail = {};
  mail.to = "bob@elsewhere.example";
  send(mail);
  collector_.not_relevant(evidence::NotRelevant::outbound);
  collector_.bad({"x.csv", 3, 4, "Timestamp", "is no time"});
  const Report report = collector_.finish();
  const Totals& t = report.totals;
  EXPECT_EQ(t.aside.external_sender, 1u);
  EXPECT_EQ(t.aside.header_from_only, 1u);
  EXPECT_EQ(t.aside.null_reverse_path, 1u);
  EXPECT_EQ(t.aside.authenticated, 1u);
  EXPECT_EQ(t.aside.other_tenant, 1u);
  EXPECT_EQ(t.aside.outbound, 1u);
  EXPECT_EQ(t.used, 0u);
  EXPECT_EQ(t.rows, 7u);
  ASSERT_EQ(report.bad_rows.size(), 1u);
  EXPECT_EQ(report.bad_rows[0].place.file, "x.csv");
  EXPECT_EQ(report.bad_rows[0].place.line, 4u);
  EXPECT_EQ(report.bad_rows[0].column, "Timestamp");
  EXPECT_EQ(report.bad_rows[0].text(), "x.csv:4: row 3: Timestamp is no time");
}

TEST(UnusableRows, AreToldByWhatIsKnownOfThem) {
  EXPECT_EQ((UnusableRow{"a.eml", 0, {}, "is no mail"}.text()), "a.eml is no mail");
  EXPECT_EQ((UnusableRow{{"a.csv", 2, 0}, 1, {}, "is too short"}.text()),
            "a.csv:2: row 1 is too short");
  EXPECT_EQ((UnusableRow{"a\x1b", 0, "To\n", "is\x07 odd"}.text()).find_first_of("\x1b\n\x07"),
            std::string::npos)
      << "safe at a terminal";
}

TEST_F(ImpactTest, WithoutTheEnvelopeSenderOwnMailIsUndetermined) {
  const Mail mail;
  Message m = mail.message();
  m.submission.reverse_path = {};
  m.reverse_path_uncertain = true;
  m.header_from_domain = "contoso.com";
  collector_.message(m);
  m.header_from_domain = "adatum.com";
  collector_.message(m);
  const Sender sender = only();
  EXPECT_EQ(sender.with_rejection.undetermined, 1u);
  EXPECT_EQ(report_.totals.missing, policy::Fact::reverse_path);
  EXPECT_EQ(report_.totals.undetermined, 1u);
  EXPECT_EQ(report_.totals.aside.external_sender, 1u);
}

TEST_F(ImpactTest, OneDevicePerRowOfANetworkIsMergedByItsName) {
  for (int i = 1; i <= 3; ++i) {
    Mail mail;
    mail.ip = "203.0.113." + std::to_string(i);
    send(mail, 12);
  }
  const Sender sender = only();
  EXPECT_EQ(sender.name, "203.0.113.1 and 2 more");
  EXPECT_EQ(sender.messages, 36u);
}

TEST_F(ImpactTest, TotalsAddUpWhateverComes) {
  std::mt19937 random(3);
  const std::vector<std::string> senders = {"a@contoso.com", "b@fabrikam.com", "c@adatum.com",
                                            "<>"};
  const std::vector<std::string> recipients = {"x@contoso.com", "y@fabrikam.com", "z@adatum.com"};
  for (int i = 0; i < 5000; ++i) {
    Mail mail;
    mail.from = senders[random() % senders.size()];
    mail.to = recipients[random() % recipients.size()];
    mail.ip = "203.0.113." + std::to_string(random() % 256);
    mail.authenticated = static_cast<Known>(random() % 3);
    if (random() % 10 == 0) {
      collector_.not_relevant(
          static_cast<evidence::NotRelevant>(random() % evidence::not_relevant_kinds));
    } else if (random() % 10 == 0) {
      collector_.bad({"x", 1, 1, "", "is bad"});
    } else {
      send(mail);
    }
  }
  const Report report = collector_.finish();
  const Totals& t = report.totals;
  const Aside& a = t.aside;
  EXPECT_EQ(t.rows, t.used + t.not_relevant + t.bad);
  EXPECT_EQ(t.not_relevant, a.external_sender + a.header_from_only + a.null_reverse_path +
                                a.authenticated + a.outbound + a.other_tenant + a.other_event +
                                a.duplicate + a.not_mail + a.other_receiver + a.other_source +
                                a.other_period + a.sender_untold + a.undated);
  EXPECT_EQ(t.used, t.rejected_legitimate + t.rejected_forged + t.rejected_unclear +
                        t.undetermined + t.accepted);
  std::uint64_t messages = 0;
  for (const Sender& sender : report.senders)
    messages += sender.messages;
  EXPECT_EQ(messages, t.used);
}

TEST(Folding, BoundsTheSendersKeptApart) {
  const auto readings = *policy::Readings::of(contoso());
  Options options;
  options.most_senders = 10;
  Collector collector(readings, {}, options);
  for (int i = 0; i < 100; ++i) {
    Mail mail;
    mail.ip = "192.0." + std::to_string(i) + ".1";
    collector.message(mail.message());
  }
  const Report report = collector.finish();
  EXPECT_EQ(report.senders.size(), 11u);
  EXPECT_EQ(report.folded_senders, 90u);
  EXPECT_EQ(report.folded_messages, 90u);
  EXPECT_EQ(report.totals.used, 100u);
}

TEST(Distinct, IsExactWhileFewAndCloseWhenMany) {
  DistinctCount few;
  for (int i = 0; i < 1000; ++i)
    few.add(hash_text("user" + std::to_string(i % 200)));
  EXPECT_EQ(few.count(), 200u);
  EXPECT_FALSE(few.is_estimate());
  DistinctCount many;
  DistinctCount other;
  for (int i = 0; i < 100000; ++i) {
    (i % 2 == 0 ? many : other).add(hash_text("user" + std::to_string(i)));
  }
  many.merge(other);
  EXPECT_TRUE(many.is_estimate());
  EXPECT_NEAR(static_cast<double>(many.count()), 100000.0, 6000.0);
  few.merge(many);
  EXPECT_NEAR(static_cast<double>(few.count()), 100000.0, 6000.0);
  EXPECT_EQ(hash_text("Ann@Contoso.com"), hash_text("ann@contoso.COM"));
}

TEST(Days, AreCountedInAnyOrder) {
  std::vector<std::int64_t> given = {20000, 20001, 20000, 19900, 20500, 90000, -40000};
  std::sort(given.begin(), given.end());
  do {
    DayCounts days;
    for (const std::int64_t day : given)
      days.add(day);
    EXPECT_EQ(days.count(), 6u);
    EXPECT_EQ(days.span(), 130001);
    EXPECT_EQ(days.most_within(2), 3u);
  } while (std::next_permutation(given.begin(), given.end()));
  DayCounts days, other;
  for (const std::int64_t day : given)
    days.add(day);
  other.add(20001);
  other.add(20002);
  days.merge(other);
  EXPECT_EQ(days.count(), 7u);
  EXPECT_EQ(days.most_within(3), 5u);
}

TEST(Days, OfTooManyTheLatestAreKept) {
  const auto most = static_cast<std::int64_t>(DayCounts::most_days);
  DayCounts up, down;
  for (std::int64_t i = 0; i < most + 100; ++i) {
    up.add(2 * i, 7);
    down.add(2 * (most + 99 - i), 7);
  }
  EXPECT_EQ(up.count(), DayCounts::most_days);
  EXPECT_EQ(up.days().front().day, 200);
  EXPECT_EQ(down.days().front().day, 200);
  EXPECT_EQ(down.span(), up.span());
  up.add(3);
  EXPECT_EQ(up.days().front().day, 200);
}

TEST(Services, EndAtALabel) {
  const Services services;
  EXPECT_EQ(services[services.of_host("o1.ptr.sendgrid.net")].name, "SendGrid");
  EXPECT_EQ(services[services.of_spf_include("u7.wl.sendgrid.net")].name, "SendGrid");
  EXPECT_EQ(services.of_host("evilsendgrid.net"), no_service);
  EXPECT_EQ(services.of_host("mail.contoso.com"), no_service);
  EXPECT_EQ(organisation_of("mail.shop.example.co.uk"), "example.co.uk");
  EXPECT_EQ(organisation_of("mail.example.com"), "example.com");
  EXPECT_EQ(organisation_of("localhost"), "localhost");
}

}  // namespace
}  // namespace postern::impact
