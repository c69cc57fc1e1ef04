#include "policy/testing/random_world.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postern::policy {
namespace {

constexpr std::array<std::string_view, 10> names = {
    "contoso.com",  "mail.contoso.com",        "eu.mail.contoso.com",
    "fabrikam.com", "a.fabrikam.com",          "adatum.com",
    "x.adatum.com", "contoso.onmicrosoft.com", "evilcontoso.com",
    "com",
};
constexpr std::array<std::string_view, 13> certificate_names = {
    "contoso.com",        "mail.contoso.com", "*.contoso.com",  "eu.mail.contoso.com",
    "*.mail.contoso.com", "fabrikam.com",     "*.fabrikam.com", "a.fabrikam.com",
    "adatum.com",         "x.adatum.com",     "*.adatum.com",   "evilcontoso.com",
    "mail.contoso.com",
};
constexpr std::array<std::string_view, 7> recorded_names = {
    "connector 1", "connector 2", "CONNECTOR 3", "Connector 4", "connector 5", "retired", ""};
constexpr std::array<UnixTime, 3> changes = {100, 200, 300};

}  // namespace

std::string_view RandomWorld::name() {
  return names[below(names.size())];
}

IpAddress RandomWorld::address(bool six) {
  const auto host = static_cast<std::uint32_t>(below(64));
  if (!six) return IpAddress::from_v4(0xcb007100u + host);
  return *IpAddress::parse("2001:db8::" + std::to_string(host % 10));
}

Prefix RandomWorld::prefix(Cloud cloud) {
  if (cloud == Cloud::none && chance(40)) {
    return chance(50) ? *Prefix::parse("2001:db8::/125") : *Prefix::parse("203.0.112.0/23");
  }
  return {address(false), static_cast<unsigned>(chance(50) ? 32 : 27 + below(5))};
}

InboundConnector RandomWorld::connector(std::string connector_name, Cloud cloud) {
  InboundConnector connector;
  connector.name = std::move(connector_name);
  connector.type = chance(70) ? ConnectorType::partner : ConnectorType::on_premises;
  connector.enabled = !chance(12);
  for (std::size_t i = below(3) + (chance(90) ? 1 : 0); i > 0; --i) {
    SenderDomain sender;
    sender.kind = static_cast<SenderDomain::Kind>(below(3));
    if (sender.kind != SenderDomain::Kind::any) sender.name = name();
    sender.cost = static_cast<int>(1 + below(2));
    connector.sender_domains.push_back(std::move(sender));
  }
  for (std::size_t i = below(3); i > 0; --i)
    connector.sender_ip_addresses.push_back(prefix(cloud));
  if (chance(40)) {
    connector.tls_sender_certificate_name = certificate_names[below(certificate_names.size())];
  }
  connector.require_tls = chance(30);
  connector.restrict_domains_to_ip_addresses = chance(15);
  connector.restrict_domains_to_certificate = chance(15);
  for (std::size_t i = chance(20) ? 1 + below(2) : 0; i > 0; --i)
    connector.associated_accepted_domains.emplace_back(name());
  if (chance(50)) connector.when_changed = changes[below(2)];
  return connector;
}

Tenant RandomWorld::tenant(std::size_t index, std::vector<std::string_view>& free_names) {
  Tenant tenant;
  tenant.name = "tenant " + std::to_string(index);
  static constexpr std::array switches = {RejectDirectSend::on, RejectDirectSend::on,
                                          RejectDirectSend::off, RejectDirectSend::never_set};
  tenant.reject_direct_send = switches[below(switches.size())];
  if (chance(30)) tenant.cloud = static_cast<Cloud>(below(6));
  for (std::size_t i = 1 + below(3); i > 0 && !free_names.empty(); --i) {
    AcceptedDomain domain;
    domain.name = free_names.back();
    domain.type = static_cast<DomainType>(below(3));
    domain.match_subdomains = chance(30);
    free_names.pop_back();
    tenant.accepted_domains.push_back(std::move(domain));
  }
  // Names in another order than the connectors, and the same names in each tenant.
  std::array<char, 5> numbers = {'1', '2', '3', '4', '5'};
  for (std::size_t i = numbers.size(); i > 1; --i)
    std::swap(numbers[i - 1], numbers[below(i)]);
  for (std::size_t i = below(6); i > 0; --i) {
    tenant.inbound_connectors.push_back(
        connector(std::string("connector ") + numbers[i - 1], tenant.cloud));
  }
  Choices& choices = tenant.choices;
  if (chance(25)) choices.onmicrosoft_senders = OnmicrosoftSenders::exempt;
  if (chance(25)) choices.partner_address_match = PartnerAddressMatch::only_restricted;
  if (chance(25)) choices.connector_match = ConnectorMatch::all;
  choices.associated_domains = static_cast<AssociatedDomains>(below(3));
  choices.acs_exempt = !chance(25);
  choices.onpremises_recipient_match = !chance(25);
  return tenant;
}

