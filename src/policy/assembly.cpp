#include "policy/assembly.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "policy/compile_tenant.hpp"
#include "policy/tables.hpp"

namespace postern::policy {
namespace {

std::vector<Error> faults_of(const Tenant& tenant) {
  std::vector<Error> faults;
  check_connectors(tenant, faults);
  std::set<std::string_view> seen;
  for (const AcceptedDomain& domain : tenant.accepted_domains) {
    check_domain(domain, faults);
    if (seen.insert(domain.name).second) continue;
    faults.push_back({fmt::format("accepted domain '{}' stands twice", domain.name), domain.where,
                      "a domain belongs to one tenant, once"});
  }
  return faults;
}

}  // namespace

std::vector<Error> Assembly::put(const std::string& id, const Tenant& tenant,
                                 std::optional<Holder>& held) {
  held.reset();
  if (std::vector<Error> faults = faults_of(tenant); !faults.empty()) return faults;
  for (const AcceptedDomain& domain : tenant.accepted_domains) {
    const std::uint32_t there = domains_.find(domain.name);
    if (there == DomainIndex::absent) continue;
    const std::string& holder = *ids_[Owner::unpack(there).tenant];
    if (holder == id) continue;
    held = Holder{domain.name, holder};
    return {};
  }
  const auto [found, added] = entries_.try_emplace(id);
  Entry& entry = found->second;
  if (added) {
    if (free_.empty()) {
      free_.push_back(static_cast<std::uint32_t>(ids_.size()));
      ids_.push_back(nullptr);
    }
    entry.index = free_.back();
    free_.pop_back();
    ids_[entry.index] = &found->first;
  }
  place(entry, static_cast<std::uint32_t>(tenant.inbound_connectors.size()));
  take_domains(entry, tenant);
  entry.compiled = compile_tenant(tenant, entry.index, entry.first_connector);
  return {};
}

// A policy has its own list of connectors: their numbers are free again at once.
void Assembly::place(Entry& entry, std::uint32_t connectors) {
  if (connectors <= entry.connectors) return;
  if (entry.connectors > 0) free_connectors_.emplace(entry.connectors, entry.first_connector);
  entry.connectors = connectors;
  const auto fits = free_connectors_.find(connectors);
  if (fits != free_connectors_.end()) {
    entry.first_connector = fits->second;
    free_connectors_.erase(fits);
    return;
  }
  entry.first_connector = connectors_;
  connectors_ += connectors;
}

// Only what differs is touched: the rest of the index stays shared.
void Assembly::take_domains(Entry& entry, const Tenant& tenant) {
  std::vector<std::string> names;
  names.reserve(tenant.accepted_domains.size());
  for (const AcceptedDomain& domain : tenant.accepted_domains)
    names.push_back(domain.name);
  std::sort(names.begin(), names.end());
  for (const std::string& name : entry.domains) {
    if (!std::binary_search(names.begin(), names.end(), name)) domains_.erase(name);
  }
  for (const AcceptedDomain& domain : tenant.accepted_domains) {
    const std::uint32_t owner = owner_by(domain, entry.index).pack();
    if (domains_.insert(domain.name, owner) != DomainIndex::absent) {
      domains_.set(domain.name, owner);
    }
  }
  entry.domains = std::move(names);
}

void Assembly::remove(std::string_view id) {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  for (const std::string& name : entry.domains)
    domains_.erase(name);
  if (entry.connectors > 0) free_connectors_.emplace(entry.connectors, entry.first_connector);
  ids_[entry.index] = nullptr;
  free_.push_back(entry.index);
  entries_.erase(found);
}

Policy Assembly::policy() {
  auto tables = std::make_shared<Tables>();
  tables->domain_index = domains_.share();
  tables->holders.reserve(entries_.size());
  tables->order.reserve(entries_.size());
  for (const auto& [id, entry] : entries_) {
    tables->holders.push_back(entry.compiled);
    tables->order.push_back(entry.index);
  }
  tables->tenants = References<CompiledTenant>(ids_.size());
  gather(*tables, connectors_);
  Policy policy;
  policy.tables_ = std::move(tables);
  return policy;
}

}  // namespace postern::policy
