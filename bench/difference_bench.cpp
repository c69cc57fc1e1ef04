// The difference of two large tenants: time and decisions. Peak memory: /usr/bin/time -v.
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

#include "difference/difference.hpp"
#include "difference/planes.hpp"
#include "difference/statements.hpp"
#include "policy/tenant.hpp"

namespace {

using namespace postern;
using policy::InboundConnector;
using policy::Tenant;

// All of it at once: 300 connectors, 20,000 blocks that overlap in a /18, lists of sender domains
// and of associated domains, nested certificate names, both sources needed.
Tenant worst(bool other) {
  std::mt19937 random(11);
  const auto below = [&](std::uint32_t bound) {
    return static_cast<std::uint32_t>(random() % bound);
  };
  Tenant tenant;
  tenant.name = "worst";
  tenant.cloud = policy::Cloud::none;
  tenant.reject_direct_send = other ? policy::RejectDirectSend::on : policy::RejectDirectSend::off;
  tenant.choices.connector_match = policy::ConnectorMatch::all;
  for (int i = 0; i < 50; ++i) {
    policy::AcceptedDomain domain;
    domain.name = "accepted" + std::to_string(i) + ".example";
    domain.match_subdomains = i % 5 == 0;
    tenant.accepted_domains.push_back(domain);
  }
  for (int i = 0; i < 300; ++i) {
    InboundConnector connector;
    connector.name = "connector " + std::to_string(i);
    connector.type =
        i % 10 == 0 ? policy::ConnectorType::on_premises : policy::ConnectorType::partner;
    for (std::uint32_t n = 5 + below(36); n > 0; --n) {
      policy::SenderDomain sender;
      sender.name = "sender" + std::to_string(below(250)) + ".example";
      if (below(4) == 0) sender.kind = policy::SenderDomain::Kind::subdomains;
      connector.sender_domains.push_back(sender);
    }
    for (int n = 0; n < 67; ++n) {
      connector.sender_ip_addresses.emplace_back(IpAddress::from_v4(0xcb000000u + below(1u << 14)),
                                                 24 + below(9));
    }
    if (i % 2 == 0) {
      std::string name = "c" + std::to_string(i % 50) + ".certificates.example";
      for (int depth = i % 7; depth > 0; --depth)
        name.insert(0, "d" + std::to_string(depth) + ".");
      connector.tls_sender_certificate_name = (i % 4 == 0 ? "*." : "") + name;
    }
    connector.require_tls = below(3) == 0;
    if (i % 3 == 0) {
      for (std::uint32_t n = 1 + below(5); n > 0; --n) {
        connector.associated_accepted_domains.push_back("accepted" + std::to_string(below(50)) +
                                                        ".example");
      }
    }
    tenant.inbound_connectors.push_back(std::move(connector));
  }
  if (other) {
    // A plan: three connectors more, and the switch.
    for (int i = 0; i < 3; ++i) {
      InboundConnector connector;
      connector.name = "planned " + std::to_string(i);
      connector.type = policy::ConnectorType::on_premises;
      connector.sender_domains = {*policy::parse_sender_domain("*")};
      connector.sender_ip_addresses = {{IpAddress::from_v4(0xc6336400u + below(256)), 32}};
      tenant.inbound_connectors.push_back(std::move(connector));
    }
  }
  return tenant;
}

// The files' own reading: planes, decisions, statements.
void own_reading(benchmark::State& state) {
  const auto before = *policy::Policy::compile(worst(false));
  const auto after = *policy::Policy::compile(worst(true));
  std::uint64_t decisions = 0;
  std::size_t statements = 0;
  for (auto _ : state) {
    const difference::Pair pair = {&before, &after};
    const difference::Space space(pair);
    const auto survey = difference::Survey::over(
        space, {{0, before}, {1, after}}, [](std::span<const difference::Outcome> outcomes) {
          std::vector<difference::Meaning> out;
          const auto change = difference::change_of(outcomes[0].effect, outcomes[1].effect);
          if (change != difference::Change::none) {
            out.push_back({change, difference::Change::none, outcomes[0].effect, outcomes[1].effect,
                           difference::Acs::too});
          }
          return out;
        });
    decisions = survey->decisions();
    statements =
        difference::statements_of(*survey, difference::Wording(space, survey->classes(), pair))
            .size();
  }
  state.counters["decisions"] = static_cast<double>(decisions);
  state.counters["statements"] = static_cast<double>(statements);
}
BENCHMARK(own_reading)->Unit(benchmark::kMillisecond);

// With every other answer to what documents leave open.
void all_readings(benchmark::State& state) {
  const Tenant before = worst(false);
  const Tenant after = worst(true);
  std::uint64_t decisions = 0;
  for (auto _ : state)
    decisions = difference::compare(before, after)->decisions;
  state.counters["decisions"] = static_cast<double>(decisions);
}
BENCHMARK(all_readings)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
