// What must hold for all inputs, tried on a million random submissions to random small tenants.
// The world is kept small (few domains, addresses and names), so that everything collides.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "policy/policy.hpp"
#include "policy/testing/naive_rule.hpp"

namespace postern::policy {
namespace {

constexpr std::array<std::string_view, 9> names = {
    "contoso.com",  "mail.contoso.com",        "eu.mail.contoso.com",
    "fabrikam.com", "a.fabrikam.com",          "adatum.com",
    "x.adatum.com", "contoso.onmicrosoft.com", "evilcontoso.com",
};

class World {
 public:
  explicit World(std::uint64_t seed) : random_(seed) {}

  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(random_() % bound); }
  bool chance(std::size_t percent) { return below(100) < percent; }
  std::string_view name() { return names[below(names.size())]; }
  IpAddress address() {
    return IpAddress::from_v4(0xcb007100u + static_cast<std::uint32_t>(below(64)));
  }

  Tenant tenant(std::size_t index, std::vector<std::string_view>& free_names) {
    Tenant tenant;
    tenant.name = "tenant " + std::to_string(index);
    static constexpr std::array switches = {RejectDirectSend::on, RejectDirectSend::on,
                                            RejectDirectSend::off, RejectDirectSend::never_set};
    tenant.reject_direct_send = switches[below(switches.size())];
    if (chance(5)) tenant.cloud = Cloud::gcc_high;
    for (std::size_t i = 1 + below(3); i > 0 && !free_names.empty(); --i) {
      AcceptedDomain domain;
      domain.name = free_names.back();
      domain.match_subdomains = chance(30);
      free_names.pop_back();
      tenant.accepted_domains.push_back(std::move(domain));
    }
    for (std::size_t i = below(5); i > 0; --i) {
      tenant.inbound_connectors.push_back(connector("connector " + std::to_string(i)));
    }
    if (chance(20)) tenant.choices.onmicrosoft_senders = OnmicrosoftSenders::exempt;
    if (chance(20)) {
      tenant.choices.partner_address_match = PartnerAddressMatch::only_restricted;
    }
    if (chance(20)) tenant.choices.connector_match = ConnectorMatch::all;
    tenant.choices.associated_domains = static_cast<AssociatedDomains>(below(3));
    tenant.choices.acs_exempt = !chance(20);
    tenant.choices.onpremises_recipient_match = !chance(20);
    return tenant;
  }

  InboundConnector connector(std::string connector_name) {
    InboundConnector connector;
    connector.name = std::move(connector_name);
    connector.type = chance(70) ? ConnectorType::partner : ConnectorType::on_premises;
    connector.enabled = !chance(15);
    for (std::size_t i = below(3) + (chance(90) ? 1 : 0); i > 0; --i) {
      SenderDomain sender;
      sender.kind = static_cast<SenderDomain::Kind>(below(3));
      if (sender.kind != SenderDomain::Kind::any) sender.name = name();
      sender.cost = static_cast<int>(1 + below(2));
      connector.sender_domains.push_back(std::move(sender));
    }
    for (std::size_t i = below(3); i > 0; --i) {
      connector.sender_ip_addresses.emplace_back(
          address(), static_cast<unsigned>(chance(50) ? 32 : 27 + below(5)));
    }
    if (chance(40)) {
      connector.tls_sender_certificate_name = (chance(50) ? "*." : "") + std::string(name());
    }
    connector.require_tls = chance(30);
    connector.restrict_domains_to_ip_addresses = chance(15);
    connector.restrict_domains_to_certificate = chance(15);
    if (chance(20)) connector.associated_accepted_domains.emplace_back(name());
    return connector;
  }

  std::vector<Tenant> tenants() {
    std::vector<std::string_view> free_names(names.begin(), names.end());
    for (std::size_t i = free_names.size(); i > 1; --i) {
      std::swap(free_names[i - 1], free_names[below(i)]);
    }
    std::vector<Tenant> tenants;
    for (std::size_t i = 0; i <= below(3); ++i)
      tenants.push_back(tenant(i, free_names));
    return tenants;
  }

