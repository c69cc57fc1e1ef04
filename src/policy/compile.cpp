// Policy::compile: all validation happens here, so that decide() can't fail.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/domain.hpp"
#include "policy/address_limit.hpp"
#include "policy/clouds.hpp"
#include "policy/policy.hpp"
#include "policy/tables.hpp"

namespace postern::policy {
namespace {

using Faults = std::vector<Error>;

unsigned depth_of(std::string_view domain) noexcept {
  return static_cast<unsigned>(std::count(domain.begin(), domain.end(), '.')) + 1;
}

bool is_normal(std::string_view name) {
  const auto normal = normalise_domain(name);
  return normal && *normal == name;
}

void check_addresses(const InboundConnector& connector, Cloud cloud, Faults& faults) {
  if (cloud == Cloud::none) return;
  for (const Prefix& prefix : connector.sender_ip_addresses) {
    const AddressLimit limit = address_limit(prefix);
    if (limit.what.empty()) continue;
    faults.push_back(
        {fmt::format("connector '{}' lists {}, {}, which Exchange refuses",
                     printable(connector.name), prefix.text(), limit.what),
         connector.where,
         fmt::format("{}; or set cloud = \"none\", where this is not Exchange", limit.remedy)});
  }
}

void check_connectors(const Tenant& tenant, Faults& faults) {
  std::map<std::string, const InboundConnector*> by_name;
  for (const InboundConnector& connector : tenant.inbound_connectors) {
    if (trim(connector.name).empty()) {
      faults.push_back({"inbound connector without a name", connector.where, "give it one"});
      continue;
    }
    const auto [there, added] = by_name.emplace(to_lower(connector.name), &connector);
    if (!added) {
      faults.push_back({fmt::format("inbound connector '{}' stands twice (also at {})",
                                    printable(connector.name), there->second->where.text()),
                        connector.where, "remove one"});
    }
    check_addresses(connector, tenant.cloud, faults);
    std::string_view certificate = connector.tls_sender_certificate_name;
    if (certificate.starts_with("*.")) certificate.remove_prefix(2);
    if (!certificate.empty() && !is_normal(certificate)) {
      faults.push_back(
          {fmt::format("connector '{}' has certificate name '{}', which is not a domain",
                       printable(connector.name), printable(certificate)),
           connector.where, "write it like mail.contoso.com or *.contoso.com"});
    }
    for (const SenderDomain& sender : connector.sender_domains) {
      if (sender.kind != SenderDomain::Kind::any && !is_normal(sender.name)) {
        faults.push_back(
            {fmt::format("connector '{}' has sender domain '{}', which is not a domain",
                         printable(connector.name), printable(sender.name)),
             connector.where, "write it like contoso.com, *.contoso.com or *"});
      }
    }
  }
}

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

void add_domains(std::span<const Tenant> tenants, std::uint32_t index, Tables& tables,
                 Faults& faults) {
  for (const AcceptedDomain& domain : tenants[index].accepted_domains) {
    if (!is_normal(domain.name)) {
      faults.push_back(
          {fmt::format("accepted domain '{}' is not a domain name", printable(domain.name)),
           domain.where, "write it like contoso.com"});
      continue;
    }
    const Owner owner{index, domain.match_subdomains, is_onmicrosoft(domain.name)};
    if (tables.domain_index.insert(0, domain.name, owner.pack()) != NameTable::absent) {
      faults.push_back({fmt::format("accepted domain '{}' stands twice (also {})", domain.name,
                                    first_place_of(tenants, domain.name)),
                        domain.where, "a domain belongs to one tenant, once"});
      continue;
    }
    if (domain.match_subdomains) {
      tables.subdomain_depths |= std::uint64_t{1} << std::min(depth_of(domain.name), 63u);
    }
  }
}

// Whether a connector's certificate name stands for an accepted domain of its tenant. Exact names
// must be accepted themselves; "*.contoso.com" is satisfied by contoso.com or any accepted domain
// below it (Exchange Team, "TLS Certificates in Exchange Hybrid").
bool certificate_is_accepted(const Tenant& tenant, const CompiledConnector& connector,
                             const Policy& policy) {
  if (!connector.has_certificate) return false;
  if (policy.owner_of(connector.certificate_name) == connector.tenant) return true;
  if (!connector.certificate_is_wildcard) return false;
  return std::any_of(tenant.accepted_domains.begin(), tenant.accepted_domains.end(),
                     [&](const AcceptedDomain& domain) {
                       return is_same_or_subdomain(domain.name, connector.certificate_name);
                     });
}

CompiledConnector compile_connector(const InboundConnector& source, std::uint32_t index,
                                    std::uint32_t tenant, Tables& tables) {
  CompiledConnector out;
  out.tenant = tenant;
  out.type = source.type;
  out.has_addresses = !source.sender_ip_addresses.empty();
  out.has_certificate = !source.tls_sender_certificate_name.empty();
  out.certificate_name = source.tls_sender_certificate_name;
  if (out.certificate_name.starts_with("*.")) {
    out.certificate_is_wildcard = true;
    out.certificate_name.erase(0, 2);
  }
  const bool partner = source.type == ConnectorType::partner;
  out.require_tls = partner && source.require_tls;
  out.restricts_addresses = partner && source.restrict_domains_to_ip_addresses;
  out.restricts = out.restricts_addresses || (partner && source.restrict_domains_to_certificate);
  out.when_changed = source.when_changed.value_or(0);
  for (const SenderDomain& sender : source.sender_domains) {
    switch (sender.kind) {
      case SenderDomain::Kind::any:
        out.covers_any_sender = true;
        break;
      case SenderDomain::Kind::exact:
        tables.connector_names.insert(3 * index, sender.name, index);
        break;
      case SenderDomain::Kind::subdomains:
        tables.connector_names.insert(3 * index + 1, sender.name, index);
        break;
    }
  }
  for (const std::string& domain : source.associated_accepted_domains) {
    tables.connector_names.insert(3 * index + 2, domain, index);
    out.has_associated_domains = true;
  }
  return out;
}

// Orders members so that the rule can stop early, and stores them.
ConnectorSlice store_slice(std::vector<std::uint32_t> members, Tables& tables) {
  const auto rank = [&](std::uint32_t index) {
    const CompiledConnector& connector = tables.compiled[index];
    return connector.restricts ? 0 : connector.is_domain_only() ? 1 : 2;
  };
  std::sort(members.begin(), members.end());
  members.erase(std::unique(members.begin(), members.end()), members.end());
  ConnectorSlice slice;
  slice.offset = static_cast<std::uint32_t>(tables.slice_members.size());
  for (int wanted = 0; wanted < 2; ++wanted) {
    for (const std::uint32_t member : members) {
      if (rank(member) != wanted) continue;
      tables.slice_members.push_back(member);
      ++(wanted == 0 ? slice.restricting : slice.domain_only);
    }
  }
  return slice;
}

void index_senders(std::uint32_t tenant, Tables& tables) {
  CompiledTenant& compiled = tables.tenants[tenant];
  std::map<std::pair<std::uint32_t, std::string>, std::vector<std::uint32_t>> by_name;
  std::vector<std::uint32_t> any;
  for (const std::uint32_t index : compiled.partners) {
    const CompiledConnector& connector = tables.compiled[index];
    // Only these two kinds are looked up by sender domain.
    if (!connector.restricts && !connector.is_domain_only()) continue;
    compiled.has_restricting |= connector.restricts;
    compiled.has_domain_only_tls |= connector.is_domain_only() && connector.require_tls;
    for (const SenderDomain& sender : tables.connectors[index].sender_domains) {
      if (sender.kind == SenderDomain::Kind::any) {
        any.push_back(index);
      } else {
        const std::uint32_t scope =
            2 * tenant + (sender.kind == SenderDomain::Kind::subdomains ? 1 : 0);
        by_name[{scope, sender.name}].push_back(index);
      }
    }
  }
  compiled.any_sender = store_slice(std::move(any), tables);
  for (auto& [key, members] : by_name) {
    const auto position = static_cast<std::uint32_t>(tables.sender_slices.size());
    tables.sender_slices.push_back(store_slice(std::move(members), tables));
    tables.sender_index.insert(key.first, key.second, position);
  }
}

void index_certificate(std::uint32_t index, Tables& tables) {
  const CompiledConnector& connector = tables.compiled[index];
  const std::uint32_t wildcard = connector.certificate_is_wildcard ? 1 : 0;
  if (connector.certificate_domain_accepted) {
    std::uint32_t& changed_slot = *[&] {
      tables.originating_certificates.insert(wildcard, connector.certificate_name, index);
      return tables.originating_certificates.find_slot(wildcard, connector.certificate_name);
    }();
    // Two connectors of one tenant with the same name: the first by name, as in the tie-break.
    if (tables.connectors[index].name < tables.connectors[changed_slot].name) changed_slot = index;
    tables.certified.push_back(index);
  }
  if (connector.type == ConnectorType::on_premises) {
    tables.on_premises_with_certificate.push_back(index);
    return;
  }
  const std::uint32_t scope = 2 * connector.tenant + wildcard;
  const auto fresh = static_cast<std::uint32_t>(tables.certificate_lists.size());
  const std::uint32_t there =
      tables.partner_certificate_index.insert(scope, connector.certificate_name, fresh);
  if (there == NameTable::absent) tables.certificate_lists.emplace_back();
  tables.certificate_lists[there == NameTable::absent ? fresh : there].push_back(index);
}

}  // namespace

tl::expected<Policy, std::vector<Error>> Policy::compile(std::span<const Tenant> tenants) {
  Faults faults;
  if (tenants.size() > most_tenants) {
    return tl::unexpected(Faults{{"too many tenants for one policy", "", "split them"}});
  }
  auto tables = std::make_shared<Tables>();
  std::size_t domain_count = 0;
  for (const Tenant& tenant : tenants)
    domain_count += tenant.accepted_domains.size();
  tables->domain_index.reserve(domain_count);
  tables->tenants.resize(tenants.size());

  for (std::uint32_t i = 0; i < tenants.size(); ++i) {
    const Tenant& tenant = tenants[i];
    CompiledTenant& compiled = tables->tenants[i];
    compiled.name = tenant.name;
    compiled.reject_direct_send = tenant.reject_direct_send;
    compiled.switch_available = row_of(tenant.cloud).has_reject_direct_send;
    compiled.connectors_known = tenant.inbound_connectors_known;
    compiled.choices = tenant.choices;
    tables->any_connectors_unknown |= !tenant.inbound_connectors_known;
    check_connectors(tenant, faults);
    add_domains(tenants, i, *tables, faults);
  }
  if (!faults.empty()) return tl::unexpected(std::move(faults));

  Policy policy;
  policy.tables_ = tables;  // owner_of works from here on
  std::vector<std::pair<Prefix, std::uint32_t>> all_on_premises;
  for (std::uint32_t i = 0; i < tenants.size(); ++i) {
    const Tenant& tenant = tenants[i];
    CompiledTenant& compiled = tables->tenants[i];
    std::vector<std::pair<Prefix, std::uint32_t>> addresses;
    for (const InboundConnector& source : tenant.inbound_connectors) {
      const auto index = static_cast<std::uint32_t>(tables->connectors.size());
      tables->connectors.push_back(source);
      tables->compiled.push_back(compile_connector(source, index, i, *tables));
      CompiledConnector& connector = tables->compiled.back();
      connector.certificate_domain_accepted = certificate_is_accepted(tenant, connector, policy);
      if (!source.enabled) continue;
      const bool partner = source.type == ConnectorType::partner;
      (partner ? compiled.partners : compiled.on_premises).push_back(index);
      if (!partner) tables->all_on_premises.push_back(index);
      for (const Prefix& prefix : source.sender_ip_addresses) {
        addresses.emplace_back(prefix, index);
        (partner ? compiled.has_partner_addresses : compiled.has_on_premises_addresses) = true;
        if (!partner) all_on_premises.emplace_back(prefix, index);
      }
      (partner ? compiled.has_partners : compiled.has_on_premises) = true;
      if (connector.has_certificate) {
        (partner ? compiled.partner_certificates : compiled.on_premises_certificates) = true;
        compiled.certificates_changed =
            std::max(compiled.certificates_changed, connector.when_changed);
        index_certificate(index, *tables);
      }
    }
    compiled.addresses = PrefixTable(addresses);
    index_senders(i, *tables);
  }
  tables->all_on_premises_addresses = PrefixTable(all_on_premises);
  return policy;
}

tl::expected<Policy, std::vector<Error>> Policy::compile(const Tenant& tenant) {
  return compile(std::span<const Tenant>(&tenant, 1));
}

Policy Policy::with_reject_direct_send(bool on) const {
  Policy other = *this;
  other.reject_direct_send_ = on;
  return other;
}

const Tables& tables_of(const Policy& policy) noexcept {
  return *policy.tables_;
}

std::size_t Policy::tenant_count() const noexcept {
  return tables_->tenants.size();
}

std::string_view Policy::tenant_name(std::uint32_t tenant) const {
  return tables_->tenants.at(tenant).name;
}

const InboundConnector& Policy::connector(std::uint32_t index) const {
  return tables_->connectors.at(index);
}

}  // namespace postern::policy
