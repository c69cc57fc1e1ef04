// The difference of two tenants, told as an administrator would ask for it.
#include "difference/difference.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "policy/policy.hpp"

namespace postern::difference {
namespace {

using policy::AcceptedDomain;
using policy::ConnectorType;
using policy::InboundConnector;
using policy::RejectDirectSend;
using policy::Tenant;

Tenant contoso(RejectDirectSend reject = RejectDirectSend::off) {
  Tenant tenant;
  tenant.name = "contoso";
  tenant.reject_direct_send = reject;
  AcceptedDomain domain;
  domain.name = "contoso.com";
  tenant.accepted_domains = {domain};
  return tenant;
}

InboundConnector connector(std::string name, ConnectorType type, std::string_view sender,
                           std::string_view address) {
  InboundConnector out;
  out.name = std::move(name);
  out.type = type;
  out.sender_domains = {*policy::parse_sender_domain(sender)};
  if (!address.empty()) out.sender_ip_addresses = {*Prefix::parse(address)};
  return out;
}

Difference compared(const Tenant& before, const Tenant& after) {
  auto out = compare(before, after);
  EXPECT_TRUE(out) << out.error().front().line();
  return *out;
}

std::vector<std::string> sentences(const Difference& difference) {
  std::vector<std::string> out;
  for (const Statement& statement : difference.statements)
    out.push_back(sentence_of(statement));
  return out;
}

bool remarked(const Difference& difference, std::string_view id) {
  return std::any_of(difference.remarks.begin(), difference.remarks.end(),
                     [&](const Remark& remark) { return remark.id == id; });
}

TEST(Difference, OfATenantAndItselfIsNothing) {
  const Difference none = compared(contoso(), contoso());
  EXPECT_EQ(none.result, Finding::same);
  EXPECT_TRUE(none.statements.empty());
  EXPECT_GT(none.kinds, 0u);
}

TEST(Difference, NeverSetAndOffAreTheSame) {
  EXPECT_EQ(compared(contoso(RejectDirectSend::never_set), contoso()).result, Finding::same);
}

TEST(Difference, TheSwitchRefusesYourDomainsFromAnywhere) {
  const Difference switched = compared(contoso(), contoso(RejectDirectSend::on));
  EXPECT_EQ(switched.result, Finding::differs);
  EXPECT_EQ(
      sentences(switched),
      (std::vector<std::string>{"newly refused (550 5.7.68): from your domains to your "
                                "domains, any address, but not Azure Communication Services"}));
  const Witness& witness = switched.statements.front().witness;
  EXPECT_EQ(witness.client_ip, "192.0.2.1");
  EXPECT_EQ(witness.mail_from, "contoso.com");
  EXPECT_EQ(witness.before, Effect::accepted);
  EXPECT_EQ(witness.after, Effect::direct_send_rejected);
}

// Two exports that both lack the switch may be of a tenant in which it is on and of one in which it
// is off.
TEST(Difference, ASwitchThatNeitherTellsMayBeOnInOne) {
  const Tenant unknown = contoso(RejectDirectSend::unknown);
  const Difference two = compared(unknown, unknown);
  EXPECT_EQ(two.result, Finding::not_determined);
  EXPECT_EQ(two.why_not_determined,
            "RejectDirectSend is not known of either (shown as off), and may be on in one alone");
  ASSERT_GE(two.readings.size(), 2u);
  EXPECT_EQ(two.readings[0].values, std::vector<std::string>{"on before, off after"});
  EXPECT_EQ(two.readings[0].parts.front().change, Change::newly_accepted);
  EXPECT_EQ(two.readings[1].values, std::vector<std::string>{"off before, on after"});
  EXPECT_EQ(two.readings[1].parts.front().change, Change::newly_refused);
  for (const Reading& reading : two.readings) {
    EXPECT_EQ(std::count(reading.values.begin(), reading.values.end(), "on before and after"), 0)
        << "which makes no difference";
  }
}

TEST(Difference, ASwitchThatOneReadingDoesNotTellIsOneThing) {
  const Tenant unknown = contoso(RejectDirectSend::unknown);
  const auto one = compare(unknown, unknown, policy::Choice::none, UnknownSwitch::of_one_reading);
  ASSERT_TRUE(one);
  EXPECT_EQ(one->result, Finding::same);
}

TEST(RefusedAnew, IsWhatWasAcceptedThenAndIsNow) {
  const Tenant then = contoso();
  Tenant now = contoso(RejectDirectSend::on);
  now.inbound_connectors = {connector("devices", ConnectorType::on_premises, "*", "203.0.113.7")};
  const auto lost = refused_anew(then, now, contoso(RejectDirectSend::on));
  ASSERT_TRUE(lost) << lost.error().line();
  ASSERT_EQ(lost->size(), 1u) << "relay was refused then too";
  EXPECT_EQ(sentence_of(lost->front()),
            "newly refused (550 5.7.68): from your domains to your domains, 203.0.113.7, but not "
            "Azure Communication Services");
  const auto none = refused_anew(then, now, contoso());
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->empty());
  EXPECT_FALSE(refused_anew(then, contoso(RejectDirectSend::unknown), then));
}

TEST(Difference, AnOnPremisesConnectorOpensRelayAndTakesOthersMail) {
  Tenant after = contoso(RejectDirectSend::on);
  after.inbound_connectors = {connector("devices", ConnectorType::on_premises, "*", "203.0.113.7")};
  const Difference planned = compared(contoso(), after);
  EXPECT_EQ(sentences(planned),
            (std::vector<std::string>{
                "newly refused (550 5.7.68): from your domains to your domains, any address but "
                "203.0.113.7, but not Azure Communication Services",
                "newly accepted (was 550 5.7.64): from your domains to others' domains (relay), "
                "203.0.113.7, by 'devices'",
                "another reply (550 5.7.64 ATTR36 in place of 550 5.7.64): from others' domains or "
                "<> to others' domains (relay), 203.0.113.7, through 'devices'"}));
  EXPECT_TRUE(remarked(planned, "relay"));
  EXPECT_TRUE(remarked(planned, "recipient_leg"));
  EXPECT_GT(planned.attribution_kinds, 0u);
}

TEST(Difference, APartnerConnectorOpensNoRelay) {
  Tenant after = contoso(RejectDirectSend::on);
  after.inbound_connectors = {
      connector("crm", ConnectorType::partner, "contoso.com", "203.0.113.7")};
  EXPECT_FALSE(remarked(compared(contoso(RejectDirectSend::on), after), "relay"));
}

TEST(Difference, SubdomainsOpenRecipientsToo) {
  Tenant after = contoso(RejectDirectSend::on);
  after.accepted_domains[0].match_subdomains = true;
  const Difference difference = compared(contoso(RejectDirectSend::on), after);
  EXPECT_TRUE(remarked(difference, "recipients_opened"));
}

TEST(Difference, ADemandOfTlsIsTold) {
  Tenant before = contoso();
  before.inbound_connectors = {connector("fabrikam", ConnectorType::partner, "fabrikam.com", "")};
  Tenant after = before;
  after.inbound_connectors[0].require_tls = true;
  EXPECT_TRUE(remarked(compared(before, after), "tls_demanded"));
  EXPECT_TRUE(remarked(compared(after, before), "tls_no_longer_demanded"));
}

TEST(Difference, ARenamedConnectorIsNone) {
  Tenant before = contoso();
  before.inbound_connectors = {connector("old name", ConnectorType::partner, "*", "203.0.113.7")};
  Tenant after = before;
  after.inbound_connectors[0].name = "new name";
  EXPECT_EQ(compared(before, after).result, Finding::same);
}

TEST(Difference, ACoveredConnectorChangesNothing) {
  Tenant before = contoso(RejectDirectSend::on);
  before.inbound_connectors = {connector("wide", ConnectorType::partner, "*", "203.0.113.0/24"),
                               connector("narrow", ConnectorType::partner, "*", "203.0.113.7")};
  Tenant after = before;
  after.inbound_connectors.pop_back();
  EXPECT_EQ(compared(before, after).result, Finding::same);
}

TEST(Difference, AChoiceThatMattersIsNamed) {
  Tenant before = contoso(RejectDirectSend::on);
  Tenant after = before;
  after.inbound_connectors = {
      connector("crm", ConnectorType::partner, "contoso.com", "203.0.113.7")};
  const Difference difference = compared(before, after);
  EXPECT_EQ(difference.result, Finding::differs);
  ASSERT_EQ(difference.readings.size(), 2u);
  EXPECT_EQ(difference.readings[0].keys, std::vector<std::string>{"partner_address_match"});
  EXPECT_EQ(difference.readings[1].keys, std::vector<std::string>{"acs_exempt"});
  EXPECT_EQ(difference.readings[0].parts[0].instead_of, Change::newly_accepted);
  EXPECT_EQ(difference.readings[0].parts[0].change, Change::none);
}

TEST(Difference, WhatHangsOnAChoiceAloneIsNotDetermined) {
  Tenant before = contoso(RejectDirectSend::on);
  before.choices.partner_address_match = policy::PartnerAddressMatch::only_restricted;
  Tenant after = before;
  after.inbound_connectors = {
      connector("crm", ConnectorType::partner, "contoso.com", "203.0.113.7")};
  EXPECT_EQ(compared(before, after).result, Finding::not_determined);
}

TEST(Difference, ASwitchThatOneFileDoesNotTellIsTriedBothWays) {
  const Tenant unknown = contoso(RejectDirectSend::unknown);
  EXPECT_EQ(compared(unknown, contoso(RejectDirectSend::off)).result, Finding::not_determined);
  EXPECT_EQ(compared(unknown, contoso(RejectDirectSend::on)).result, Finding::not_determined);
}

TEST(Difference, UnknownConnectorsAreNotCompared) {
  Tenant unknown = contoso();
  unknown.inbound_connectors_known = false;
  const Difference difference = compared(contoso(), unknown);
  EXPECT_EQ(difference.result, Finding::not_determined);
  EXPECT_FALSE(difference.why_not_determined.empty());
}

TEST(Difference, DifferentAnswersToChoicesAreRefused) {
  Tenant other = contoso();
  other.choices.connector_match = policy::ConnectorMatch::all;
  EXPECT_FALSE(compare(contoso(), other));
}

TEST(Difference, AnIPv6BlockHoldsNoIPv4Address) {
  Tenant before = contoso(RejectDirectSend::on);
  before.cloud = policy::Cloud::none;
  Tenant after = before;
  after.inbound_connectors = {connector("six", ConnectorType::partner, "*", "::/0")};
  const Difference difference = compared(before, after);
  ASSERT_EQ(difference.statements.size(), 1u);
  EXPECT_EQ(difference.statements[0].where.addresses.text, "any address but 0.0.0.0/0");
}

}  // namespace
}  // namespace postern::difference
