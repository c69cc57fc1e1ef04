// decide() over the two sizes that the project promises: one tenant with 1,000 domains and 200
// connectors (100 ns or less), and 10,000 tenants with a million domains (400 ns or less).
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

#include "policy/policy.hpp"

namespace {

using namespace postern;
using namespace postern::policy;

Tenant make_tenant(std::size_t number, std::size_t domains, std::size_t connectors,
                   std::size_t prefixes) {
  Tenant tenant;
  tenant.name = "t" + std::to_string(number);
  tenant.reject_direct_send = RejectDirectSend::on;
  for (std::size_t i = 0; i < domains; ++i) {
    AcceptedDomain domain;
    domain.name = "d" + std::to_string(i) + ".t" + std::to_string(number) + ".example";
    domain.match_subdomains = i % 10 == 0;
    tenant.accepted_domains.push_back(std::move(domain));
  }
  for (std::size_t i = 0; i < connectors; ++i) {
    InboundConnector connector;
    connector.name = "c" + std::to_string(i);
    connector.type = i % 4 == 0 ? ConnectorType::on_premises : ConnectorType::partner;
    connector.sender_domains = {
        *parse_sender_domain(i % 2 == 0 ? "*" : "d" + std::to_string(i) + ".example")};
    for (std::size_t p = 0; p < prefixes; ++p) {
      const auto base = static_cast<std::uint32_t>((number * 7919 + i * prefixes + p) * 256);
      connector.sender_ip_addresses.emplace_back(IpAddress::from_v4(0x0b000000u + base), 24);
    }
    if (i % 3 == 0) connector.tls_sender_certificate_name = "*.c" + std::to_string(i) + ".example";
    tenant.inbound_connectors.push_back(std::move(connector));
  }
  return tenant;
}

struct Mail {
  std::string sender;
  std::string recipient;
  IpAddress address;
};

std::vector<Mail> make_mail(std::size_t tenants, std::size_t domains) {
  std::mt19937_64 random(7);
  std::vector<Mail> mail;
  for (int i = 0; i < 1 << 16; ++i) {
    const std::string tenant = std::to_string(random() % tenants);
    const std::string domain = "d" + std::to_string(random() % domains) + ".t" + tenant;
    const std::string other = "d" + std::to_string(random() % domains) + ".t" + tenant;
    mail.push_back({i % 3 == 0 ? "sender" + std::to_string(i) + ".org" : other + ".example",
                    domain + ".example",
                    IpAddress::from_v4(0x0b000000u + static_cast<std::uint32_t>(random() >> 34))});
  }
  return mail;
}

void run(benchmark::State& state, std::size_t tenants, std::size_t domains, std::size_t connectors,
         std::size_t prefixes) {
  std::vector<Tenant> all;
  for (std::size_t i = 0; i < tenants; ++i) {
    all.push_back(make_tenant(i, domains, connectors, prefixes));
  }
  const auto policy = Policy::compile(all);
  if (!policy) {
    state.SkipWithError(policy.error().front().line().c_str());
    return;
  }
  const auto mail = make_mail(tenants, domains);
  std::size_t next = 0;
  std::size_t rejected = 0;
  for (auto _ : state) {
    const Mail& m = mail[next++ & 0xffff];
    Submission s;
    s.client_ip = m.address;
    s.authenticated = Known::no;
    s.tls = Known::yes;
    s.certificate.state = ClientCertificate::State::none;
    s.reverse_path = {ReversePath::State::address, m.sender};
    s.recipient_domain = m.recipient;
    const Verdict verdict = decide(*policy, s);
    rejected += verdict.action == Action::reject ? 1 : 0;
    benchmark::DoNotOptimize(rejected);
  }
  state.counters["rejected"] =
      static_cast<double>(rejected) / static_cast<double>(state.iterations());
}

void one_tenant(benchmark::State& state) {
  run(state, 1, 1'000, 200, 10);
}
void one_tenant_many_prefixes(benchmark::State& state) {
  run(state, 1, 1'000, 200, 200);
}
void ten_thousand_tenants(benchmark::State& state) {
  run(state, 10'000, 100, 4, 2);
}

BENCHMARK(one_tenant);
BENCHMARK(one_tenant_many_prefixes);
BENCHMARK(ten_thousand_tenants);

}  // namespace

BENCHMARK_MAIN();
