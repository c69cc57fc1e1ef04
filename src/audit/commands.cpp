#include "audit/commands.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "impact/connectors.hpp"
#include "impact/services.hpp"
#include "policy/clouds.hpp"
#include "policy/policy.hpp"
#include "policy/verdict.hpp"
#include "tenant/cmdlet.hpp"
#include "tenant/connector_limits.hpp"
#include "tenant/dns_records.hpp"

namespace postern::audit {
namespace {

using impact::no_service;
using impact::Service;
using tenant::Configuration;

const impact::Services& shipped_services() {
  static const impact::Services services;
  return services;
}

// The one gateway that the MX of every domain names; else why not.
struct Gateway {
  const Service* service = nullptr;
  std::string why_not;
};

Gateway gateway_of(const Configuration& c) {
  Gateway out;
  std::uint16_t found = no_service;
  for (const std::string& domain : tenant::own_domains(c)) {
    const auto* records = tenant::records_of(c, domain);
    if (records == nullptr || !records->mx.asked || records->mx.values.empty()) {
      return {nullptr, fmt::format("the MX of {} is not known, and a lock-down would refuse what "
                                   "comes through another",
                                   domain)};
    }
    if (tenant::takes_no_mail(*records)) continue;
    for (const std::string& host : records->mx.values) {
      if (policy::is_front_door(host)) {
        return {nullptr,
                fmt::format("an MX of {} is Microsoft's, and a lock-down for * would refuse "
                            "all mail from outside to it",
                            domain)};
      }
      const std::uint16_t service = shipped_services().of_host(host);
      if (service == no_service || shipped_services()[service].certificates.empty()) {
        return {nullptr, fmt::format("what certificate the servers behind {} present is not known: "
                                     "ask its operator for the name, or for all of its addresses",
                                     host)};
      }
      if (found != no_service && service != found) {
        return {nullptr,
                fmt::format("the MX hosts belong to {} and {}: each needs a connector of its "
                            "own",
                            shipped_services()[found].name, shipped_services()[service].name)};
      }
      found = service;
    }
  }
  if (found == no_service) return {nullptr, "no domain of your own was read"};
  out.service = &shipped_services()[found];
  return out;
}

// What an outsider's mail to the domain meets, over the connector or not.
policy::Verdict outsider(const policy::Policy& policy, std::string_view recipient,
                         std::optional<std::string_view> certificate) {
  policy::Submission s;
  s.client_ip = IpAddress::from_v4(0xf0000001U);  // reserved (RFC 1112): in nobody's connector
  s.authenticated = policy::Known::no;
  s.tls = policy::Known::yes;
  s.certificate.state = certificate ? policy::ClientCertificate::State::presented
                                    : policy::ClientCertificate::State::none;
  s.certificate.subject = certificate.value_or(std::string_view{});
  s.reverse_path = {policy::ReversePath::State::address, "sender.example"};
  s.recipient_domain = recipient;
  return decide(policy, s);
}

}  // namespace

LockDown lock_down_for(const Configuration& c) {
  const Gateway gateway = gateway_of(c);
  if (gateway.service == nullptr) {
    return {{}, fmt::format("no command is printed: {}", gateway.why_not)};
  }
  policy::InboundConnector connector = impact::connector_by_certificate(
      "Only through the gateway", {}, gateway.service->certificates.front());
  connector.restrict_domains_to_certificate = true;
  policy::Tenant after = c.tenant;
  const auto faults = tenant::refused_by_exchange(connector, after);
  if (!faults.empty()) return {{}, fmt::format("no command is printed: {}", faults.front().what)};
  after.inbound_connectors.push_back(connector);
  const auto policy = policy::Policy::compile(after);
  if (!policy) return {{}, "no command is printed: it could not be tried on the rule"};
  std::string presented = connector.tls_sender_certificate_name;
  if (presented.starts_with("*.")) presented = "mx" + presented.substr(1);
  for (const std::string& domain : tenant::own_domains(c)) {
    if (outsider(*policy, domain, presented).action != policy::Action::accept) {
      return {{},
              fmt::format("no command is printed: tried on the rule, it would refuse the "
                          "gateway's own mail to {}",
                          domain)};
    }
  }
  LockDown out;
  out.command =
      tenant::powershell(tenant::new_inbound_connector(connector)).value_or(std::string{});
  out.advice = fmt::format(
      "whoever does not present {} is refused as soon as it is there (5.7.51): devices, services "
      "that "
      "send to you past the gateway, and mail to *.onmicrosoft.com; postern plan --connectors "
      "tries "
      "it on your evidence",
      connector.tls_sender_certificate_name);
  return out;
}

std::string remove_from_list(std::string_view cmdlet, std::string_view identity,
                             std::string_view parameter, const std::vector<std::string>& values) {
  // @{Remove=…} is an expression, no value: each text is quoted as the values of cmdlets are.
  std::string list;
  for (const std::string& value : values) {
    const auto quoted = tenant::powershell_text(value);
    if (!quoted) return {};
    list += (list.empty() ? "" : ",") + *quoted;
  }
  const auto name = tenant::powershell_text(identity);
  if (!name || list.empty()) return {};
  return fmt::format("{} -Identity {} -{} @{{Remove={}}}", cmdlet, *name, parameter, list);
}

std::string set_flag(std::string_view cmdlet, std::string_view identity, std::string_view parameter,
                     bool value) {
  const auto name = tenant::powershell_text(identity);
  return name ? fmt::format("{} -Identity {} -{} ${}", cmdlet, *name, parameter,
                            value ? "true" : "false")
              : std::string{};
}

bool is_shared_certificate(std::string_view name) {
  if (policy::is_exchange_online_certificate(name)) return true;
  const std::uint16_t service = shipped_services().of_certificate(name);
  return service != no_service && shipped_services()[service].shared == policy::Known::yes;
}

}  // namespace postern::audit
