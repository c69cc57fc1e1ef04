#include "policy/assembly.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "policy/testing/random_world.hpp"

namespace postern::policy {
namespace {

// Connectors and tenants by name: their indexes may differ. Each connector's guid names its tenant.
std::string shown(const Policy& policy, const Verdict& v) {
  std::string out(name_of(v.action));
  out.append(" ").append(name_of(v.reason));
  out += ", connector ";
  out += v.connector == no_connector ? "none" : policy.connector(v.connector).guid;
  out += ", tenant ";
  out += v.tenant == no_tenant ? std::string_view("none") : policy.tenant_name(v.tenant);
  for (const std::string_view fact : names_of(v.missing))
    out.append(", missing ").append(fact);
  for (const std::string_view note : sentences_of(v.notes))
    out.append(", note: ").append(note);
  return out;
}

std::string shown(const Policy& policy, const Submission& submission) {
  Trace trace;
  std::string out = shown(policy, decide(policy, submission, trace));
  for (const Step& step : trace.steps()) {
    out.append("; ").append(step.clause).append(std::to_string(static_cast<int>(step.answer)));
    if (step.connector != no_connector) out += policy.connector(step.connector).guid;
  }
  return out;
}

using Fleet = std::map<std::string, Tenant>;

AcceptedDomain domain(const std::string& name, bool with_subdomains = false) {
  AcceptedDomain out;
  out.name = name;
  out.match_subdomains = with_subdomains;
  return out;
}

Policy from_nothing(const Fleet& fleet) {
  std::vector<Tenant> tenants;
  for (const auto& [id, tenant] : fleet)
    tenants.push_back(tenant);
  auto policy = Policy::compile(tenants);
  EXPECT_TRUE(policy) << policy.error().front().line();
  return *policy;
}

const std::string* holder_in(const Fleet& fleet, const std::string& id, const Tenant& tenant) {
  for (const AcceptedDomain& wanted : tenant.accepted_domains) {
    for (const auto& [other, there] : fleet) {
      for (const AcceptedDomain& taken : there.accepted_domains) {
        if (other != id && taken.name == wanted.name) return &other;
      }
    }
  }
  return nullptr;
}

// One of the world's tenants, under an ID, without domains of others in most cases.
Tenant next_tenant(RandomWorld& world, const Fleet& fleet, const std::string& id) {
  auto some = world.exported(world.tenants());
  Tenant tenant = some[world.below(some.size())];
  tenant.name = id;
  for (InboundConnector& connector : tenant.inbound_connectors)
    connector.guid = id + "/" + connector.name;
  if (world.chance(85)) {
    std::erase_if(tenant.accepted_domains, [&](const AcceptedDomain& each) {
      Tenant alone;
      alone.accepted_domains = {each};
      return holder_in(fleet, id, alone) != nullptr;
    });
  }
  return tenant;
}

void expect_equal(RandomWorld& world, const Policy& one, const Policy& other, int times) {
  ASSERT_EQ(one.tenants().size(), other.tenants().size());
  for (std::size_t i = 0; i < one.tenants().size(); ++i) {
    const auto a = one.tenants()[i], b = other.tenants()[i];
    ASSERT_EQ(one.tenant_name(a), other.tenant_name(b));
    ASSERT_EQ(one.facts_of(a).default_domain, other.facts_of(b).default_domain);
  }
  for (int i = 0; i < times; ++i) {
    Submission s = world.submission();
    if (i % 2 == 0) s = world.forget(s);
    if (i % 4 < 2) world.record_anything(s);
    ASSERT_EQ(shown(one, s), shown(other, s));
  }
}

// After any sequence of changes it is the policy compiled from nothing, and the policies that it
// gave on the way are what they were.
TEST(Assembly, IsThePolicyCompiledFromNothingAfterAnyChanges) {
  RandomWorld world(20261129);
  int refused = 0, replaced = 0, removed = 0;
  for (int round = 0; round < 60; ++round) {
    Assembly assembly;
    Fleet fleet;
    std::vector<std::pair<Policy, Policy>> given;
    for (int step = 0; step < 40; ++step) {
      const std::string id(1, static_cast<char>('a' + world.below(7)));
      if (world.chance(25)) {
        removed += static_cast<int>(fleet.erase(id));
        assembly.remove(id);
      } else {
        const Tenant tenant = next_tenant(world, fleet, id);
        const std::string* holder = holder_in(fleet, id, tenant);
        std::optional<Assembly::Holder> held;
        ASSERT_TRUE(assembly.put(id, tenant, held).empty());
        ASSERT_EQ(held.has_value(), holder != nullptr);
        if (holder == nullptr) {
          replaced += fleet.contains(id) ? 1 : 0;
          fleet.insert_or_assign(id, tenant);
        } else {
          ++refused;
          ASSERT_EQ(holder_in({{held->id, fleet.at(held->id)}}, id, tenant) != nullptr, true);
        }
      }
      ASSERT_EQ(assembly.size(), fleet.size());
      const Policy now = assembly.policy();
      const Policy anew = from_nothing(fleet);
      ASSERT_NO_FATAL_FAILURE(expect_equal(world, now, anew, 40)) << round << ' ' << step;
      given.emplace_back(now, anew);
    }
    for (const auto& [then, as_it_was] : given)
      ASSERT_NO_FATAL_FAILURE(expect_equal(world, then, as_it_was, 4)) << round;
  }
  EXPECT_GT(refused, 50);
  EXPECT_GT(replaced, 200);
  EXPECT_GT(removed, 200);
}

// The case that makes a tenant's compiled form depend on others: it is looked at again.
TEST(Assembly, AnotherTenantsDomainTakesACertificateAwayAndGivesItBack) {
  Tenant contoso;
  contoso.name = "contoso";
  contoso.accepted_domains = {domain("contoso.example", true)};
  InboundConnector hybrid;
  hybrid.name = "hybrid";
  hybrid.type = ConnectorType::on_premises;
  hybrid.tls_sender_certificate_name = "mail.contoso.example";
  contoso.inbound_connectors = {hybrid};
  Tenant fabrikam;
  fabrikam.name = "fabrikam";
  fabrikam.accepted_domains = {domain("mail.contoso.example")};
  Submission s;
  s.authenticated = Known::no;
  s.tls = Known::yes;
  s.certificate.state = ClientCertificate::State::presented;
  s.certificate.trusted = true;
  s.certificate.subject = "mail.contoso.example";
  s.reverse_path.state = ReversePath::State::address;
  s.reverse_path.domain = "elsewhere.example";
  s.recipient_domain = "elsewhere.example";
  Assembly assembly;
  std::optional<Assembly::Holder> held;
  ASSERT_TRUE(assembly.put("contoso", contoso, held).empty());
  EXPECT_EQ(decide(assembly.policy(), s).reason, Reason::originating_certificate);
  ASSERT_TRUE(assembly.put("fabrikam", fabrikam, held).empty());
  EXPECT_NE(decide(assembly.policy(), s).reason, Reason::originating_certificate);
  assembly.remove("fabrikam");
  EXPECT_EQ(decide(assembly.policy(), s).reason, Reason::originating_certificate);
}

TEST(Assembly, ChangesNothingForATenantWithFaults) {
  Assembly assembly;
  std::optional<Assembly::Holder> held;
  Tenant tenant;
  tenant.name = "contoso";
  tenant.accepted_domains = {domain("contoso.example"), domain("contoso.example")};
  auto faults = assembly.put("contoso", tenant, held);
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_NE(faults[0].what.find("stands twice"), std::string::npos);
  tenant.accepted_domains = {domain("no domain")};
  EXPECT_EQ(assembly.put("contoso", tenant, held).size(), 1u);
  EXPECT_EQ(assembly.size(), 0u);
  EXPECT_TRUE(assembly.policy().tenants().empty());
}

}  // namespace
}  // namespace postern::policy
