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
  // Exchange gives it, nobody sets it; the record finds a renamed connector by it.
  if (!connector.guid.empty()) out["Guid"] = connector.guid;
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

Json named_tenant_json(const std::string& name, const std::string& source,
                       const std::string& organisation) {
  Json out{{"name", name}, {"source", source}};
  if (!organisation.empty()) out["organisation"] = organisation;
  return out;
}

Result<std::string> organisation_member(const Json& named, const std::string& where) {
  if (!named.contains("organisation")) return std::string();
  return text_member(named, "organisation", where);
}

Result<Json> object_member(const Json& object, const char* name, const std::string& where) {
  return member(object, name, where, &Json::is_object, "object");
}

Result<Json> array_member(const Json& object, const char* name, const std::string& where) {
  return member(object, name, where, &Json::is_array, "list");
}

Result<std::vector<std::string>> texts_member(const Json& object, const char* name,
                                              const std::string& where) {
  const auto list = array_member(object, name, where);
  if (!list) return tl::unexpected(list.error());
  std::vector<std::string> out;
  for (const Json& item : *list) {
    if (!item.is_string()) return fail(fmt::format("'{}' holds no text", name), where);
    out.push_back(item.get<std::string>());
  }
  return out;
}

Result<Json> read_document(std::string_view text, const std::string& file, std::string_view form,
                           std::string_view written_by) {
  const std::string remedy = fmt::format("name a file that {} wrote", written_by);
  Json document = Json::parse(text, nullptr, false);
  if (document.is_discarded()) {
    return fail("is no JSON, or was cut short", file, remedy);
  }
  const auto schema = document.is_object() ? document.find("schema") : document.end();
  const std::string is = document.is_object() && schema != document.end() && schema->is_string()
                             ? schema->get<std::string>()
                             : std::string{};
  if (is == form) return document;
  const std::string_view kind = form.substr(0, form.rfind('/') + 1);
  if (is.starts_with(kind)) {
    return fail(fmt::format("is of the form {}, and this version reads {}", printable(is), form),
                file, "use the version of postern that wrote it");
  }
  if (is.starts_with("postern/")) {
    return fail(fmt::format("is of the form {}, not {}", printable(is), form), file, remedy);
  }
  return fail(fmt::format("is no document of the form {}", form), file, remedy);
}

std::string document_text(const Json& document) {
  return escape_unprintable_json(document.dump(2, ' ', false, Json::error_handler_t::replace)) +
         "\n";
}

bool are_equal(const Json& a, const Json& b) {
  const auto sorted = [](const Json& value) {
    return nlohmann::json::parse(value.dump(-1, ' ', false, Json::error_handler_t::replace));
  };
  return sorted(a) == sorted(b);
}

}  // namespace postern::plan
