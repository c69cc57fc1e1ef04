#include "policy/compile_tenant.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/domain.hpp"
#include "policy/address_limit.hpp"
#include "policy/clouds.hpp"

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

CompiledConnector compile_connector(const InboundConnector& source, std::uint32_t index,
                                    CompiledTenant& into) {
  CompiledConnector out;
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
  out.restricts = source.restricts();
  out.when_changed = source.when_changed.value_or(0);
  for (const SenderDomain& sender : source.sender_domains) {
    switch (sender.kind) {
      case SenderDomain::Kind::any:
        out.covers_any_sender = true;
        break;
      case SenderDomain::Kind::exact:
        into.connector_names.insert(3 * index, sender.name, index);
        break;
      case SenderDomain::Kind::subdomains:
        into.connector_names.insert(3 * index + 1, sender.name, index);
        break;
    }
  }
  for (const std::string& domain : source.associated_accepted_domains) {
    into.connector_names.insert(3 * index + 2, domain, index);
    out.has_associated_domains = true;
  }
  return out;
}

// Orders members so that the rule can stop early, and stores them.
ConnectorSlice store_slice(std::vector<std::uint32_t> members, CompiledTenant& tenant) {
  const auto rank = [&](std::uint32_t index) {
    const CompiledConnector& connector = tenant.compiled[index - tenant.first_connector];
    return connector.restricts ? 0 : connector.is_domain_only() ? 1 : 2;
  };
  std::sort(members.begin(), members.end());
  members.erase(std::unique(members.begin(), members.end()), members.end());
  ConnectorSlice slice;
  slice.offset = static_cast<std::uint32_t>(tenant.slice_members.size());
  for (int wanted = 0; wanted < 2; ++wanted) {
    for (const std::uint32_t member : members) {
      if (rank(member) != wanted) continue;
      tenant.slice_members.push_back(member);
      ++(wanted == 0 ? slice.restricting : slice.domain_only);
    }
  }
  return slice;
}

void index_senders(CompiledTenant& tenant) {
  std::map<std::pair<std::uint32_t, std::string>, std::vector<std::uint32_t>> by_name;
  std::vector<std::uint32_t> any;
  for (const std::uint32_t index : tenant.partners) {
    const std::size_t place = index - tenant.first_connector;
    const CompiledConnector& connector = tenant.compiled[place];
    // Only these two kinds are looked up by sender domain.
    if (!connector.restricts && !connector.is_domain_only()) continue;
    tenant.has_restricting |= connector.restricts;
    tenant.has_domain_only_tls |= connector.is_domain_only() && connector.require_tls;
    for (const SenderDomain& sender : tenant.connectors[place].sender_domains) {
      if (sender.kind == SenderDomain::Kind::any) {
        any.push_back(index);
      } else {
        const std::uint32_t scope = sender.kind == SenderDomain::Kind::subdomains ? 1 : 0;
        by_name[{scope, sender.name}].push_back(index);
      }
    }
  }
  tenant.any_sender = store_slice(std::move(any), tenant);
  for (auto& [key, members] : by_name) {
    const auto position = static_cast<std::uint32_t>(tenant.sender_slices.size());
    tenant.sender_slices.push_back(store_slice(std::move(members), tenant));
    tenant.sender_index.insert(key.first, key.second, position);
  }
}

void index_partner_certificate(std::uint32_t index, const CompiledConnector& connector,
                               CompiledTenant& tenant) {
  const std::uint32_t wildcard = connector.certificate_is_wildcard ? 1 : 0;
  const auto fresh = static_cast<std::uint32_t>(tenant.certificate_lists.size());
  const std::uint32_t there =
      tenant.partner_certificate_index.insert(wildcard, connector.certificate_name, fresh);
  if (there == NameTable::absent) tenant.certificate_lists.emplace_back();
  tenant.certificate_lists[there == NameTable::absent ? fresh : there].push_back(index);
}

// "*.contoso.com" is satisfied by any accepted domain below it (Exchange Team, "TLS Certificates in
// Exchange Hybrid").
bool covers_own(const Tenant& tenant, const CompiledConnector& connector) {
  return connector.certificate_is_wildcard &&
         std::any_of(tenant.accepted_domains.begin(), tenant.accepted_domains.end(),
                     [&](const AcceptedDomain& domain) {
                       return is_same_or_subdomain(domain.name, connector.certificate_name);
                     });
}

std::string default_domain_of(const Tenant& tenant) {
  const auto& domains = tenant.accepted_domains;
  const auto found = std::find_if(domains.begin(), domains.end(),
                                  [](const AcceptedDomain& domain) { return domain.is_default; });
  if (domains.empty()) return {};
  return (found == domains.end() ? domains.front() : *found).name;
}

using Addresses = std::vector<std::pair<Prefix, std::uint32_t>>;

void add_enabled(const InboundConnector& source, const CompiledConnector& connector,
                 std::uint32_t index, CompiledTenant& out, Addresses& addresses) {
  const bool partner = source.type == ConnectorType::partner;
  (partner ? out.partners : out.on_premises).push_back(index);
  (partner ? out.has_partners : out.has_on_premises) = true;
  for (const Prefix& prefix : source.sender_ip_addresses) {
    addresses.emplace_back(prefix, index);
    (partner ? out.has_partner_addresses : out.has_on_premises_addresses) = true;
  }
  if (!connector.has_certificate) return;
  (partner ? out.partner_certificates : out.on_premises_certificates) = true;
  out.certificates_changed = std::max(out.certificates_changed, connector.when_changed);
  if (partner) index_partner_certificate(index, connector, out);
}

}  // namespace

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

void check_domain(const AcceptedDomain& domain, Faults& faults) {
  if (is_normal(domain.name)) return;
  faults.push_back(
      {fmt::format("accepted domain '{}' is not a domain name", printable(domain.name)),
       domain.where, "write it like contoso.com"});
}

Owner owner_by(const AcceptedDomain& domain, std::uint32_t tenant) {
  return {tenant, domain.match_subdomains, is_onmicrosoft(domain.name)};
}

std::shared_ptr<const CompiledTenant> compile_tenant(const Tenant& tenant, std::uint32_t index,
                                                     std::uint32_t first_connector) {
  auto made = std::make_shared<CompiledTenant>();
  CompiledTenant& out = *made;
  out.name = tenant.name;
  out.default_domain = default_domain_of(tenant);
  out.reject_direct_send = tenant.reject_direct_send;
  out.switch_available = row_of(tenant.cloud).has_reject_direct_send;
  out.connectors_known = tenant.inbound_connectors_known;
  out.choices = tenant.choices;
  out.first_connector = first_connector;
  for (const AcceptedDomain& domain : tenant.accepted_domains) {
    if (!domain.match_subdomains) continue;
    out.subdomain_depths |= std::uint64_t{1} << std::min(depth_of(domain.name), 63u);
  }
  out.connectors = tenant.inbound_connectors;
  out.compiled.reserve(out.connectors.size());
  Addresses addresses;
  std::uint32_t number = first_connector;
  for (const InboundConnector& source : out.connectors) {
    CompiledConnector connector = compile_connector(source, number, out);
    connector.tenant = index;
    connector.certificate_covers_own = covers_own(tenant, connector);
    if (source.enabled) add_enabled(source, connector, number, out, addresses);
    out.compiled.push_back(std::move(connector));
    ++number;
  }
  out.addresses = PrefixTable(addresses);
  index_senders(out);
  return made;
}

}  // namespace postern::policy
