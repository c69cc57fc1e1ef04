#include "plan/difference.hpp"

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"
#include "plan/seal.hpp"
#include "plan/tenant_json.hpp"
#include "tenant/connector_properties.hpp"

namespace postern::plan {
namespace {

using policy::AcceptedDomain;
using policy::InboundConnector;
using policy::RejectDirectSend;

// The form that is compared: what has no effect is left out.
Json essence(const InboundConnector& connector) {
  Json out = connector_json(connector);
  for (const tenant::ConnectorProperty& property : tenant::connector_properties()) {
    if (property.effect == tenant::ConnectorProperty::Effect::none ||
        !tenant::applies(property, connector.type)) {
      out.erase(std::string(property.name));
    }
  }
  return out;
}

Json essence(const policy::Tenant& tenant) {
  Json out = tenant_json(tenant);
  // The name is whatever the source calls the tenant; the domains say who it is.
  Json& organisation = out["OrganizationConfig"];
  organisation.erase("Name");
  if (tenant.reject_direct_send == RejectDirectSend::never_set) {
    organisation["RejectDirectSend"] = false;
  }
  Json connectors = Json::array();
  for (const Json& connector : out["InboundConnector"]) {
    const InboundConnector* found =
        find_connector(tenant, connector["Name"].get_ref<const std::string&>());
    connectors.push_back(found == nullptr ? connector : essence(*found));
  }
  out["InboundConnector"] = std::move(connectors);
  return out;
}

const AcceptedDomain* find_domain(const policy::Tenant& tenant, std::string_view name) {
  for (const AcceptedDomain& domain : tenant.accepted_domains) {
    if (domain.name == name) return &domain;
  }
  return nullptr;
}

void compare_domains(const policy::Tenant& before, const policy::Tenant& now,
                     std::vector<std::string>& out) {
  for (const AcceptedDomain& domain : before.accepted_domains) {
    const AcceptedDomain* other = find_domain(now, domain.name);
    if (other == nullptr) {
      out.push_back(fmt::format("accepted domain {} is gone", domain.name));
    } else if (other->type != domain.type || other->match_subdomains != domain.match_subdomains) {
      out.push_back(fmt::format(
          "accepted domain {} is {}{}, was {}{}", domain.name, policy::name_of(other->type),
          other->match_subdomains ? " with subdomains" : "", policy::name_of(domain.type),
          domain.match_subdomains ? " with subdomains" : ""));
    }
  }
  for (const AcceptedDomain& domain : now.accepted_domains) {
    if (find_domain(before, domain.name) == nullptr) {
      out.push_back(fmt::format("accepted domain {} is new", domain.name));
    }
  }
}

// The same connector in another reading. One that was removed and made again as it was counts as
// the same, since the rule sees no difference.
const InboundConnector* counterpart(const policy::Tenant& tenant,
                                    const InboundConnector& connector) {
  const InboundConnector* same = find_connector(tenant, connector);
  return same != nullptr ? same : find_connector(tenant, connector.name);
}

}  // namespace

const InboundConnector* find_connector(const policy::Tenant& tenant, std::string_view name) {
  for (const InboundConnector& connector : tenant.inbound_connectors) {
    if (iequals(connector.name, name)) return &connector;
  }
  return nullptr;
}

const InboundConnector* find_connector(const policy::Tenant& tenant,
                                       const InboundConnector& wanted) {
  if (!wanted.guid.empty()) {
    for (const InboundConnector& connector : tenant.inbound_connectors) {
      if (iequals(connector.guid, wanted.guid)) return &connector;
    }
  }
  const InboundConnector* named = find_connector(tenant, wanted.name);
  const bool another = named != nullptr && !wanted.guid.empty() && !named->guid.empty();
  return another ? nullptr : named;
}

bool same_switch(RejectDirectSend a, RejectDirectSend b) noexcept {
  const auto folded = [](RejectDirectSend value) {
    return value == RejectDirectSend::never_set ? RejectDirectSend::off : value;
  };
  return folded(a) == folded(b);
}

std::string fingerprint(const policy::Tenant& tenant) {
  const std::string text = essence(tenant).dump(-1, ' ', true, Json::error_handler_t::replace);
  return sha256_mark(text);
}

std::vector<std::string> differences(const InboundConnector& before, const InboundConnector& now) {
  std::vector<std::string> out;
  for (const tenant::PropertyChange& change : tenant::effective_changes(before, now)) {
    out.push_back(fmt::format("{} is {}, was {}", change.property->name,
                              tenant::shown(change.after), tenant::shown(change.before)));
  }
  return out;
}

std::vector<std::string> differences(const policy::Tenant& before, const policy::Tenant& now) {
  std::vector<std::string> out;
  if (!same_switch(before.reject_direct_send, now.reject_direct_send)) {
    out.push_back(fmt::format("RejectDirectSend is {}, was {}",
                              policy::name_of(now.reject_direct_send),
                              policy::name_of(before.reject_direct_send)));
  }
  compare_domains(before, now, out);
  for (const InboundConnector& connector : before.inbound_connectors) {
    const InboundConnector* other = counterpart(now, connector);
    if (other == nullptr) {
      out.push_back(fmt::format("connector '{}' is gone", connector.name));
      continue;
    }
    for (const std::string& difference : differences(connector, *other))
      out.push_back(fmt::format("connector '{}': {}", connector.name, difference));
  }
  for (const InboundConnector& connector : now.inbound_connectors) {
    if (counterpart(before, connector) == nullptr) {
      out.push_back(fmt::format("connector '{}' is new", connector.name));
    }
  }
  return out;
}

}  // namespace postern::plan