  // Everything known. Views go to static names and to `wildcards_`.
  Submission submission() {
    Submission s;
    s.client_ip = address();
    s.authenticated = chance(5) ? Known::yes : Known::no;
    s.tls = chance(70) ? Known::yes : Known::no;
    s.certificate.state = ClientCertificate::State::none;
    if (s.tls == Known::yes && chance(50)) {
      s.certificate.state = ClientCertificate::State::presented;
      s.certificate.trusted = !chance(10);
      s.certificate.subject = chance(20) ? std::string_view("*.contoso.com") : name();
      s.certificate.subject_alternative_names =
          chance(30) ? std::span<const std::string_view>(names).subspan(below(8), 1)
                     : std::span<const std::string_view>();
    }
    s.reverse_path.state = chance(10) ? ReversePath::State::null : ReversePath::State::address;
    if (s.reverse_path.state == ReversePath::State::address && !chance(3)) {
      s.reverse_path.domain = name();
    }
    s.recipient_domain = name();
    s.azure_communication_services = chance(5);
    return s;
  }

  // Takes knowledge away.
  Submission forget(const Submission& full) {
    Submission s = full;
    if (chance(30)) s.client_ip.reset();
    if (chance(20)) s.authenticated = Known::unknown;
    if (chance(40)) s.certificate = {};
    if (chance(30)) {
      s.tls = Known::unknown;
      if (s.certificate.state == ClientCertificate::State::presented && chance(50)) {
        s.certificate = {};
      }
    }
    if (chance(20)) s.reverse_path = {};
    if (chance(10)) s.recipient_domain.reset();
    return s;
  }