std::vector<Tenant> RandomWorld::tenants() {
  std::vector<std::string_view> free_names(names.begin(), names.end());
  for (std::size_t i = free_names.size(); i > 1; --i)
    std::swap(free_names[i - 1], free_names[below(i)]);
  std::vector<Tenant> tenants;
  for (std::size_t i = 1 + below(3); i > 0; --i)
    tenants.push_back(tenant(tenants.size(), free_names));
  return tenants;
}

std::vector<Tenant> RandomWorld::exported(std::vector<Tenant> tenants) {
  for (Tenant& tenant : tenants) {
    if (chance(15)) tenant.reject_direct_send = RejectDirectSend::unknown;
    if (chance(15)) {
      tenant.inbound_connectors_known = false;
      tenant.inbound_connectors.clear();
    }
  }
  return tenants;
}

void RandomWorld::change(InboundConnector& connector, Cloud cloud) {
  InboundConnector other = this->connector(connector.name, cloud);
  switch (below(5)) {
    case 0:
      connector.enabled = !connector.enabled;
      break;
    case 1:
      connector.sender_domains = std::move(other.sender_domains);
      break;
    case 2:
      connector.sender_ip_addresses = std::move(other.sender_ip_addresses);
      break;
    case 3:
      connector.tls_sender_certificate_name = std::move(other.tls_sender_certificate_name);
      break;
    default:
      connector = std::move(other);
      break;
  }
}

std::vector<Tenant> RandomWorld::changed(std::vector<Tenant> tenants, UnixTime at) {
  for (Tenant& tenant : tenants) {
    for (InboundConnector& connector : tenant.inbound_connectors) {
      if (!chance(20)) continue;
      change(connector, tenant.cloud);
      connector.when_changed = at;
    }
  }
  return tenants;
}

Submission RandomWorld::submission() {
  Submission s;
  s.client_ip = address(chance(5));
  s.authenticated = chance(5) ? Known::yes : Known::no;
  s.tls = chance(70) ? Known::yes : Known::no;
  s.certificate.state = ClientCertificate::State::none;
  if (s.tls == Known::yes && chance(50)) {
    s.certificate.state = ClientCertificate::State::presented;
    s.certificate.trusted = !chance(10);
    if (!chance(5)) s.certificate.subject = certificate_names[below(certificate_names.size())];
    if (chance(40)) {
      const std::size_t count = 1 + below(3);
      s.certificate.subject_alternative_names =
          std::span<const std::string_view>(certificate_names)
              .subspan(below(certificate_names.size() + 1 - count), count);
    }
  }
  s.reverse_path.state = chance(10) ? ReversePath::State::null : ReversePath::State::address;
  if (s.reverse_path.state == ReversePath::State::address && !chance(3)) {
    s.reverse_path.domain = name();
  }
  s.recipient_domain = chance(2) ? std::string_view() : name();
  s.azure_communication_services = chance(8);
  return s;
}

Submission RandomWorld::forget(const Submission& full) {
  Submission s = full;
  if (chance(30)) s.client_ip.reset();
  if (chance(20)) s.authenticated = Known::unknown;
  if (chance(40)) s.certificate = {};
  if (chance(30)) {
    s.tls = Known::unknown;
    if (s.certificate.state == ClientCertificate::State::presented && chance(50)) {
      s.certificate = {};
    }
  }
  if (chance(20)) s.reverse_path = {};
  if (chance(10)) s.recipient_domain.reset();
  return s;
}

void RandomWorld::record_anything(Submission& submission) {
  submission.observed.state = static_cast<ObservedAttribution::State>(below(3));
  if (submission.observed.state == ObservedAttribution::State::connector) {
    submission.observed.connector = recorded_names[below(recorded_names.size())];
  }
  if (chance(60)) submission.time = chance(50) ? 150 : 250;
}

}  // namespace postern::policy
