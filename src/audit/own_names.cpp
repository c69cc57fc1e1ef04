#include "audit/own_names.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "base/domain.hpp"

namespace postern::audit {
namespace {

using policy::AcceptedDomain;
using policy::InboundConnector;
using policy::SenderDomain;

// A name that nobody has: only what MatchSubDomains or a wildcard says is true of it.
std::string some_name_below(std::string_view domain) {
  return "name-below." + std::string(domain);
}

bool is_named(const InboundConnector& connector, std::string_view domain) {
  const auto& limited = connector.associated_accepted_domains;
  return std::find(limited.begin(), limited.end(), domain) != limited.end() ||
         std::any_of(connector.sender_domains.begin(), connector.sender_domains.end(),
                     [&](const SenderDomain& each) {
                       return each.kind != SenderDomain::Kind::any &&
                              (is_same_or_subdomain(domain, each.name) ||
                               is_same_or_subdomain(each.name, domain));
                     });
}

}  // namespace

OwnNames own_names(const tenant::Configuration& c, const policy::Policy& policy) {
  OwnNames out;
  std::set<std::string> there;
  const auto add = [&](std::string name) {
    if (policy.owner_of(name) == policy::no_tenant || !there.insert(name).second) return;
    if (out.names.size() < most_own_names) {
      out.names.push_back(std::move(name));
    } else {
      out.cut = true;
    }
  };
  const auto& connectors = c.tenant.inbound_connectors;
  std::set<std::tuple<policy::DomainType, bool, bool, bool>> alike;
  for (const AcceptedDomain& domain : c.tenant.accepted_domains) {
    const bool named =
        std::any_of(connectors.begin(), connectors.end(),
                    [&](const InboundConnector& each) { return is_named(each, domain.name); });
    const bool first = alike
                           .insert({domain.type, domain.match_subdomains, domain.is_default,
                                    policy::is_onmicrosoft(domain.name)})
                           .second;
    if (!named && !first) continue;
    add(domain.name);
    if (domain.match_subdomains) add(some_name_below(domain.name));
  }
  for (const InboundConnector& connector : connectors) {
    for (const SenderDomain& each : connector.sender_domains) {
      if (each.kind == SenderDomain::Kind::any) continue;
      add(each.name);
      if (each.kind == SenderDomain::Kind::subdomains) add(some_name_below(each.name));
    }
  }
  return out;
}

}  // namespace postern::audit
