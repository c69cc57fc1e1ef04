#include "tenant/dns_records.hpp"

namespace postern::tenant {

const DnsRecords* records_of(const Configuration& c, const std::string& domain) {
  const auto found = c.dns.value.find(domain);
  return found == c.dns.value.end() ? nullptr : &found->second;
}

std::vector<std::string> own_domains(const Configuration& c) {
  std::vector<std::string> names;
  for (const auto& domain : c.tenant.accepted_domains) {
    if (!policy::is_onmicrosoft(domain.name)) names.push_back(domain.name);
  }
  return names;
}

const std::vector<std::string>* texts_at(const Configuration& c, std::string_view name) {
  constexpr std::string_view dmarc = "_dmarc.";
  const bool of_dmarc = name.starts_with(dmarc);
  if (of_dmarc) name.remove_prefix(dmarc.size());
  const auto* records = records_of(c, std::string(name));
  if (records == nullptr) return nullptr;
  const DnsAnswer& answer = of_dmarc ? records->dmarc : records->spf;
  return answer.asked ? &answer.values : nullptr;
}

}  // namespace postern::tenant
