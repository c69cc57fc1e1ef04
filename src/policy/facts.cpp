#include "policy/facts.hpp"

#include <cstdint>
#include <string_view>

#include "base/ascii.hpp"
#include "policy/name_table.hpp"

namespace postern::policy {
namespace {

// A certificate proves that there was TLS.
Known tls_of(const Submission& s) noexcept {
  const bool presented = s.certificate.state == ClientCertificate::State::presented;
  return s.tls == Known::unknown && presented ? Known::yes : s.tls;
}

// A session without TLS has no client certificate, and one that is not trusted or names nobody
// counts for nothing.
Answer certificate_of(const Submission& s, Known tls) noexcept {
  if (s.certificate.state == ClientCertificate::State::presented) {
    const bool names =
        !s.certificate.subject.empty() || !s.certificate.subject_alternative_names.empty();
    return s.certificate.trusted && names && tls != Known::no ? Answer::yes : Answer::no;
  }
  const bool none = s.certificate.state == ClientCertificate::State::none || tls == Known::no;
  return none ? Answer::no : Answer::unknown;
}

}  // namespace

Owner find_owner(const Tables& tables, std::string_view domain, std::uint64_t hash) noexcept {
  const std::uint32_t exact = tables.domain_index.find(domain, hash);
  if (exact != DomainIndex::absent) return Owner::unpack(exact);
  if (tables.subdomain_depths == 0) return {};
  unsigned depth = 1;
  for (const char c : domain)
    depth += c == '.' ? 1 : 0;
  for (std::string_view name = parent_domain(domain); !name.empty(); name = parent_domain(name)) {
    --depth;
    if ((tables.subdomain_depths >> (depth < 63 ? depth : 63) & 1) == 0) continue;
    const std::uint32_t found = tables.domain_index.find(name);
    if (found != DomainIndex::absent && Owner::unpack(found).match_subdomains) {
      return Owner::unpack(found);
    }
  }
  return {};
}

Facts::Facts(const Tables& all, const Submission& given) noexcept
    : tables(all), submission(given), tls(tls_of(given)), certificate(certificate_of(given, tls)) {
  const ReversePath& path = given.reverse_path;
  const bool has_sender = path.state == ReversePath::State::address && !path.domain.empty();
  const bool has_recipient = given.recipient_domain && !given.recipient_domain->empty();
  // Both slots are asked for before either is read: with a million domains each is a cache miss.
  const std::uint64_t sender = has_sender ? NameTable::hash(path.domain) : 0;
  const std::uint64_t recipient = has_recipient ? NameTable::hash(*given.recipient_domain) : 0;
  if (has_sender) tables.domain_index.prefetch(sender);
  if (has_recipient) tables.domain_index.prefetch(recipient);
  if (has_sender) sender_owner = find_owner(tables, path.domain, sender);
  if (!has_recipient) return;
  const Owner owner = find_owner(tables, *given.recipient_domain, recipient);
  if (!owner.exists()) return;
  tenant_index = owner.tenant;
  tenant = &tables.tenants[tenant_index];
  if (given.client_ip) by_address_ = tenant->addresses.find(*given.client_ip);
}

bool Facts::observed(std::uint32_t connector) const noexcept {
  const CompiledConnector& compiled = tables.compiled[connector];
  return submission.observed.state == ObservedAttribution::State::connector &&
         (tenant == nullptr || compiled.tenant == tenant_index) &&
         unchanged(compiled.when_changed) &&
         iequals(submission.observed.connector, tables.connectors[connector].name);
}

std::uint32_t Facts::observed_connector() const noexcept {
  if (submission.observed.state != ObservedAttribution::State::connector) return no_connector;
  const auto of = [this](const CompiledTenant& each) {
    for (const auto* list : {&each.partners, &each.on_premises}) {
      for (const std::uint32_t index : *list) {
        if (observed(index)) return index;
      }
    }
    return no_connector;
  };
  if (tenant != nullptr) return of(*tenant);
  for (const auto& each : tables.holders) {
    if (const std::uint32_t index = of(*each); index != no_connector) return index;
  }
  return no_connector;
}

bool Facts::observed_without(std::uint32_t connector) const noexcept {
  const CompiledConnector& compiled = tables.compiled[connector];
  if (!unchanged(compiled.when_changed)) return false;
  if (on_default_connector()) return true;
  if (compiled.type == ConnectorType::partner) return false;
  const std::uint32_t other = observed_connector();
  return other != no_connector && tables.compiled[other].type == ConnectorType::partner;
}

}  // namespace postern::policy
