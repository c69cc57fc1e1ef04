// Reading tenant.toml: the key tables say what may stand where.
#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "policy/clouds.hpp"
#include "tenant/dns_records.hpp"
#include "tenant/keys.hpp"
#include "tenant/sections.hpp"

namespace postern::tenant {
namespace {

// The two settings that tenant.toml has, under the names that controls use.
void add_properties(Configuration& into, const std::string& file) {
  using policy::RejectDirectSend;
  const RejectDirectSend state = into.tenant.reject_direct_send;
  if (state != RejectDirectSend::unknown) {
    Property property{
        state == RejectDirectSend::never_set ? std::string{} : std::string(policy::name_of(state)),
        state == RejectDirectSend::never_set, into.organization_config_origin};
    into.properties["OrganizationConfig.RejectDirectSend"] = std::move(property);
  }
  const Setting off = into.transport_config.value.smtp_client_authentication_disabled;
  if (off != Setting::unknown) {
    const bool is_null = off == Setting::never_set;
    into.properties["TransportConfig.SmtpClientAuthenticationDisabled"] = {
        is_null              ? ""
        : off == Setting::on ? "True"
                             : "False",
        is_null,
        {file, "transport_config"}};
  }
}

void take_domains(std::vector<DomainEntry> entries, Configuration& into) {
  for (DomainEntry& entry : entries) {
    const DnsRecords& records = entry.records;
    if (records.mx.asked || records.spf.asked || records.dmarc.asked || records.dkim.asked ||
        records.dkim_signing_enabled) {
      into.dns.known = true;
      into.dns.value[entry.domain.name] = std::move(entry.records);
    }
    into.tenant.accepted_domains.push_back(std::move(entry.domain));
  }
}

template <class T>
void take(std::optional<T> from, const std::string& file, const char* key, Section<T>& into) {
  if (!from) return;
  into.known = true;
  into.origin = {file, key};
  into.value = std::move(*from);
}

Configuration configuration_of(TenantFile read, const std::string& file) {
  Configuration into;
  into.tenant = std::move(read.head.tenant);
  into.exported_at = read.head.exported_at;
  into.organization_config_known = read.head.organization_config_known;
  into.organization_config_origin = {file, "reject_direct_send"};
  into.accepted_domains_known = true;
  into.inbound_connectors_read = into.tenant.inbound_connectors_known;
  into.sources.push_back("tenant.toml");
  into.assumed = std::move(read.head.assumed);
  into.remarks = into.assumed;
  take_domains(std::move(read.accepted_domains), into);
  take(read.transport_config, file, "transport_config", into.transport_config);
  take(std::move(read.transport_rules), file, "transport_rule", into.transport_rules);
  take(std::move(read.connection_filters), file, "connection_filter", into.connection_filters);
  take(std::move(read.content_filters), file, "content_filter", into.content_filters);
  add_properties(into, file);
  conclude(into);
  return into;
}

}  // namespace

Result<Configuration> read_toml(std::string_view text, const std::string& file) {
  auto read = tenant_layout().parse(text, file);
  if (!read) return tl::unexpected(read.error());
  return configuration_of(std::move(*read), file);
}

void conclude(Configuration& into, Extent extent) {
  policy::Tenant& tenant = into.tenant;
  tenant.inbound_connectors_known = into.inbound_connectors_read;
  const policy::AcceptedDomain* best = nullptr;
  for (const auto& domain : tenant.accepted_domains) {
    if (domain.is_default || (best == nullptr && policy::is_onmicrosoft(domain.name))) {
      best = &domain;
    }
    if (domain.is_default) break;
  }
  if (tenant.name.empty() || (best != nullptr && best->is_default)) {
    if (best != nullptr) tenant.name = best->name;
    if (best == nullptr && !tenant.accepted_domains.empty()) {
      tenant.name = tenant.accepted_domains.front().name;
    }
  }
  if (tenant.name.empty()) tenant.name = "unnamed tenant";
  if (tenant.cloud == policy::Cloud::worldwide) {
    for (const auto& domain : tenant.accepted_domains) {
      tenant.cloud = policy::cloud_of_initial_domain(domain.name).value_or(tenant.cloud);
    }
  }
  if (extent == Extent::part) return;
  for (const auto& domain : tenant.accepted_domains) {
    if (domain.match_subdomains && domain.type == policy::DomainType::authoritative) {
      into.remarks.push_back(
          fmt::format("MatchSubDomains is on for {} although it is Authoritative, and Exchange "
                      "Online has that with "
                      "InternalRelay alone: check the export; its subdomains are taken as accepted",
                      domain.name));
    }
    if (const auto whose = service_of_domain(tenant, domain.name); !whose.empty()) {
      into.remarks.push_back(
          fmt::format("the accepted domain {} is {}: the controls of DNS records leave it out",
                      domain.name, whose));
    }
  }
  if (!into.organization_config_known) {
    into.remarks.push_back(
        "no organisation configuration was read, so RejectDirectSend is not known "
        "(Get-OrganizationConfig | ConvertTo-Json)");
  }
  if (!into.accepted_domains_known) {
    into.remarks.push_back(
        "no accepted domains were read, so nothing can be told of any sender "
        "(Get-AcceptedDomain | ConvertTo-Json)");
  }
  if (!into.inbound_connectors_read) {
    into.remarks.push_back(
        "no inbound connectors were read, so whether one matches is not known "
        "(Get-InboundConnector | ConvertTo-Json)");
  }
}

}  // namespace postern::tenant
