#include "policy/testing/naive_rule.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "base/domain.hpp"

namespace postern::policy {
namespace {

using Tenants = std::vector<Tenant>;

bool accepts(const AcceptedDomain& domain, std::string_view name) {
  return domain.name == name ||
         (domain.match_subdomains && is_same_or_subdomain(name, domain.name));
}

// The tenant with the longest accepted domain that stands for the name.
const Tenant* owner(const Tenants& tenants, std::string_view name) {
  const Tenant* best = nullptr;
  std::size_t length = 0;
  for (const Tenant& tenant : tenants) {
    for (const AcceptedDomain& domain : tenant.accepted_domains) {
      if (!name.empty() && accepts(domain, name) && domain.name.size() > length) {
        best = &tenant;
        length = domain.name.size();
      }
    }
  }
  return best;
}

std::vector<std::string_view> certificate_names(const Submission& s) {
  if (s.certificate.state != ClientCertificate::State::presented || !s.certificate.trusted ||
      s.tls != Known::yes) {
    return {};
  }
  std::vector<std::string_view> names{s.certificate.subject};
  for (const auto name : s.certificate.subject_alternative_names)
    names.push_back(name);
  return names;
}

bool certificate_fits(const InboundConnector& connector, std::string_view name) {
  std::string_view pattern = connector.tls_sender_certificate_name;
  if (pattern.empty()) return false;
  if (!pattern.starts_with("*.")) return name == pattern;
  pattern.remove_prefix(2);
  if (name.starts_with("*.")) name.remove_prefix(2);
  return is_same_or_subdomain(name, pattern);
}

bool certificate_fits(const InboundConnector& connector, const Submission& s) {
  const auto names = certificate_names(s);
  return std::any_of(names.begin(), names.end(),
                     [&](auto name) { return certificate_fits(connector, name); });
}

bool address_fits(const InboundConnector& connector, const Submission& s) {
  return std::any_of(connector.sender_ip_addresses.begin(), connector.sender_ip_addresses.end(),
                     [&](const Prefix& prefix) { return prefix.contains(*s.client_ip); });
}

bool certificate_name_accepted(const Tenants& tenants, const Tenant& tenant,
                               const InboundConnector& connector) {
  std::string_view name = connector.tls_sender_certificate_name;
  const bool wildcard = name.starts_with("*.");
  if (wildcard) name.remove_prefix(2);
  if (owner(tenants, name) == &tenant) return true;
  return wildcard && std::any_of(tenant.accepted_domains.begin(), tenant.accepted_domains.end(),
                                 [&](const AcceptedDomain& domain) {
                                   return is_same_or_subdomain(domain.name, name);
                                 });
}

bool on_premises_fits(const Tenant& tenant, const Submission& s) {
  return std::any_of(tenant.inbound_connectors.begin(), tenant.inbound_connectors.end(),
                     [&](const InboundConnector& connector) {
                       return connector.enabled && connector.type == ConnectorType::on_premises &&
                              (address_fits(connector, s) || certificate_fits(connector, s));
                     });
}

bool covers_sender(const InboundConnector& connector, const Submission& s) {
  return std::any_of(connector.sender_domains.begin(), connector.sender_domains.end(),
                     [&](const SenderDomain& sender) {
                       const std::string_view domain = s.reverse_path.domain;
                       switch (sender.kind) {
                         case SenderDomain::Kind::any:
                           return true;
                         case SenderDomain::Kind::exact:
                           return !domain.empty() && domain == sender.name;
                         case SenderDomain::Kind::subdomains:
                           return !domain.empty() && is_same_or_subdomain(domain, sender.name);
                       }
                       return false;
                     });
}

bool concerns(const Tenant& tenant, const InboundConnector& connector, const Submission& s) {
  if (!connector.enabled || connector.type != ConnectorType::partner) return false;
  if (!covers_sender(connector, s)) return false;
  const auto& associated = connector.associated_accepted_domains;
  if (associated.empty() || tenant.choices.associated_domains == AssociatedDomains::ignored) {
    return true;
  }
  const std::string_view limited = tenant.choices.associated_domains == AssociatedDomains::recipient
                                       ? *s.recipient_domain
                                       : s.reverse_path.domain;
  return std::any_of(associated.begin(), associated.end(), [&](const std::string& name) {
    if (name == limited) return true;
    // A listed domain with MatchSubDomains stands for what is below it.
    return std::any_of(tenant.accepted_domains.begin(), tenant.accepted_domains.end(),
                       [&](const AcceptedDomain& domain) {
                         return domain.name == name && domain.match_subdomains &&
                                is_same_or_subdomain(limited, name);
                       });
  });
}

bool source_fits(const Tenant& tenant, const InboundConnector& connector, const Submission& s) {
  const bool by_certificate = certificate_fits(connector, s);
  const bool by_address = address_fits(connector, s) &&
                          (connector.restrict_domains_to_ip_addresses ||
                           tenant.choices.partner_address_match == PartnerAddressMatch::always);
  const bool has_both =
      !connector.tls_sender_certificate_name.empty() && !connector.sender_ip_addresses.empty();
  if (has_both && tenant.choices.connector_match == ConnectorMatch::all) {
    return by_certificate && by_address;
  }
  return by_certificate || by_address;
}

// The domain-only connector that names the sender most exactly decides about TLS.
bool domain_only_refuses(const Tenant& tenant, const Submission& s) {
  const InboundConnector* best = nullptr;
  std::pair<long, std::pair<int, std::string>> best_rank;
  for (const InboundConnector& connector : tenant.inbound_connectors) {
    if (!concerns(tenant, connector, s) || connector.restrict_domains_to_certificate ||
        connector.restrict_domains_to_ip_addresses || !connector.sender_ip_addresses.empty() ||
        !connector.tls_sender_certificate_name.empty()) {
      continue;
    }
    long exactness = 0;
    int cost = 1 << 30;
    for (const SenderDomain& sender : connector.sender_domains) {
      cost = std::min(cost, sender.cost);
      if (sender.kind == SenderDomain::Kind::exact && sender.name == s.reverse_path.domain) {
        exactness = 1000;
      } else if (sender.kind == SenderDomain::Kind::subdomains &&
                 is_same_or_subdomain(s.reverse_path.domain, sender.name)) {
        exactness = std::max(exactness, static_cast<long>(sender.name.size()));
      }
    }
    const auto rank = std::pair(-exactness, std::pair(cost, connector.name));
    if (best == nullptr || rank < best_rank) {
      best = &connector;
      best_rank = rank;
    }
  }
  return best != nullptr && best->require_tls && s.tls == Known::no;
}

}  // namespace

NaiveVerdict decide_naively(const Tenants& tenants, const Submission& s) {
  if (s.authenticated == Known::yes) return {Action::accept, Reason::authenticated};
  for (const Tenant& tenant : tenants) {
    for (const InboundConnector& connector : tenant.inbound_connectors) {
      if (connector.enabled && certificate_fits(connector, s) &&
          certificate_name_accepted(tenants, tenant, connector)) {
        return {Action::accept, Reason::originating_certificate};
      }
    }
  }
  const Tenant* sender = owner(tenants, s.reverse_path.domain);
  if (sender != nullptr && on_premises_fits(*sender, s)) {
    return {Action::accept, Reason::originating_sender};
  }
  const Tenant* tenant = owner(tenants, *s.recipient_domain);
  if (tenant == nullptr) {
    const bool attr36 = std::any_of(tenants.begin(), tenants.end(),
                                    [&](const Tenant& any) { return on_premises_fits(any, s); });
    return {Action::reject, attr36 ? Reason::relay_denied_attr36 : Reason::relay_denied};
  }
  if (tenant->choices.onpremises_recipient_match && on_premises_fits(*tenant, s)) {
    return {Action::accept, Reason::originating_recipient};
  }
  bool matched = false;
  bool restricted = false;
  for (const InboundConnector& connector : tenant->inbound_connectors) {
    if (!concerns(*tenant, connector, s)) continue;
    if (source_fits(*tenant, connector, s)) {
      if (!connector.require_tls || s.tls == Known::yes) {
        return {Action::accept, Reason::partner_connector};
      }
      matched = true;
    }
    restricted = restricted || connector.restrict_domains_to_ip_addresses ||
                 connector.restrict_domains_to_certificate;
  }
  if (matched) return {Action::reject, Reason::tls_required};
  if (restricted) return {Action::reject, Reason::restricted};
  if (domain_only_refuses(*tenant, s)) return {Action::reject, Reason::tls_required};

  if (s.reverse_path.state == ReversePath::State::null) {
    return {Action::accept, Reason::null_reverse_path};
  }
  if (sender != tenant) return {Action::accept, Reason::external_sender};
  const AcceptedDomain* longest = nullptr;
  for (const AcceptedDomain& domain : tenant->accepted_domains) {
    if (accepts(domain, s.reverse_path.domain) &&
        (longest == nullptr || domain.name.size() > longest->name.size())) {
      longest = &domain;
    }
  }
  if (is_onmicrosoft(longest->name) &&
      tenant->choices.onmicrosoft_senders == OnmicrosoftSenders::exempt) {
    return {Action::accept, Reason::direct_send_allowed};
  }
  if (s.azure_communication_services && tenant->choices.acs_exempt) {
    return {Action::accept, Reason::azure_communication_services};
  }
  const bool available = tenant->cloud != Cloud::gcc_high && tenant->cloud != Cloud::dod;
  if (available && tenant->reject_direct_send == RejectDirectSend::on) {
    return {Action::reject, Reason::direct_send_rejected};
  }
  return {Action::accept, Reason::direct_send_allowed};
}

}  // namespace postern::policy
