// Which mail-flow rules stop what comes past an MX, and what an MX says.
#include "audit/lock_down.hpp"

#include <optional>
#include <utility>

#include <gtest/gtest.h>

namespace postern::audit {
namespace {

using policy::Known;
using tenant::TransportRule;

// Microsoft's rule: all that comes from outside, but what Exchange stamped as the organisation's.
TransportRule lock_down_rule() {
  TransportRule rule;
  rule.name = "Gateway";
  rule.from_scope = "NotInOrganization";
  rule.quarantine = true;
  rule.except_if_header = "X-MS-Exchange-Organization-AuthAs";
  rule.except_if_header_words = {"Internal"};
  return rule;
}

std::string text_of(const RuleAnswer& answer) {
  return answer.stops == Known::yes  ? "stops"
         : answer.stops == Known::no ? "does not"
                                     : answer.because;
}

template <class Change>
std::string with(Change change) {
  TransportRule rule = lock_down_rule();
  change(rule);
  return text_of(lock_down_of(rule));
}

TEST(LockDownRules, StopWhatIsNotTheOrganisationsOwn) {
  EXPECT_EQ(with([](auto&) {}), "stops");
  EXPECT_EQ(with([](auto& r) { r.from_scope = ""; }), "stops");
  EXPECT_EQ(with([](auto& r) { std::swap(r.quarantine, r.rejects); }), "stops");
  EXPECT_EQ(with([](auto& r) { std::swap(r.quarantine, r.delete_message); }), "stops");
  EXPECT_EQ(with([](auto& r) { r.except_if_header_words = {"internal"}; }), "stops");
}

TEST(LockDownRules, AreNoneWhereSomethingNarrowsThem) {
  EXPECT_EQ(with([](auto& r) { r.from_scope = "InOrganization"; }), "does not");
  EXPECT_EQ(with([](auto& r) { r.sender_domain_is = {"fabrikam.com"}; }), "does not");
  EXPECT_EQ(with([](auto& r) { r.from = {"ann@fabrikam.com"}; }), "does not");
  EXPECT_EQ(with([](auto& r) { r.from_address_contains_words = {"ann"}; }), "does not");
  EXPECT_EQ(with([](auto& r) { r.from_address_matches_patterns = {"^a"}; }), "does not");
  EXPECT_EQ(with([](auto& r) { r.sender_ip_ranges = {"203.0.113.7"}; }), "does not");
  EXPECT_EQ(with([](auto& r) { r.header_contains_message_header = "X-Spam"; }), "does not");
}

TEST(LockDownRules, AreNoneWhereTheyDoNotActOrLetOthersIn) {
  EXPECT_EQ(with([](auto& r) { r.enabled = false; }), "does not");
  EXPECT_EQ(with([](auto& r) { r.enforced = false; }), "does not");
  EXPECT_EQ(with([](auto& r) { r.quarantine = false; }), "does not");
  EXPECT_EQ(with([](auto& r) { r.except_if_header = ""; }), "does not");
  EXPECT_EQ(with([](auto& r) { r.except_if_header = "X-Ours"; }), "does not");
  EXPECT_EQ(with([](auto& r) { r.except_if_header_words = {"Anonymous"}; }), "does not");
  EXPECT_EQ(with([](auto& r) {
              r.except_if_header_words = {"Internal", "Anonymous"};
            }),
            "does not");
}

TEST(LockDownRules, WithWhatPosternDoesNotWeighAreNotKnown) {
  EXPECT_EQ(with([](auto& r) { r.other_conditions = {"SentTo"}; }),
            "the rule 'Gateway' has a condition that Postern does not weigh: SentTo");
  EXPECT_EQ(with([](auto& r) { r.other_exceptions = {"ExceptIfSenderIpRanges"}; }),
            "the rule 'Gateway' has a further exception that Postern does not weigh: "
            "ExceptIfSenderIpRanges");
  EXPECT_EQ(with([](auto& r) {
              r.not_exported = {"FromScope", "SenderDomainIs"};
            }),
            "the rule 'Gateway' was exported without: SenderDomainIs, FromScope");
  EXPECT_EQ(with([](auto& r) { r.not_exported = {"State"}; }),
            "the rule 'Gateway' was exported without: State");
}

TEST(LockDownRules, HangOnNothingElseThatAnExportLacks) {
  EXPECT_EQ(with([](auto& r) { r.not_exported = {"SetSCL", "DeleteMessage"}; }), "stops");
  EXPECT_EQ(with([](auto& r) {
              r.other_conditions = {"SentTo"};
              r.sender_domain_is = {"fabrikam.com"};
            }),
            "does not")
      << "narrowed for certain";
}

TEST(LockDownRules, OfATenantTheOneThatStopsCounts) {
  tenant::Configuration c;
  EXPECT_EQ(text_of(lock_down_of_rules(c)), "mail-flow rules were not read");
  c.transport_rules.known = true;
  EXPECT_EQ(text_of(lock_down_of_rules(c)), "does not");
  TransportRule unclear = lock_down_rule();
  unclear.other_conditions = {"SentTo"};
  c.transport_rules.value = {unclear};
  EXPECT_NE(text_of(lock_down_of_rules(c)).find("SentTo"), std::string::npos);
  c.transport_rules.value.push_back(lock_down_rule());
  EXPECT_EQ(text_of(lock_down_of_rules(c)), "stops");
}

// The lock-down with another rule, of priorities 1 and 0; `change` makes of the other what it is.
template <class Change>
std::string beside_another(Change change) {
  tenant::Configuration c;
  c.transport_rules.known = true;
  TransportRule other;
  other.name = "Other";
  other.priority = 0;
  c.transport_rules.value = {lock_down_rule(), other};
  c.transport_rules.value[0].priority = 1;
  change(c.transport_rules.value[1]);
  return text_of(lock_down_of_rules(c));
}

TEST(LockDownRules, ActOnlyWhereNoRuleBeforeThemEndsIt) {
  EXPECT_EQ(beside_another([](auto&) {}), "stops");
  EXPECT_EQ(beside_another([](auto& r) { r.stop_rule_processing = true; }), "does not");
  const auto partner = [](auto& r) {
    r.stop_rule_processing = true;
    r.sender_domain_is = {"fabrikam.com"};
  };
  EXPECT_EQ(beside_another(partner),
            "the rule 'Gateway' acts after 'Other', which stops processing more rules for what it "
            "takes");
  EXPECT_EQ(beside_another([&](auto& r) {
              partner(r);
              r.priority = std::nullopt;
            }),
            "the rule 'Gateway' acts perhaps after (Priority is not known) 'Other', which stops "
            "processing more rules for what it takes");
  EXPECT_EQ(beside_another([](auto& r) { r.not_exported = {"StopRuleProcessing"}; }),
            "the rule 'Gateway' acts after 'Other', which was exported without "
            "StopRuleProcessing");
  EXPECT_EQ(
      beside_another([](auto& r) { r.set_header_name = "x-ms-exchange-organization-authas"; }),
      "the rule 'Gateway' acts after 'Other', which sets the header "
      "X-MS-Exchange-Organization-AuthAs");
}

TEST(LockDownRules, ActBesideRulesThatTakeNothingFromThem) {
  const auto with = [](auto change) {
    return beside_another([&](auto& r) {
      r.stop_rule_processing = true;
      change(r);
    });
  };
  EXPECT_EQ(with([](auto& r) { r.priority = 2; }), "stops");
  EXPECT_EQ(with([](auto& r) { r.enabled = false; }), "stops");
  EXPECT_EQ(with([](auto& r) { r.enforced = false; }), "stops");
  EXPECT_EQ(with([](auto& r) { r.from_scope = "InOrganization"; }), "stops");
  EXPECT_EQ(with([](auto& r) { r.rejects = true; }), "stops") << "itself";
}

TEST(LockDownConnectors, CoverTheDomainsThatTheyAreLimitedTo) {
  policy::Tenant tenant;
  policy::InboundConnector connector;
  EXPECT_TRUE(covers(tenant, connector, "contoso.com"));
  connector.associated_accepted_domains = {"fabrikam.com"};
  EXPECT_FALSE(covers(tenant, connector, "contoso.com"));
  EXPECT_TRUE(covers(tenant, connector, "fabrikam.com"));
  tenant.choices.associated_domains = policy::AssociatedDomains::ignored;
  EXPECT_TRUE(covers(tenant, connector, "contoso.com"));
  tenant.choices.associated_domains = policy::AssociatedDomains::sender;
  EXPECT_FALSE(covers(tenant, connector, "fabrikam.com"));
}

}  // namespace
}  // namespace postern::audit
