#include "tenant/dns_records.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "base/ascii.hpp"
#include "base/domain.hpp"

namespace postern::tenant {
namespace {

// Routing domains that services have accepted in a tenant for mail or calls that come back to it.
constexpr std::array<std::pair<std::string_view, std::string_view>, 2> service_domains{{
    {"smtp.exclaimer.cloud", "Exclaimer's (signatures)"},
    {"smtp.excl.cloud", "Exclaimer's (signatures)"},
}};

// "sbc", "sbc1", "sbc-emea": how a session border controller is called. Teams wants its name among
// the tenant's domains:
// https://learn.microsoft.com/microsoftteams/direct-routing-sbc-multiple-tenants
bool is_session_controller(std::string_view label) noexcept {
  if (!istarts_with(label, "sbc")) return false;
  label.remove_prefix(3);
  return label.empty() || is_ascii_digit(label[0]) || label[0] == '-';
}

}  // namespace

bool takes_no_mail(const DnsRecords& records) {
  return records.mx.values.size() == 1 && records.mx.values.front() == null_mx;
}

std::string_view service_of_domain(const policy::Tenant& tenant, std::string_view domain) {
  for (const auto& [suffix, whose] : service_domains) {
    if (domain != suffix && is_same_or_subdomain(domain, suffix)) return whose;
  }
  // Below a domain of one's own it is one's own.
  const bool below_own = std::any_of(
      tenant.accepted_domains.begin(), tenant.accepted_domains.end(), [&](const auto& other) {
        return other.name != domain && is_same_or_subdomain(domain, other.name);
      });
  const auto labels = split(domain, '.');
  if (below_own || labels.size() < 3) return {};
  const bool controller = std::any_of(labels.begin(), labels.end() - 2, is_session_controller);
  return controller ? "a session controller's (calls)" : std::string_view{};
}

const DnsRecords* records_of(const Configuration& c, const std::string& domain) {
  const auto found = c.dns.value.find(domain);
  return found == c.dns.value.end() ? nullptr : &found->second;
}

std::vector<std::string> own_domains(const Configuration& c) {
  std::vector<std::string> names;
  for (const auto& domain : c.tenant.accepted_domains) {
    if (policy::is_onmicrosoft(domain.name)) continue;
    if (service_of_domain(c.tenant, domain.name).empty()) names.push_back(domain.name);
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
