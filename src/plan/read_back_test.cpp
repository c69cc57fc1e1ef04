#include "plan/read_back.hpp"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "plan/testing/bench.hpp"

namespace postern::plan {
namespace {

using namespace testing;

ReadBack after(void (*edit)(policy::Tenant&)) {
  const Plan plan = a_plan();
  policy::Tenant read = planned(plan);
  edit(read);
  return prove_read_back(Record::of(plan), read);
}

TEST(ReadBackProof, HoldsOfThePlannedTenantAndOfWhatIsOnItsWayThere) {
  EXPECT_TRUE(after([](policy::Tenant&) {}).as_planned);
  const Plan plan = a_plan();
  policy::Tenant read = plan.tenant;
  for (const Step& step : plan.steps) {
    const ReadBack proof = prove_read_back(Record::of(plan), read);
    EXPECT_TRUE(proof.as_planned) << proof.says;
    EXPECT_TRUE(proof.says.starts_with("all mail is decided as planned (")) << proof.says;
    step.apply_to(read);
  }
}

TEST(ReadBackProof, OrderCommentsAndNamesDecideNoMail) {
  EXPECT_TRUE(after([](policy::Tenant& t) {
                for (policy::InboundConnector& c : t.inbound_connectors) {
                  std::reverse(c.sender_ip_addresses.begin(), c.sender_ip_addresses.end());
                  c.comment = "seen";
                }
                std::reverse(t.inbound_connectors.begin(), t.inbound_connectors.end());
                t.name = "another name";
              }).as_planned);
}

TEST(ReadBackProof, WhatElseOpenedIsNamed) {
  const ReadBack proof = after([](policy::Tenant& t) {
    t.inbound_connectors.push_back(
        connector("Other", policy::ConnectorType::on_premises, {"*"}, {"192.0.2.1"}));
  });
  EXPECT_FALSE(proof.as_planned);
  EXPECT_TRUE(proof.says.starts_with("newly accepted")) << proof.says;
  EXPECT_NE(proof.says.find("192.0.2.1"), std::string::npos) << proof.says;
}

TEST(ReadBackProof, WhatWouldBeRefusedIsNamed) {
  const ReadBack proof = after([](policy::Tenant& t) {
    std::erase_if(t.inbound_connectors, [](const auto& c) { return c.name == "Scanner"; });
    // Not a step that is still to be made: another has the name.
    t.inbound_connectors.push_back(
        connector("Scanner", policy::ConnectorType::on_premises, {"*"}, {"203.0.113.9"}));
  });
  EXPECT_FALSE(proof.as_planned);
  EXPECT_TRUE(proof.says.starts_with("newly refused")) << proof.says;
  EXPECT_NE(proof.says.find("203.0.113.7"), std::string::npos) << proof.says;
}

TEST(ReadBackProof, ADomainThatIsNoLongerAcceptedIsNoPlannedTenant) {
  const ReadBack proof = after([](policy::Tenant& t) { t.accepted_domains.pop_back(); });
  EXPECT_FALSE(proof.as_planned);
}

// A Partner connector that restricts nothing is matched by address in one reading of Microsoft's
// documents alone.
TEST(ReadBackProof, WhatAnotherReadingWouldOpenCountsToo) {
  const ReadBack proof = after([](policy::Tenant& t) {
    t.inbound_connectors.push_back(
        connector("Other", policy::ConnectorType::partner, {"contoso.com"}, {"192.0.2.1"}));
    t.choices.partner_address_match = policy::PartnerAddressMatch::only_restricted;
  });
  EXPECT_FALSE(proof.as_planned) << proof.says;
}

TEST(ReadBackProof, ConnectorsThatAreNotKnownProveNothing) {
  const ReadBack proof = after([](policy::Tenant& t) { t.inbound_connectors_known = false; });
  EXPECT_TRUE(proof.says.starts_with("whether all mail is decided as planned can't be told"))
      << proof.says;
}

}  // namespace
}  // namespace postern::plan