 private:
  std::mt19937_64 random_;
};

// Fills in the named facts of `part` from `full`.
Submission supply(Submission part, const Submission& full, Fact facts) {
  if (has(facts, Fact::client_ip)) part.client_ip = full.client_ip;
  if (has(facts, Fact::authenticated)) part.authenticated = full.authenticated;
  if (has(facts, Fact::certificate)) part.certificate = full.certificate;
  if (has(facts, Fact::tls)) part.tls = full.tls;
  if (has(facts, Fact::reverse_path)) part.reverse_path = full.reverse_path;
  if (has(facts, Fact::recipient)) part.recipient_domain = full.recipient_domain;
  return part;
}

TEST(Properties, TheCompiledPolicyAgreesWithTheNaiveOne) {
  World world(20260701);
  std::array<int, 20> reasons{};
  for (int round = 0; round < 4000; ++round) {
    const auto tenants = world.tenants();
    const auto policy = Policy::compile(tenants);
    ASSERT_TRUE(policy) << policy.error().front().line();
    for (int i = 0; i < 250; ++i) {
      const Submission s = world.submission();
      const NaiveVerdict naive = decide_naively(tenants, s);
      const Verdict verdict = decide(*policy, s);
      ASSERT_EQ(name_of(verdict.action), name_of(naive.action)) << round << ' ' << i;
      ASSERT_EQ(name_of(verdict.reason), name_of(naive.reason)) << round << ' ' << i;
      ++reasons[static_cast<std::size_t>(naive.reason)];
    }
  }
  // The random world must reach every outcome, or agreement means little.
  for (std::size_t i = 0; i < static_cast<std::size_t>(Reason::default_connector); ++i) {
    EXPECT_GT(reasons[i], 100) << name_of(static_cast<Reason>(i));
  }
}

TEST(Properties, WhatIsDecidedWithoutAFactHoldsWhateverTheFactIs) {
  World world(2);
  int undetermined = 0;
  for (int round = 0; round < 2000; ++round) {
    const auto policy = Policy::compile(world.tenants());
    ASSERT_TRUE(policy);
    for (int i = 0; i < 50; ++i) {
      const Submission part = world.forget(world.submission());
      const Verdict verdict = decide(*policy, part);
      EXPECT_EQ(verdict.action == Action::undetermined, verdict.missing != Fact::none);
      for (int other = 0; other < 8; ++other) {
        const Submission completed = [&] {
          Submission c = part;
          const Submission fresh = world.submission();
          if (!c.client_ip) c.client_ip = fresh.client_ip;
          if (c.authenticated == Known::unknown) c.authenticated = fresh.authenticated;
          if (c.tls == Known::unknown) c.tls = fresh.tls;
          if (c.certificate.state == ClientCertificate::State::unknown) {
            c.certificate = fresh.certificate;
          }
          // Only a TLS session has a client certificate.
          if (part.tls == Known::unknown &&
              c.certificate.state == ClientCertificate::State::presented) {
            c.tls = Known::yes;
          }
          if (c.reverse_path.state == ReversePath::State::unknown) {
            c.reverse_path = fresh.reverse_path;
          }
          if (!c.recipient_domain) c.recipient_domain = fresh.recipient_domain;
          return c;
        }();
        const Verdict settled = decide(*policy, completed);
        ASSERT_NE(settled.action, Action::undetermined);
        if (verdict.action != Action::undetermined) {
          ASSERT_EQ(name_of(settled.action), name_of(verdict.action)) << round << ' ' << i;
        } else {
          // Supplying exactly the facts that were named settles it.
          const Verdict named = decide(*policy, supply(part, completed, verdict.missing));
          ASSERT_NE(named.action, Action::undetermined)
              << round << ' ' << i << ": missing " << static_cast<unsigned>(verdict.missing)
              << ", then " << static_cast<unsigned>(named.missing);
          ++undetermined;
        }
      }
    }
  }
  EXPECT_GT(undetermined, 10000);
}

TEST(Properties, ASenderOutsideTheAcceptedDomainsIsNeverRefusedAsDirectSend) {
  World world(3);
  for (int round = 0; round < 2000; ++round) {
    const auto tenants = world.tenants();
    const auto policy = Policy::compile(tenants);
    ASSERT_TRUE(policy);
    for (int i = 0; i < 50; ++i) {
      const Submission s = world.forget(world.submission());
      if (s.reverse_path.state == ReversePath::State::address &&
          policy->owner_of(s.reverse_path.domain) == no_tenant) {
        ASSERT_NE(decide(*policy, s).reason, Reason::direct_send_rejected);
      }
    }
  }
}

TEST(Properties, AnUnrestrictedConnectorNeverTurnsAnAcceptIntoAReject) {
  World world(4);
  int changed = 0;
  for (int round = 0; round < 4000; ++round) {
    auto tenants = world.tenants();
    const auto before = Policy::compile(tenants);
    ASSERT_TRUE(before);
    InboundConnector added = world.connector("added");
    added.enabled = true;
    added.require_tls = added.restrict_domains_to_certificate =
        added.restrict_domains_to_ip_addresses = false;
    tenants[world.below(tenants.size())].inbound_connectors.push_back(std::move(added));
    const auto after = Policy::compile(tenants);
    ASSERT_TRUE(after);
    for (int i = 0; i < 50; ++i) {
      const Submission s = world.submission();
      const Action then = decide(*before, s).action;
      const Action now = decide(*after, s).action;
      if (then == Action::accept) {
        ASSERT_EQ(name_of(now), "accept") << round << ' ' << i;
      }
      changed += then != now ? 1 : 0;
    }
  }
  EXPECT_GT(changed, 100) << "connectors must matter in this world";
}

TEST(Properties, TurningTheSwitchOnOnlyAddsDirectSendRejections) {
  World world(5);
  for (int round = 0; round < 2000; ++round) {
    const auto policy = Policy::compile(world.tenants());
    ASSERT_TRUE(policy);
    const Policy off = policy->with_reject_direct_send(false);
    const Policy on = policy->with_reject_direct_send(true);
    for (int i = 0; i < 50; ++i) {
      const Submission s = world.submission();
      const Verdict a = decide(off, s);
      const Verdict b = decide(on, s);
      ASSERT_NE(a.reason, Reason::direct_send_rejected);
      if (a.action != b.action) {
        ASSERT_EQ(name_of(a.reason), "direct_send_allowed");
        ASSERT_EQ(name_of(b.reason), "direct_send_rejected");
      }
    }
  }
}

}  // namespace
}  // namespace postern::policy
