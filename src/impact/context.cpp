#include "impact/context.hpp"

#include <algorithm>
#include <utility>

#include "policy/clouds.hpp"
#include "tenant/dns_records.hpp"

namespace postern::impact {

Context context_of(const tenant::Configuration& configuration, Services services,
                   std::vector<Pin> pins) {
  Context out;
  out.services = std::move(services);
  out.pins = std::move(pins);
  std::vector<std::pair<Prefix, PrefixTable::Value>> own;
  const auto add_own = [&](const Prefix& prefix) {
    if (prefix.length() >= (prefix.is_v4() ? 20u : 44u)) own.emplace_back(prefix, 1);
  };
  const auto domains = tenant::own_domains(configuration);
  out.dmarc_enforced = !domains.empty();
  for (const std::string& domain : domains) {
    const auto spf = tenant::spf_content(configuration, domain);
    out.spf_known = out.spf_known || !spf.addresses.empty() || !spf.includes.empty();
    for (const Prefix& prefix : spf.addresses)
      add_own(prefix);
    for (const std::string& include : spf.includes) {
      const std::uint16_t service = out.services.of_spf_include(include);
      if (service != no_service) out.spf_services.push_back(service);
    }
    if (const auto* records = tenant::records_of(configuration, domain)) {
      for (const std::string& host : records->mx.values) {
        if (!policy::is_front_door(host)) out.foreign_mx.push_back(host);
      }
    }
    const auto dmarc = tenant::dmarc_state(configuration, domain);
    out.dmarc_known = out.dmarc_known || dmarc != tenant::Dmarc::not_known;
    out.dmarc_enforced = out.dmarc_enforced && dmarc == tenant::Dmarc::enforced;
  }
  for (const auto& connector : configuration.tenant.inbound_connectors) {
    if (connector.type != policy::ConnectorType::on_premises) continue;
    for (const Prefix& prefix : connector.sender_ip_addresses)
      add_own(prefix);
  }
  out.own_networks = PrefixTable(own);
  return out;
}

}  // namespace postern::impact
