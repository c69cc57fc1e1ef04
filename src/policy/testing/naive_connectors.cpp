#include "policy/testing/naive_connectors.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "base/ascii.hpp"
#include "base/domain.hpp"

namespace postern::policy::naive {

Truth truth(bool yes) {
  return {yes ? Truth::Value::yes : Truth::Value::no, Fact::none};
}

Truth lacking(Fact facts) {
  return {Truth::Value::unknown, facts};
}

Truth all(const std::vector<Truth>& parts) {
  Truth whole = truth(true);
  for (const Truth& part : parts) {
    if (part.no()) return truth(false);
    if (!part.yes()) whole = lacking(whole.lacks | part.lacks);
  }
  return whole;
}

Truth any(const std::vector<Truth>& parts) {
  Truth whole = truth(false);
  for (const Truth& part : parts) {
    if (part.yes()) return truth(true);
    if (!part.no()) whole = lacking(whole.lacks | part.lacks);
  }
  return whole;
}

Connectors::Connectors(const std::vector<Tenant>& tenants, const Submission& submission)
    : tenants_(tenants), s_(submission) {
  std::uint32_t index = 0;
  for (const Tenant& tenant : tenants_) {
    for (const InboundConnector& connector : tenant.inbound_connectors) {
      if (connector.enabled) listed_.push_back({&tenant, &connector, index});
      ++index;
    }
  }
  recipient_ = s_.recipient_domain ? owner(*s_.recipient_domain) : nullptr;
}

std::vector<Listed> Connectors::of(const Tenant* tenant) const {
  std::vector<Listed> out;
  std::copy_if(listed_.begin(), listed_.end(), std::back_inserter(out),
               [&](const Listed& each) { return tenant == nullptr || each.tenant == tenant; });
  return out;
}

// --- domains ---

const AcceptedDomain* Connectors::accepted(const Tenant& tenant, std::string_view name) const {
  const AcceptedDomain* best = nullptr;
  for (const AcceptedDomain& domain : tenant.accepted_domains) {
    const bool stands_for =
        domain.name == name || (domain.match_subdomains && is_same_or_subdomain(name, domain.name));
    if (name.empty() || !stands_for) continue;
    if (best == nullptr || domain.name.size() > best->name.size()) best = &domain;
  }
  return best;
}

// The tenant with the longest accepted domain that stands for the name.
const Tenant* Connectors::owner(std::string_view name) const {
  const Tenant* best = nullptr;
  std::size_t length = 0;
  for (const Tenant& tenant : tenants_) {
    const AcceptedDomain* domain = accepted(tenant, name);
    if (domain == nullptr || domain->name.size() <= length) continue;
    best = &tenant;
    length = domain->name.size();
  }
  return best;
}

// --- the session ---

Known Connectors::tls() const {
  // Who presents a certificate speaks TLS.
  const bool presented = s_.certificate.state == ClientCertificate::State::presented;
  return s_.tls == Known::unknown && presented ? Known::yes : s_.tls;
}

bool Connectors::certificate_known() const {
  return s_.certificate.state != ClientCertificate::State::unknown || tls() == Known::no;
}

std::vector<std::string_view> Connectors::presented() const {
  std::vector<std::string_view> names;
  const ClientCertificate& certificate = s_.certificate;
  if (certificate.state != ClientCertificate::State::presented || !certificate.trusted ||
      tls() == Known::no) {
    return names;
  }
  if (!certificate.subject.empty()) names.push_back(certificate.subject);
  for (const auto name : certificate.subject_alternative_names)
    names.push_back(name);
  return names;
}

bool Connectors::fits(const InboundConnector& connector, std::string_view name) const {
  std::string_view pattern = connector.tls_sender_certificate_name;
  if (pattern.empty()) return false;
  if (!pattern.starts_with("*.")) return name == pattern;
  pattern.remove_prefix(2);
  if (name.starts_with("*.")) name.remove_prefix(2);
  return is_same_or_subdomain(name, pattern);
}

Note Connectors::san_note(std::string_view name) const {
  return name == s_.certificate.subject ? Note::none : Note::san_only;
}

// --- recorded attribution ---

bool Connectors::on_default() const {
  return s_.observed.state == ObservedAttribution::State::default_connector;
}

bool Connectors::unchanged(const InboundConnector& connector) const {
  return !s_.time || connector.when_changed.value_or(0) <= *s_.time;
}

bool Connectors::recorded(const Listed& listed) const {
  const InboundConnector& connector = *listed.connector;
  return s_.observed.state == ObservedAttribution::State::connector && unchanged(connector) &&
         (recipient_ == nullptr || recipient_ == listed.tenant) &&
         to_lower(s_.observed.connector) == to_lower(connector.name);
}

const Listed* Connectors::recorded_connector() const {
  const auto found = std::find_if(listed_.begin(), listed_.end(),
                                  [&](const Listed& each) { return recorded(each); });
  return found == listed_.end() ? nullptr : &*found;
}

// The message did not arrive through it, although it would have been asked.
bool Connectors::recorded_without(const Listed& listed) const {
  if (!unchanged(*listed.connector)) return false;
  if (on_default()) return true;
  const Listed* other = recorded_connector();
  // OnPremises connectors are asked before Partner connectors.
  return other != nullptr && other->partner() && !listed.partner();
}

bool Connectors::certificate_name_accepted(const Listed& listed) const {
  std::string_view name = listed.connector->tls_sender_certificate_name;
  if (name.empty()) return false;
  const bool wildcard = name.starts_with("*.");
  if (wildcard) name.remove_prefix(2);
  if (owner(name) == listed.tenant) return true;
  const auto& domains = listed.tenant->accepted_domains;
  return wildcard && std::any_of(domains.begin(), domains.end(), [&](const auto& domain) {
           return is_same_or_subdomain(domain.name, name);
         });
}

// --- one connector ---

Source Connectors::by_certificate(const Listed& listed) const {
  const InboundConnector& connector = *listed.connector;
  if (connector.tls_sender_certificate_name.empty()) return {};
  if (certificate_known()) {
    for (const std::string_view name : presented()) {
      if (fits(connector, name)) return {truth(true), san_note(name)};
    }
    return {};
  }
  if (recorded(listed)) return {truth(true), Note::observed};
  if (recorded_without(listed)) return {};
  return {lacking(Fact::certificate)};
}

Source Connectors::by_address(const Listed& listed) const {
  const InboundConnector& connector = *listed.connector;
  const bool unrestricted = listed.partner() && !connector.restrict_domains_to_ip_addresses;
  if (connector.sender_ip_addresses.empty()) return {};
  if (unrestricted &&
      listed.tenant->choices.partner_address_match == PartnerAddressMatch::only_restricted) {
    return {};
  }
  if (s_.client_ip) {
    const auto& prefixes = connector.sender_ip_addresses;
    const bool holds = std::any_of(prefixes.begin(), prefixes.end(), [&](const Prefix& prefix) {
      return prefix.contains(*s_.client_ip);
    });
    return {truth(holds), unrestricted ? Note::partner_address_match : Note::none};
  }
  if (recorded(listed)) return {truth(true), Note::observed};
  if (recorded_without(listed)) return {};
  return {lacking(Fact::client_ip)};
}

Coverage Connectors::covers_sender(const Listed& listed) const {
  const bool sender_unknown = s_.reverse_path.state == ReversePath::State::unknown;
  const std::string_view domain = s_.reverse_path.state == ReversePath::State::address
                                      ? s_.reverse_path.domain
                                      : std::string_view();
  Coverage best;
  for (const SenderDomain& sender : listed.connector->sender_domains) {
    if (sender.kind == SenderDomain::Kind::any) {
      if (best.exactness < 1) best = {truth(true), 1};
    } else if (sender_unknown) {
      if (best.truth.no()) best.truth = lacking(Fact::reverse_path);
    } else if (sender.kind == SenderDomain::Kind::exact) {
      if (!domain.empty() && domain == sender.name) best = {truth(true), 1000};
    } else if (!domain.empty() && is_same_or_subdomain(domain, sender.name)) {
      const long exactness = static_cast<long>(sender.name.size()) + 1;
      if (best.exactness < exactness) best = {truth(true), exactness};
    }
  }
  const bool open = !best.truth.no() && !best.truth.yes();
  if (open && recorded(listed)) best = {truth(true), 1};
  return best;
}

Source Connectors::concerns(const Listed& listed) const {
  const auto& associated = listed.connector->associated_accepted_domains;
  const AssociatedDomains limits = listed.tenant->choices.associated_domains;
  if (associated.empty() || limits == AssociatedDomains::ignored) return {truth(true)};
  if (limits == AssociatedDomains::sender && s_.reverse_path.state == ReversePath::State::unknown) {
    if (recorded(listed)) return {truth(true), Note::associated_domains};
    return {lacking(Fact::reverse_path)};
  }
  const std::string_view limited =
      limits == AssociatedDomains::recipient ? *s_.recipient_domain : s_.reverse_path.domain;
  const auto& domains = listed.tenant->accepted_domains;
  const bool listed_there =
      std::any_of(associated.begin(), associated.end(), [&](const std::string& name) {
        if (name == limited) return true;
        // A listed domain with MatchSubDomains stands for what is below it.
        return std::any_of(domains.begin(), domains.end(), [&](const AcceptedDomain& domain) {
          return domain.name == name && domain.match_subdomains &&
                 is_same_or_subdomain(limited, name);
        });
      });
  return {truth(listed_there), Note::associated_domains};
}

Truth Connectors::tls_demand_met(const Listed& listed) const {
  if (!listed.partner() || !listed.connector->require_tls) return truth(true);
  if (tls() != Known::unknown) return truth(tls() == Known::yes);
  // Mail that arrived through it has met what it demands.
  return recorded(listed) ? truth(true) : lacking(Fact::tls);
}

}  // namespace postern::policy::naive
