// What is decided on part of the facts must hold on all of them, whatever they turn out to be; and
// the facts that a verdict names as missing must settle it. Tried on a random world.
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "policy/policy.hpp"
#include "policy/testing/random_world.hpp"

namespace postern::policy {
namespace {

using Tenants = std::vector<Tenant>;

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

Tenants supply(Tenants part, const Tenants& full, Fact facts) {
  for (std::size_t i = 0; i < part.size(); ++i) {
    if (has(facts, Fact::reject_direct_send)) {
      part[i].reject_direct_send = full[i].reject_direct_send;
    }
    if (has(facts, Fact::inbound_connectors)) {
      part[i].inbound_connectors = full[i].inbound_connectors;
      part[i].inbound_connectors_known = true;
    }
  }
  return part;
}

// What an export holds, and that with the switch, the connectors or both supplied.
class Exported {
 public:
  Exported(const Tenants& part, const Tenants& full) {
    for (const Fact facts : {Fact::none, Fact::reject_direct_send, Fact::inbound_connectors,
                             Fact::reject_direct_send | Fact::inbound_connectors}) {
      policies_.push_back(*Policy::compile(supply(part, full, facts)));
    }
  }
  const Policy& with(Fact facts) const {
    return policies_[(has(facts, Fact::reject_direct_send) ? 1u : 0u) +
                     (has(facts, Fact::inbound_connectors) ? 2u : 0u)];
  }
  const Policy& as_it_is() const { return policies_.front(); }
  const Policy& whole() const { return policies_.back(); }

 private:
  std::vector<Policy> policies_;
};

// Whatever `part` does not say, from another message.
Submission complete(const Submission& part, const Submission& other) {
  Submission c = part;
  if (!c.client_ip) c.client_ip = other.client_ip;
  if (c.authenticated == Known::unknown) c.authenticated = other.authenticated;
  if (c.tls == Known::unknown) c.tls = other.tls;
  if (c.certificate.state == ClientCertificate::State::unknown) c.certificate = other.certificate;
  // Only a TLS session has a client certificate.
  if (part.tls == Known::unknown && c.certificate.state == ClientCertificate::State::presented) {
    c.tls = Known::yes;
  }
  if (c.reverse_path.state == ReversePath::State::unknown) c.reverse_path = other.reverse_path;
  if (!c.recipient_domain) c.recipient_domain = other.recipient_domain;
  return c;
}

// Whether supplying exactly the facts that were named settles it. What connectors ask for is known
// only with them, so they may lead to further facts, once.
bool settles(const Exported& exported, const Submission& part, const Submission& full,
             Verdict verdict) {
  Fact supplied = Fact::none;
  for (int round = 0; round < 2 && verdict.action == Action::undetermined; ++round) {
    if (round == 1 && !has(supplied, Fact::inbound_connectors)) return false;
    supplied |= verdict.missing;
    verdict = decide(exported.with(supplied), supply(part, full, supplied));
  }
  return verdict.action != Action::undetermined;
}

TEST(Knowledge, WhatIsDecidedWithoutAFactHoldsWhateverTheFactIs) {
  RandomWorld world(2);
  int undetermined = 0;
  for (int round = 0; round < 1000; ++round) {
    const Tenants full = world.tenants();
    const Exported exported(world.exported(full), full);
    for (int i = 0; i < 40; ++i) {
      const Submission part = world.forget(world.submission());
      const Verdict verdict = decide(exported.as_it_is(), part);
      ASSERT_EQ(verdict.action == Action::undetermined, verdict.missing != Fact::none);
      for (int other = 0; other < 6; ++other) {
        const Submission completed = complete(part, world.submission());
        const Verdict settled = decide(exported.whole(), completed);
        ASSERT_NE(settled.action, Action::undetermined);
        if (verdict.action != Action::undetermined) {
          ASSERT_EQ(name_of(settled.action), name_of(verdict.action)) << round << ' ' << i;
          continue;
        }
        ASSERT_TRUE(settles(exported, part, completed, verdict)) << round << ' ' << i;
        ++undetermined;
      }
    }
  }
  EXPECT_GT(undetermined, 10000);
}

// What a trace records of a message that was accepted under the settings of its day.
ObservedAttribution record_of(const Policy& policy, const Submission& message) {
  const Verdict verdict = decide(policy, message);
  ObservedAttribution observed;
  if (verdict.action != Action::accept || verdict.reason == Reason::authenticated) return observed;
  observed.state = ObservedAttribution::State::default_connector;
  if (verdict.connector != no_connector) {
    observed.state = ObservedAttribution::State::connector;
    observed.connector = policy.connector(verdict.connector).name;
  }
  return observed;
}

TEST(Knowledge, WhatTheEvidenceRecordedNeverMisleads) {
  RandomWorld world(7);
  constexpr UnixTime before_the_change = 150;
  constexpr UnixTime change = 200;
  int settled_by_the_record = 0;
  for (int round = 0; round < 3000; ++round) {
    Tenants then = world.tenants();
    for (Tenant& tenant : then) {
      for (InboundConnector& connector : tenant.inbound_connectors)
        connector.name += " of " + tenant.name;
    }
    const bool changes = world.chance(50);
    const Tenants now = changes ? world.changed(then, change) : then;
    const Policy past = Policy::compile(then)->with_reject_direct_send(false);
    // Of connectors that were not exported nobody knows whether they changed.
    const Exported exported(changes ? now : world.exported(now), now);
    for (int i = 0; i < 40; ++i) {
      const Submission full = world.submission();
      const Verdict truth = decide(exported.whole(), full);
      Submission part = world.forget(full);
      const Verdict without = decide(exported.as_it_is(), part);
      part.observed = record_of(past, full);
      if (changes || world.chance(50)) part.time = before_the_change;
      const Verdict verdict = decide(exported.as_it_is(), part);
      if (verdict.action == Action::undetermined) {
        ASSERT_TRUE(settles(exported, part, full, verdict)) << round << ' ' << i;
        continue;
      }
      ASSERT_EQ(name_of(verdict.action), name_of(truth.action))
          << round << ' ' << i << ": " << name_of(verdict.reason) << ", in truth "
          << name_of(truth.reason) << "; recorded: " << part.observed.connector;
      settled_by_the_record += without.action == Action::undetermined ? 1 : 0;
    }
  }
  EXPECT_GT(settled_by_the_record, 1500) << "the record must matter in this world";
}

}  // namespace
}  // namespace postern::policy
