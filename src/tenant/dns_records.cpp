#include "tenant/dns_records.hpp"

#include <cstddef>

#include "base/ascii.hpp"
#include "base/domain.hpp"

namespace postern::tenant {
namespace {

// "p=reject" of a DMARC record; empty where the tag is not there.
std::string tag_of(std::string_view record, std::string_view tag) {
  for (const std::string_view part : split(record, ';')) {
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos) continue;
    if (iequals(trim(part.substr(0, equals)), tag)) return to_lower(trim(part.substr(equals + 1)));
  }
  return {};
}

}  // namespace

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

std::vector<std::string> records_starting_with(const std::vector<std::string>& values,
                                               std::string_view prefix) {
  std::vector<std::string> out;
  for (const std::string& value : values) {
    if (istarts_with(trim(value), prefix)) out.emplace_back(trim(value));
  }
  return out;
}

Dmarc dmarc_state(const Configuration& configuration, const std::string& domain) {
  const auto* records = records_of(configuration, domain);
  if (records == nullptr || !records->dmarc.asked) return Dmarc::not_known;
  const auto found = records_starting_with(records->dmarc.values, "v=dmarc1");
  if (found.empty()) return Dmarc::missing;
  if (found.size() > 1) return Dmarc::several;
  const std::string policy = tag_of(found.front(), "p");
  if (policy != "quarantine" && policy != "reject") return Dmarc::not_enforced;
  const std::string share = tag_of(found.front(), "pct");
  if ((!share.empty() && share != "100") || tag_of(found.front(), "sp") == "none") {
    return Dmarc::partly;
  }
  return Dmarc::enforced;
}

SpfContent spf_content(const Configuration& configuration, const std::string& domain) {
  SpfContent out;
  const auto* records = records_of(configuration, domain);
  if (records == nullptr) return out;
  const auto found = records_starting_with(records->spf.values, "v=spf1");
  if (found.size() != 1) return out;
  for (std::string_view term : split(found.front(), ' ')) {
    if (term.starts_with('+')) term.remove_prefix(1);
    if (istarts_with(term, "ip4:") || istarts_with(term, "ip6:")) {
      if (auto prefix = Prefix::parse(term.substr(4))) out.addresses.push_back(*prefix);
    } else if (istarts_with(term, "include:")) {
      out.includes.push_back(to_lower(term.substr(8)));
    } else if (istarts_with(term, "redirect=")) {
      out.includes.push_back(to_lower(term.substr(9)));
    }
  }
  return out;
}

}  // namespace postern::tenant
