#include "plan/tenant_json.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "tenant/load.hpp"

namespace postern::plan {
namespace {

using policy::InboundConnector;
using policy::RejectDirectSend;

const char* const made_by_postern = "it was written by postern; make it again";

std::vector<std::string> sorted(std::vector<std::string> list) {
  std::sort(list.begin(), list.end());
  return list;
}

}  // namespace

Json connector_json(const InboundConnector& c) {
  std::vector<std::string> domains, addresses;
  for (const policy::SenderDomain& domain : c.sender_domains)
    domains.push_back(fmt::format("smtp:{};{}", domain.text(), domain.cost));
  std::vector<Prefix> prefixes = c.sender_ip_addresses;
  std::sort(prefixes.begin(), prefixes.end(), [](const Prefix& a, const Prefix& b) {
    return a.first() != b.first() ? a.first() < b.first() : a.length() < b.length();
  });
  for (const Prefix& prefix : prefixes)
    addresses.push_back(prefix.text());
  return Json{{"Name", c.name},
              {"ConnectorType", policy::name_of(c.type)},
              {"Enabled", c.enabled},
              {"SenderDomains", sorted(domains)},
              {"SenderIPAddresses", addresses},
              {"TlsSenderCertificateName", c.tls_sender_certificate_name},
              {"RequireTls", c.require_tls},
              {"RestrictDomainsToIPAddresses", c.restrict_domains_to_ip_addresses},
              {"RestrictDomainsToCertificate", c.restrict_domains_to_certificate},
              {"AssociatedAcceptedDomains", sorted(c.associated_accepted_domains)},
              {"CloudServicesMailEnabled", c.cloud_services_mail_enabled},
              {"TreatMessagesAsInternal", c.treat_messages_as_internal},
              {"TrustedOrganizations", sorted(c.trusted_organizations)},
              {"EFSkipIPs", sorted(c.ef_skip_ips)},
              {"EFSkipLastIP", c.ef_skip_last_ip},
              {"Comment", c.comment}};
}

Json switch_json(RejectDirectSend value) {
  switch (value) {
    case RejectDirectSend::on:
      return true;
    case RejectDirectSend::off:
      return false;
    case RejectDirectSend::never_set:
      return nullptr;
    case RejectDirectSend::unknown:
      break;
  }
  return Json(Json::value_t::discarded);
}

Json tenant_json(const policy::Tenant& tenant) {
  Json organisation = Json::object();
  organisation["Name"] = tenant.name;
  if (tenant.reject_direct_send != RejectDirectSend::unknown) {
    organisation["RejectDirectSend"] = switch_json(tenant.reject_direct_send);
  }
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
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace postern::plan
