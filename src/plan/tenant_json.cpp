#include "plan/tenant_json.hpp"

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "tenant/connector_properties.hpp"
#include "tenant/load.hpp"

namespace postern::plan {
namespace {

using policy::InboundConnector;
using policy::RejectDirectSend;

const char* const made_by_postern = "it was written by postern; make it again";

}  // namespace

Json connector_json(const InboundConnector& connector) {
  Json out = Json::object();
  for (const tenant::ConnectorProperty& property : tenant::connector_properties()) {
    if (property.in_new == tenant::ConnectorProperty::InNew::never) continue;
    std::visit([&](const auto& value) { out[std::string(property.name)] = value; },
               tenant::canonical(property, connector));
  }
  return out;
}

void put_switch(RejectDirectSend value, Json& into) {
  if (value == RejectDirectSend::unknown) return;
  Json& member = into["RejectDirectSend"];  // null
  if (value != RejectDirectSend::never_set) member = value == RejectDirectSend::on;
}

Json tenant_json(const policy::Tenant& tenant) {
  Json organisation = Json::object();
  organisation["Name"] = tenant.name;
  put_switch(tenant.reject_direct_send, organisation);
  std::vector<policy::AcceptedDomain> accepted = tenant.accepted_domains;
  std::sort(accepted.begin(), accepted.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  Json domains = Json::array();
  for (const policy::AcceptedDomain& domain : accepted) {
    domains.push_back({{"DomainName", domain.name},
                       {"DomainType", policy::name_of(domain.type)},
                       {"MatchSubDomains", domain.match_subdomains},
                       {"Default", domain.is_default}});
  }
  std::vector<const InboundConnector*> by_name;
  for (const InboundConnector& connector : tenant.inbound_connectors)
    by_name.push_back(&connector);
  std::sort(by_name.begin(), by_name.end(),
            [](const auto* a, const auto* b) { return a->name < b->name; });
  Json connectors = Json::array();
  for (const InboundConnector* connector : by_name)
    connectors.push_back(connector_json(*connector));
  return Json{{"OrganizationConfig", std::move(organisation)},
              {"AcceptedDomain", std::move(domains)},
              {"InboundConnector", std::move(connectors)}};
}

Result<policy::Tenant> read_tenant(const Json& json, const std::string& where) {
  auto read = tenant::parse(json.dump(), where);
  if (!read) return tl::unexpected(read.error());
  for (InboundConnector& connector : read->tenant.inbound_connectors)
    connector.where = fmt::format("{}: connector '{}'", where, connector.name);
  return std::move(read->tenant);
}

Result<InboundConnector> read_connector(const Json& json, const std::string& where) {
  auto read = tenant::parse(Json{{"InboundConnector", Json::array({json})}}.dump(), where);
  if (!read) return tl::unexpected(read.error());
  if (read->tenant.inbound_connectors.size() != 1) {
    return fail("holds no connector where one must stand", where, made_by_postern);
  }
  return std::move(read->tenant.inbound_connectors.front());
}

Result<RejectDirectSend> read_switch(const Json& json, const std::string& where) {
  const auto found = json.find("RejectDirectSend");
  if (found == json.end()) return RejectDirectSend::unknown;
  if (found->is_null()) return RejectDirectSend::never_set;
  if (found->is_boolean()) {
    return found->get<bool>() ? RejectDirectSend::on : RejectDirectSend::off;
  }
  return fail("RejectDirectSend is neither true nor false nor null", where, made_by_postern);
}

namespace {

Result<Json> member(const Json& object, const char* name, const std::string& where,
                    bool (Json::*is_kind)() const noexcept, const char* kind) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  if (!object.is_object() || found == object.end() || !((*found).*is_kind)()) {
    return fail(fmt::format("'{}' is not there or is no {}", name, kind), where, made_by_postern);
  }
  return *found;
}

}  // namespace

Result<std::string> text_member(const Json& object, const char* name, const std::string& where) {
  const auto found = member(object, name, where, &Json::is_string, "text");
  if (!found) return tl::unexpected(found.error());
  return found->get<std::string>();
}

Result<Json> object_member(const Json& object, const char* name, const std::string& where) {
  return member(object, name, where, &Json::is_object, "object");
}

Result<Json> array_member(const Json& object, const char* name, const std::string& where) {
  return member(object, name, where, &Json::is_array, "list");
}

std::string document_text(const Json& document) {
  return escape_unprintable_json(document.dump(2, ' ', false, Json::error_handler_t::replace)) +
         "\n";
}

}  // namespace postern::plan
