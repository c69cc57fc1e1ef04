// What is made of all tenants together, in their order: so it does not depend on the order in which
// they came, nor on the places that they have.
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ip.hpp"
#include "policy/compile_tenant.hpp"
#include "policy/facts.hpp"

namespace postern::policy {
namespace {

// Whether a connector's certificate name stands for an accepted domain of its tenant. Exact names
// must be accepted themselves. Another tenant may own a longer name, and come or go.
bool certificate_is_accepted(const CompiledConnector& connector, const Tables& tables) {
  if (!connector.has_certificate) return false;
  const std::string_view name = connector.certificate_name;
  return find_owner(tables, name, NameTable::hash(name)).tenant == connector.tenant ||
         connector.certificate_covers_own;
}

void index_originating(std::uint32_t index, const CompiledConnector& connector, Tables& tables) {
  const std::uint32_t wildcard = connector.certificate_is_wildcard ? 1 : 0;
  tables.certified.push_back(index);
  NameTable& names = tables.originating_certificates;
  if (names.insert(wildcard, connector.certificate_name, index) == NameTable::absent) return;
  // Two connectors with the same name: the first by name, as in the tie-break.
  std::uint32_t& there = *names.find_slot(wildcard, connector.certificate_name);
  if (tables.connectors[index].name < tables.connectors[there].name) there = index;
}

}  // namespace

void gather(Tables& tables, std::size_t connectors) {
  static const CompiledTenant nobody;
  static const InboundConnector no_source;
  static const CompiledConnector no_compiled = [] {
    CompiledConnector out;
    out.tenant = no_tenant;
    return out;
  }();
  tables.connectors = References<InboundConnector>(connectors);
  tables.compiled = References<CompiledConnector>(connectors);
  tables.connectors.fill(no_source);
  tables.compiled.fill(no_compiled);
  tables.tenants.fill(nobody);
  for (std::size_t i = 0; i < tables.order.size(); ++i) {
    const CompiledTenant& tenant = *tables.holders[i];
    tables.tenants.set(tables.order[i], tenant);
    tables.any_connectors_unknown |= !tenant.connectors_known;
    tables.subdomain_depths |= tenant.subdomain_depths;
    for (std::size_t n = 0; n < tenant.connectors.size(); ++n) {
      tables.connectors.set(tenant.first_connector + n, tenant.connectors[n]);
      tables.compiled.set(tenant.first_connector + n, tenant.compiled[n]);
    }
  }
  // Whose domain a name is can be told from here on.
  std::vector<std::pair<Prefix, std::uint32_t>> addresses;
  for (const auto& tenant : tables.holders) {
    for (std::size_t n = 0; n < tenant->connectors.size(); ++n) {
      const InboundConnector& source = tenant->connectors[n];
      const CompiledConnector& connector = tenant->compiled[n];
      if (!source.enabled) continue;
      const auto index = static_cast<std::uint32_t>(tenant->first_connector + n);
      if (certificate_is_accepted(connector, tables)) index_originating(index, connector, tables);
      if (source.type != ConnectorType::on_premises) continue;
      const auto rank = static_cast<std::uint32_t>(tables.all_on_premises.size());
      tables.all_on_premises.push_back(index);
      for (const Prefix& prefix : source.sender_ip_addresses)
        addresses.emplace_back(prefix, rank);
      if (connector.has_certificate) tables.on_premises_with_certificate.push_back(index);
    }
  }
  tables.all_on_premises_addresses = PrefixTable(addresses);
}

}  // namespace postern::policy
