// One function a built-in evaluator: from the configuration to findings.
#include <algorithm>
#include <array>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "audit/audit.hpp"
#include "audit/commands.hpp"
#include "audit/lock_down.hpp"
#include "audit/mail_records.hpp"
#include "base/ascii.hpp"
#include "base/domain.hpp"
#include "base/join.hpp"
#include "policy/clouds.hpp"
#include "tenant/dns_records.hpp"
#include "tenant/known_ranges.hpp"

namespace postern::audit {
namespace {

using policy::ConnectorType;
using policy::InboundConnector;
using policy::RejectDirectSend;
using tenant::Configuration;
using tenant::own_domains;
using tenant::records_of;
using tenant::service_of_domain;
using Findings = std::vector<Finding>;

Finding unknown(std::string object, std::string missing, std::string advice) {
  return {Status::not_determined, std::move(object), std::move(missing), {}, std::move(advice), {}};
}

// Of an object that an export holds without the property that is judged.
Finding not_exported(std::string object, std::string_view property, Place where) {
  return {Status::not_determined,
          std::move(object),
          fmt::format("{} was not exported", property),
          std::move(where),
          "export the whole object with ConvertTo-Json, all its properties",
          {}};
}

Findings reject_direct_send(const Configuration& c) {
  Finding finding;
  finding.object = c.tenant.name;
  finding.where = c.organization_config_origin;
  if (c.tenant.cloud == policy::Cloud::none) {
    finding.status = Status::not_applicable;
    finding.value = "not Exchange Online";
    return {finding};
  }
  if (!policy::row_of(c.tenant.cloud).has_reject_direct_send) {
    finding.status = Status::not_applicable;
    finding.value =
        fmt::format("this cloud ({}) does not have the switch", policy::name_of(c.tenant.cloud));
    finding.advice = "see the entrances below for how open the door is";
    return {finding};
  }
  switch (c.tenant.reject_direct_send) {
    case RejectDirectSend::on:
      finding.status = Status::pass;
      finding.value = "True";
      break;
    case RejectDirectSend::off:
      finding.status = Status::fail;
      finding.value = "False";
      break;
    case RejectDirectSend::never_set:
      finding.status = Status::fail;
      finding.value = "null: never set, so the platform's default applies, which is off";
      break;
    case RejectDirectSend::unknown:
      finding.status = Status::not_determined;
      finding.where = {};
      if (c.organization_config_known) {
        finding.where = c.organization_config_origin;
        finding.value = "the organisation configuration was exported without RejectDirectSend";
        finding.advice =
            "export the whole object: Get-OrganizationConfig | ConvertTo-Json (older exports "
            "select properties)";
      } else {
        finding.value = "no organisation configuration was read";
        finding.advice = "add the output of Get-OrganizationConfig | ConvertTo-Json";
      }
      break;
  }
  return {finding};
}

// --- DNS ---

// What is said beside the domains of one's own: of those of services, and where there are none.
void add_other_domains(const Configuration& c, Findings& findings) {
  if (findings.empty() && !c.accepted_domains_known) {
    findings.push_back(unknown(c.tenant.name, "no accepted domains were read",
                               "add the output of Get-AcceptedDomain | ConvertTo-Json"));
    return;
  }
  if (findings.empty()) {
    findings.push_back(
        {Status::not_applicable, c.tenant.name, "no domain of your own", {}, {}, {}});
  }
  for (const auto& domain : c.tenant.accepted_domains) {
    const std::string_view whose = service_of_domain(c.tenant, domain.name);
    if (whose.empty()) continue;
    findings.push_back({Status::not_applicable,
                        domain.name,
                        fmt::format("is {}: its records are not yours", whose),
                        domain.where,
                        {},
                        {}});
  }
}

Findings for_each_domain(const Configuration& c,
                         Finding (*look)(const Configuration&, const std::string&)) {
  Findings findings;
  for (const std::string& domain : own_domains(c))
    findings.push_back(look(c, domain));
  add_other_domains(c, findings);
  return findings;
}

Finding dkim_of(const Configuration& c, const std::string& domain) {
  const auto* records = records_of(c, domain);
  if (records == nullptr || !records->dkim_signing_enabled) {
    return unknown(domain, "its DKIM signing configuration was not read",
                   "add the output of Get-DkimSigningConfig | ConvertTo-Json");
  }
  const bool on = *records->dkim_signing_enabled;
  Finding finding{
      on ? Status::pass : Status::fail, domain, on ? "signing" : "not signing", {}, {}, {}};
  if (!on) finding.command = set_flag("Set-DkimSigningConfig", domain, "Enabled", true);
  return finding;
}

// --- filters and rules ---

Findings connection_filter_allow_list(const Configuration& c) {
  if (!c.connection_filters.known) {
    return {unknown("connection filter", "was not read",
                    "add Get-HostedConnectionFilterPolicy | ConvertTo-Json")};
  }
  Findings findings;
  for (const auto& filter : c.connection_filters.value) {
    if (!filter.ip_allow_list) {
      findings.push_back(not_exported(filter.name, "IPAllowList", filter.origin));
      continue;
    }
    const std::string list = joined(*filter.ip_allow_list);
    findings.push_back({filter.ip_allow_list->empty() ? Status::pass : Status::fail,
                        filter.name,
                        list.empty() ? "empty" : list,
                        filter.origin,
                        {},
                        {},
                        remove_from_list("Set-HostedConnectionFilterPolicy", filter.name,
                                         "IPAllowList", *filter.ip_allow_list)});
  }
  return findings;
}

Findings connection_filter_safe_list(const Configuration& c) {
  if (!c.connection_filters.known) {
    return {unknown("connection filter", "was not read",
                    "add Get-HostedConnectionFilterPolicy | ConvertTo-Json")};
  }
  Findings findings;
  for (const auto& filter : c.connection_filters.value) {
    if (!filter.enable_safe_list) {
      findings.push_back(not_exported(filter.name, "EnableSafeList", filter.origin));
      continue;
    }
    const bool on = *filter.enable_safe_list;
    findings.push_back(
        {on ? Status::fail : Status::pass,
         filter.name,
         on ? "on" : "off",
         filter.origin,
         {},
         {},
         on ? set_flag("Set-HostedConnectionFilterPolicy", filter.name, "EnableSafeList", false)
            : std::string{}});
  }
  return findings;
}

// As the policy finds the owner of a sender's domain, in whatever form it is written.
bool is_own(const Configuration& c, std::string_view written) {
  const auto domain = normalise_domain(written);
  const auto& accepted = c.tenant.accepted_domains;
  return domain && std::any_of(accepted.begin(), accepted.end(), [&](const auto& own) {
           return own.name == *domain ||
                  (own.match_subdomains && is_same_or_subdomain(*domain, own.name));
         });
}

std::string let_in(std::string_view name) {
  return fmt::format("{} is your own: everybody who claims it is let in", name);
}

Finding domains_let_in(const Configuration& c, const tenant::ContentFilter& filter) {
  if (!filter.allowed_sender_domains) {
    return not_exported(filter.name, "AllowedSenderDomains", filter.origin);
  }
  Finding finding{Status::pass, filter.name, "none", filter.origin, {}, {}};
  if (filter.allowed_sender_domains->empty()) return finding;
  for (const std::string& domain : *filter.allowed_sender_domains) {
    if (is_own(c, domain)) finding.advice = let_in(domain);
  }
  finding.status = Status::fail;
  finding.value = joined(*filter.allowed_sender_domains);
  finding.command = remove_from_list("Set-HostedContentFilterPolicy", filter.name,
                                     "AllowedSenderDomains", *filter.allowed_sender_domains);
  return finding;
}

Findings allowed_sender_domains(const Configuration& c) {
  if (!c.content_filters.known) {
    return {unknown("spam policies", "were not read",
                    "add Get-HostedContentFilterPolicy | ConvertTo-Json")};
  }
  Findings findings;
  for (const auto& filter : c.content_filters.value) {
    findings.push_back(domains_let_in(c, filter));
    if (!filter.allowed_senders) {
      findings.push_back(not_exported(filter.name, "AllowedSenders", filter.origin));
      continue;
    }
    for (const std::string& sender : *filter.allowed_senders) {
      if (!is_own(c, std::string_view(sender).substr(sender.rfind('@') + 1))) continue;
      findings.push_back({Status::fail,
                          filter.name,
                          sender,
                          filter.origin,
                          let_in(sender),
                          {},
                          remove_from_list("Set-HostedContentFilterPolicy", filter.name,
                                           "AllowedSenders", {sender})});
    }
  }
  return findings;
}

// What a rule without one of these may be is not known: neither a bypass nor none.
std::string lacking(const tenant::TransportRule& rule,
                    std::initializer_list<std::string_view> properties) {
  std::string out;
  for (const std::string_view each : properties) {
    if (!rule.was_exported(each)) append_item(out, each);
  }
  return out;
}

Findings filter_bypass_rules(const Configuration& c) {
  if (!c.transport_rules.known) {
    return {unknown("mail-flow rules", "were not read", "add Get-TransportRule | ConvertTo-Json")};
  }
  Findings findings;
  for (const auto& rule : c.transport_rules.value) {
    if (!rule.enabled && rule.was_exported("State")) continue;
    if (!rule.enforced && rule.was_exported("Mode")) continue;
    if (!rule.was_exported("SetSCL")) {
      findings.push_back(not_exported(rule.name, "SetSCL", rule.origin));
      continue;
    }
    if (rule.set_scl != -1) continue;
    if (const std::string missing = lacking(rule, {"State", "Mode", "SenderIpRanges"});
        !missing.empty()) {
      findings.push_back(not_exported(rule.name, missing, rule.origin));
      findings.back().value = fmt::format("SCL -1, and {} was not exported", missing);
      continue;
    }
    Finding finding{Status::pass, rule.name, "SCL -1 for listed addresses", rule.origin, {}, {}};
    if (rule.sender_ip_ranges.empty()) {
      finding.status = Status::fail;
      finding.value = rule.sender_domain_is.empty()
                          ? "SCL -1 without a condition on the source"
                          : "SCL -1 for sender domain " + rule.sender_domain_is.front();
      if (!rule.header_contains_message_header.empty()) {
        finding.value += " with header " + rule.header_contains_message_header;
        finding.advice = "a header can be written by anybody unless it is Exchange's own";
      }
    }
    findings.push_back(std::move(finding));
  }
  if (findings.empty()) {
    findings.push_back(
        {Status::pass, "mail-flow rules", "none sets SCL -1", c.transport_rules.origin, {}, {}});
  }
  return findings;
}

// --- connectors ---

// "*" refuses the rest of the world: right only where no mail comes straight to Microsoft.
void judge_lock_down(const Configuration& c, const InboundConnector& connector, Finding& finding) {
  for (const auto& domain : c.tenant.accepted_domains) {
    const Mx mx = mx_of(c, domain.name);
    if (!mx.front_door || !covers(c.tenant, connector, domain.name)) continue;
    finding.status = Status::fail;
    finding.value = fmt::format("restricts * although {} MX of {} is Microsoft's",
                                mx.microsoft ? "the" : "an", domain.name);
    finding.advice = "it refuses the rest of the world; name the vendor's domains instead of *";
    return;
  }
  finding.value = "lock-down: everything else is refused";
  std::vector<std::string> unread;
  for (const std::string& domain : own_domains(c)) {
    const Mx mx = mx_of(c, domain);
    if (!mx.known && !mx.none && covers(c.tenant, connector, domain)) unread.push_back(domain);
  }
  if (!unread.empty()) {
    finding.status = Status::not_determined;
    finding.value = fmt::format("restricts *, and the MX of {} was not read", joined(unread));
    finding.advice = fmt::format(
        "where the MX is Microsoft's it refuses the rest of the world: add "
        "Resolve-DnsName {} -Type MX | ConvertTo-Json",
        unread.front());
  } else if (!c.accepted_domains_known) {
    finding.status = Status::not_determined;
    finding.value = "restricts *, and no accepted domains were read";
    finding.advice = "add the output of Get-AcceptedDomain | ConvertTo-Json";
  }
}

// What the connector vouches for that others send from too; empty where it is nobody else's.
std::string shared_source(const InboundConnector& connector) {
  if (is_shared_certificate(connector.tls_sender_certificate_name)) {
    return fmt::format("{} is shared by all customers of that provider",
                       connector.tls_sender_certificate_name);
  }
  for (const Prefix& prefix : connector.sender_ip_addresses) {
    if (const auto* range = tenant::known_range(prefix, tenant::RangeKind::exchange_online)) {
      return fmt::format("{} is {}'s own, from which every tenant sends", prefix.text(),
                         range->name);
    }
    if (const auto* range = tenant::known_range(prefix, tenant::RangeKind::shared_sender)) {
      return fmt::format("{} is of {}, whose every customer sends from there", prefix.text(),
                         range->name);
    }
  }
  return {};
}

Finding connector_finding(const Configuration& c, const InboundConnector& connector) {
  Finding finding{Status::pass, connector.name, {}, connector.where, {}, {}};
  const bool partner = connector.type == ConnectorType::partner;
  const bool named =
      !connector.sender_ip_addresses.empty() || !connector.tls_sender_certificate_name.empty();
  finding.value = fmt::format("{}, {}", policy::name_of(connector.type),
                              named ? "source named" : "no address, no certificate");
  const auto wrong = [&](std::string value, std::string advice) {
    finding.status = Status::fail;
    finding.value = std::move(value);
    finding.advice = std::move(advice);
  };
  if (!connector.enabled) {
    finding.status = Status::not_applicable;
    finding.value = "disabled, so it does nothing";
  } else if (!partner && !named) {
    wrong("OnPremises without address and certificate", "it matches nobody; name the source");
  } else if (!named && connector.restricts()) {
    wrong("restricts its sender domains to an empty list",
          "it refuses all mail of these domains; list the sources");
  } else if (partner && !named) {
    wrong("Partner scoped by sender domain alone",
          "it exempts nobody from Direct Send rejection and proves nothing; name the source");
  } else if (connector.is_lock_down()) {
    judge_lock_down(c, connector, finding);
  } else if (const std::string shared = shared_source(connector); !shared.empty()) {
    bool enforced = true;
    for (const std::string& domain : own_domains(c)) {
      enforced = enforced && dmarc_of(c, domain).state == auth::DmarcState::enforced;
    }
    if (!enforced) wrong(shared, "tolerable only while DMARC is enforced on every domain of yours");
  }
  return finding;
}

Findings connector_scope(const Configuration& c) {
  if (!c.tenant.inbound_connectors_known) {
    return {unknown("inbound connectors", "were not read",
                    "add Get-InboundConnector | ConvertTo-Json")};
  }
  Findings findings;
  for (const auto& connector : c.tenant.inbound_connectors) {
    findings.push_back(connector_finding(c, connector));
  }
  if (findings.empty()) {
    findings.push_back({Status::pass, "inbound connectors", "none", {}, {}, {}});
  }
  return findings;
}

Findings third_party_mx_lock_down(const Configuration& c) {
  const RuleAnswer rules = lock_down_of_rules(c);
  Findings findings;
  for (const std::string& domain : own_domains(c)) {
    const Mx mx = mx_of(c, domain);
    if (mx.none) {
      findings.push_back(
          unknown(domain, "it has no MX, and mail goes to the server of its own name",
                  "publish an MX: Microsoft's, the gateway's, or \"0 .\" where it takes no mail"));
      continue;
    }
    if (!mx.known) {
      findings.push_back(
          unknown(domain, "its MX was not read",
                  fmt::format("add Resolve-DnsName {} -Type MX | ConvertTo-Json", domain)));
      continue;
    }
    Finding finding{Status::not_applicable, domain, "MX is Microsoft's", {}, {}, {}};
    if (mx.null) {
      finding.value = "its MX says that it takes no mail (RFC 7505)";
    } else if (!mx.microsoft) {
      finding.value = "MX is " + mx.host;
      const bool connector = std::any_of(
          c.tenant.inbound_connectors.begin(), c.tenant.inbound_connectors.end(),
          [&](const InboundConnector& each) {
            return each.enabled && each.is_lock_down() && covers(c.tenant, each, domain);
          });
      if (connector || rules.stops == policy::Known::yes) {
        finding.status = Status::pass;
        finding.value += connector ? ", with a lock-down connector" : ", with a lock-down rule";
      } else if (!c.tenant.inbound_connectors_known || !c.transport_rules.known) {
        finding.status = Status::not_determined;
        finding.value += ", and connectors or rules were not read";
      } else if (rules.stops == policy::Known::unknown) {
        finding.status = Status::not_determined;
        finding.value += ", and whether a rule stops mail past it is not known";
        finding.advice = rules.because + "; look at it, and at what it lets through";
      } else {
        finding.status = Status::fail;
        finding.value += ", and nothing refuses mail past it";
        LockDown lock_down = lock_down_for(c);
        finding.command = std::move(lock_down.command);
        finding.advice = std::move(lock_down.advice);
        if (!rules.because.empty()) {
          finding.advice = fmt::format("{}{}{}", rules.because, finding.advice.empty() ? "" : "; ",
                                       finding.advice);
        }
      }
    }
    findings.push_back(std::move(finding));
  }
  add_other_domains(c, findings);
  return findings;
}

Findings property(const Check& check, const Configuration& c) {
  const auto found = c.properties.find(check.property);
  if (found == c.properties.end()) {
    return {unknown(check.property, "is not in the export", "export the object that holds it")};
  }
  const tenant::Property& property = found->second;
  Finding finding{Status::fail, check.property, property.text, property.origin, {}, {}};
  if (property.is_null) {
    finding.status = check.null_is;
    finding.value = "null: never set";
  } else if (iequals(property.text, check.expect)) {
    finding.status = Status::pass;
  }
  return {finding};
}

struct Named {
  std::string_view name;
  Findings (*evaluate)(const Configuration&);
  std::string_view cmdlets;  ///< that it looks at, besides DNS, separated by spaces
};
constexpr std::array<Named, 10> evaluators{{
    {"reject_direct_send", reject_direct_send, "Get-OrganizationConfig"},
    {"spf_record", [](const Configuration& c) { return for_each_domain(c, spf_finding); },
     "Get-AcceptedDomain"},
    {"dkim_signing", [](const Configuration& c) { return for_each_domain(c, dkim_of); },
     "Get-AcceptedDomain Get-DkimSigningConfig"},
    {"dmarc_enforced", [](const Configuration& c) { return for_each_domain(c, dmarc_finding); },
     "Get-AcceptedDomain"},
    {"connection_filter_allow_list", connection_filter_allow_list,
     "Get-HostedConnectionFilterPolicy"},
    {"connection_filter_safe_list", connection_filter_safe_list,
     "Get-HostedConnectionFilterPolicy"},
    {"allowed_sender_domains", allowed_sender_domains,
     "Get-AcceptedDomain Get-HostedContentFilterPolicy"},
    {"filter_bypass_rules", filter_bypass_rules, "Get-AcceptedDomain Get-TransportRule"},
    {"connector_scope", connector_scope, "Get-AcceptedDomain Get-InboundConnector"},
    {"third_party_mx_lock_down", third_party_mx_lock_down,
     "Get-AcceptedDomain Get-InboundConnector Get-TransportRule"},
}};

}  // namespace

bool is_evaluator(std::string_view name) noexcept {
  return std::any_of(evaluators.begin(), evaluators.end(),
                     [&](const Named& each) { return each.name == name; });
}

std::vector<std::string_view> cmdlets_of(const Control& control) {
  const std::string_view property = control.check.property;
  if (istarts_with(property, "OrganizationConfig.")) return {"Get-OrganizationConfig"};
  if (istarts_with(property, "TransportConfig.")) return {"Get-TransportConfig"};
  for (const Named& each : evaluators) {
    if (each.name == control.check.evaluator) return split(each.cmdlets, ' ');
  }
  return {};
}

std::vector<Finding> evaluate(const Control& control, const Configuration& configuration,
                              const policy::Policy&) {
  if (!control.check.property.empty()) return property(control.check, configuration);
  for (const Named& each : evaluators) {
    if (each.name == control.check.evaluator) return each.evaluate(configuration);
  }
  return {};
}

}  // namespace postern::audit
