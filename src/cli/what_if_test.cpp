// --if changes a tenant as its words say, and refuses what tenant.toml would refuse.
#include "cli/what_if.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace postern::cli {
namespace {

using policy::ConnectorType;
using policy::RejectDirectSend;
using policy::Tenant;

Tenant contoso() {
  Tenant tenant;
  tenant.reject_direct_send = RejectDirectSend::off;
  policy::AcceptedDomain domain;
  domain.name = "contoso.com";
  tenant.accepted_domains = {domain};
  policy::InboundConnector connector;
  connector.name = "Scan relay";
  connector.require_tls = true;
  tenant.inbound_connectors = {connector};
  return tenant;
}

std::string refusal(const std::string& change) {
  const auto made = changed(contoso(), {change});
  return made ? std::string() : made.error().line();
}

TEST(WhatIf, TurnsTheSwitch) {
  EXPECT_EQ(changed(contoso(), {"reject-direct-send on"})->reject_direct_send,
            RejectDirectSend::on);
  EXPECT_EQ(changed(contoso(), {"reject-direct-send off"})->reject_direct_send,
            RejectDirectSend::off);
}

TEST(WhatIf, AddsAConnector) {
  const auto made = changed(contoso(), {"connector Plant type=OnPremises sender_domains=* "
                                        "sender_ip_addresses=203.0.113.7,203.0.113.8"});
  ASSERT_TRUE(made) << made.error().line();
  ASSERT_EQ(made->inbound_connectors.size(), 2u);
  EXPECT_EQ(made->inbound_connectors[1].name, "Plant");
  EXPECT_EQ(made->inbound_connectors[1].type, ConnectorType::on_premises);
  EXPECT_EQ(made->inbound_connectors[1].sender_ip_addresses.size(), 2u);
}

TEST(WhatIf, ReplacesAConnectorWhole) {
  const auto made = changed(contoso(), {"connector 'scan RELAY' type=Partner sender_domains=*"});
  ASSERT_TRUE(made) << made.error().line();
  ASSERT_EQ(made->inbound_connectors.size(), 1u);
  EXPECT_FALSE(made->inbound_connectors[0].require_tls);
}

TEST(WhatIf, TakesAway) {
  EXPECT_TRUE(changed(contoso(), {"no connector 'Scan relay'"})->inbound_connectors.empty());
  EXPECT_TRUE(changed(contoso(), {"no accepted-domain Contoso.COM."})->accepted_domains.empty());
}

TEST(WhatIf, AddsADomain) {
  const auto made = changed(contoso(), {"accepted-domain fabrikam.com match_subdomains=true"});
  ASSERT_TRUE(made) << made.error().line();
  EXPECT_EQ(made->accepted_domains[1].name, "fabrikam.com");
  EXPECT_TRUE(made->accepted_domains[1].match_subdomains);
}

TEST(WhatIf, RefusesTwoChangesOfOneThing) {
  const auto refused = [](const std::vector<std::string>& changes) {
    const auto made = changed(contoso(), changes);
    return made ? std::string() : made.error().line();
  };
  const std::string plant = "connector Plant type=OnPremises sender_domains=* ";
  EXPECT_EQ(refused({"reject-direct-send on", "reject-direct-send off"}),
            "--if: 'reject-direct-send on' and 'reject-direct-send off' are both of "
            "reject-direct-send; leave one of them away");
  EXPECT_NE(refused({"reject-direct-send on", "reject-direct-send on"}), "");
  EXPECT_NE(refused({plant + "sender_ip_addresses=203.0.113.7",
                     "connector plant type=Partner sender_domains=*"}),
            "");
  EXPECT_NE(refused({"no connector 'Scan relay'", "connector 'scan RELAY' type=Partner"}), "");
  EXPECT_NE(refused({"accepted-domain fabrikam.com", "no accepted-domain Fabrikam.COM."}), "");
  EXPECT_EQ(refused({"reject-direct-send on", plant + "sender_ip_addresses=203.0.113.7",
                     "no connector 'Scan relay'", "accepted-domain fabrikam.com"}),
            "");
}

TEST(WhatIf, RefusesWhatItDoesNotKnow) {
  for (const char* change :
       {"", "reject-direct-send", "reject-direct-send maybe", "no reject-direct-send on",
        "connector", "connector x", "connector x type=Sideways",
        "connector x type=Partner require_tls", "connector x type=Partner colour=red",
        "connector 'x type=Partner", "no connector nobody",
        "connector x type=Partner sender_ip_addresses=300.1.1.1", "accepted-domain a..b",
        "no accepted-domain else.example", "transport-rule x"}) {
    EXPECT_NE(refusal(change), "") << change;
  }
}

}  // namespace
}  // namespace postern::cli
