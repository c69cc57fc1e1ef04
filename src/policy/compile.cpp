// Policy::compile: all validation happens here, so that decide() can't fail.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "policy/compile_tenant.hpp"
#include "policy/policy.hpp"
#include "policy/tables.hpp"

namespace postern::policy {
namespace {

using Faults = std::vector<Error>;

// Where a domain stands first; asked only to word a fault.
std::string first_place_of(std::span<const Tenant> tenants, const std::string& name) {
  for (const Tenant& tenant : tenants) {
    for (const AcceptedDomain& domain : tenant.accepted_domains) {
      if (domain.name == name) {
        return fmt::format("in tenant '{}', {}", printable(tenant.name), domain.where.text());
      }
    }
  }
  return {};
}

void add_domains(std::span<const Tenant> tenants, std::uint32_t index, DomainIndex& domains,
                 Faults& faults) {
  for (const AcceptedDomain& domain : tenants[index].accepted_domains) {
    const std::size_t before = faults.size();
    check_domain(domain, faults);
    if (faults.size() > before) continue;
    if (domains.insert(domain.name, owner_by(domain, index).pack()) == DomainIndex::absent) {
      continue;
    }
    faults.push_back({fmt::format("accepted domain '{}' stands twice (also {})", domain.name,
                                  first_place_of(tenants, domain.name)),
                      domain.where, "a domain belongs to one tenant, once"});
  }
}

const CompiledTenant& one_of(const Tables& tables, std::uint32_t tenant) {
  if (tenant >= tables.tenants.size()) throw std::out_of_range("no such tenant");
  return tables.tenants[tenant];
}

}  // namespace

tl::expected<Policy, std::vector<Error>> Policy::compile(std::span<const Tenant> tenants) {
  Faults faults;
  if (tenants.size() > most_tenants) {
    return tl::unexpected(Faults{{"too many tenants for one policy", "", "split them"}});
  }
  auto tables = std::make_shared<Tables>();
  std::size_t domains = 0;
  for (const Tenant& tenant : tenants)
    domains += tenant.accepted_domains.size();
  tables->domain_index.reserve(domains);
  for (std::uint32_t i = 0; i < tenants.size(); ++i) {
    check_connectors(tenants[i], faults);
    add_domains(tenants, i, tables->domain_index, faults);
  }
  if (!faults.empty()) return tl::unexpected(std::move(faults));
  std::uint32_t connectors = 0;
  tables->holders.reserve(tenants.size());
  for (std::uint32_t i = 0; i < tenants.size(); ++i) {
    tables->holders.push_back(compile_tenant(tenants[i], i, connectors));
    tables->order.push_back(i);
    connectors += static_cast<std::uint32_t>(tenants[i].inbound_connectors.size());
  }
  tables->tenants = References<CompiledTenant>(tenants.size());
  gather(*tables, connectors);
  Policy policy;
  policy.tables_ = std::move(tables);
  return policy;
}

tl::expected<Policy, std::vector<Error>> Policy::compile(const Tenant& tenant) {
  return compile(std::span<const Tenant>(&tenant, 1));
}

Policy Policy::with_reject_direct_send(bool on) const {
  return with_switch(on ? Switch::on : Switch::off);
}

Policy Policy::with_switch(Switch turned) const {
  Policy other = *this;
  other.switch_ = turned;
  return other;
}

const Tables& tables_of(const Policy& policy) noexcept {
  return *policy.tables_;
}

std::size_t Policy::tenant_count() const noexcept {
  return tables_->tenants.size();
}

std::span<const std::uint32_t> Policy::tenants() const noexcept {
  return tables_->order;
}

std::string_view Policy::tenant_name(std::uint32_t tenant) const {
  return one_of(*tables_, tenant).name;
}

Policy::TenantFacts Policy::facts_of(std::uint32_t tenant) const {
  const CompiledTenant& of = one_of(*tables_, tenant);
  return {of.reject_direct_send, of.switch_available, of.connectors_known, of.default_domain};
}

const InboundConnector& Policy::connector(std::uint32_t index) const {
  if (index >= tables_->connectors.size()) throw std::out_of_range("no such connector");
  return tables_->connectors[index];
}

}  // namespace postern::policy
