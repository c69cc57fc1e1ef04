#include "plan/organisation.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"

namespace postern::plan {
namespace {

using Names = std::vector<std::string>;

Names domains_of(const policy::Tenant& tenant) {
  Names out;
  for (const policy::AcceptedDomain& domain : tenant.accepted_domains)
    out.push_back(to_lower(domain.name));
  return out;
}

// Those that no other tenant can ever have. The routing sibling says no more.
Names initial_domains_of(const policy::Tenant& tenant) {
  Names out = domains_of(tenant);
  std::erase_if(out, [](const std::string& name) {
    return !policy::is_onmicrosoft(name) || name.find(".mail.") != std::string::npos;
  });
  return out;
}

bool share_one(const Names& one, const Names& other) {
  return std::any_of(one.begin(), one.end(), [&](const std::string& name) {
    return std::find(other.begin(), other.end(), name) != other.end();
  });
}

}  // namespace

std::string organisation_of(const tenant::Configuration& configuration) {
  const auto found = configuration.properties.find("OrganizationConfig.Guid");
  return found == configuration.properties.end() || found->second.is_null ? std::string()
                                                                          : found->second.text;
}

std::string why_another_tenant(const policy::Tenant& before, std::string_view guid_before,
                               const policy::Tenant& now, std::string_view guid_now) {
  if (!guid_before.empty() && !guid_now.empty()) {
    if (iequals(guid_before, guid_now)) return {};
    return fmt::format("its organisation has the Guid {}, not {}", printable(guid_now),
                       printable(guid_before));
  }
  const Names initial_before = initial_domains_of(before);
  const Names initial_now = initial_domains_of(now);
  if (!initial_before.empty() && !initial_now.empty()) {
    if (share_one(initial_before, initial_now)) return {};
    return fmt::format("its initial domain is {}, not {}", printable(joined(initial_now)),
                       printable(joined(initial_before)));
  }
  if (before.accepted_domains.empty() || share_one(domains_of(before), domains_of(now))) return {};
  return "they have no accepted domain in common";
}

}  // namespace postern::plan
