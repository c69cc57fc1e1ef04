#include "tenant/connector_limits.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/domain.hpp"
#include "policy/address_limit.hpp"
#include "tenant/known_ranges.hpp"

namespace postern::tenant {
namespace connector_limits {
namespace {

// Of the name in a certificate.
std::string_view host_in(std::string_view certificate) noexcept {
  return certificate.substr(certificate.starts_with("*.") ? 2 : 0);
}

using policy::ConnectorType;
using policy::InboundConnector;
using policy::SenderDomain;

// As .NET counts a string: UTF-16 code units, two for each character beyond the first plane.
std::size_t characters(std::string_view text) noexcept {
  std::size_t count = 0;
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if ((octet & 0xc0) != 0x80) count += octet >= 0xf0 ? 2 : 1;
  }
  return count;
}

class Check {
 public:
  Check(const InboundConnector& connector, const policy::Tenant& tenant,
        const InboundConnector* before)
      : c_(connector), tenant_(tenant), before_(before) {}

  std::vector<Error> run() {
    name();
    type();
    sender_domains();
    addresses();
    certificate();
    restrictions();
    accepted_domains();
    treatment();
    comment();
    return std::move(faults_);
  }

 private:
  void refuse(std::string_view property, std::string_view what, std::string remedy) {
    faults_.push_back({fmt::format("connector '{}': {} {}, which Exchange refuses",
                                   printable(c_.name), property, what),
                       c_.where, std::move(remedy)});
  }
  [[nodiscard]] bool on_premises() const { return c_.type == ConnectorType::on_premises; }

  void name() {
    if (c_.name.empty()) refuse("Name", "is empty", "give it one");
    if (trim(c_.name) != c_.name) {
      refuse("Name", "begins or ends with white space", "take that away");
    }
    if (characters(c_.name) > 64) refuse("Name", "is longer than 64 characters", "shorten it");
    if (std::any_of(c_.name.begin(), c_.name.end(),
                    [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; })) {
      refuse("Name", "holds a control character", "take it away");
    }
    for (const InboundConnector& other : tenant_.inbound_connectors) {
      if (&other != before_ && iequals(other.name, c_.name)) {
        refuse("Name", fmt::format("is that of another connector, '{}'", printable(other.name)),
               "give it another name");
        break;
      }
    }
  }

  void type() {
    if (on_premises() && c_.sender_ip_addresses.empty() && c_.tls_sender_certificate_name.empty()) {
      refuse("ConnectorType", "OnPremises has neither an address nor a certificate name",
             "add sender_ip_addresses or tls_sender_certificate_name");
    }
  }

  void sender_domains() {
    if (c_.sender_domains.empty()) {
      refuse("SenderDomains", "is empty", "add sender_domains; [\"*\"] is any");
    }
    for (const SenderDomain& domain : c_.sender_domains) {
      if (domain.cost < 1 || domain.cost > 100) {
        refuse("SenderDomains", fmt::format("has a cost of {} for {}", domain.cost, domain.text()),
               "a cost is 1 to 100");
      }
      const auto normal = normalise_domain(domain.name);
      if (domain.kind != SenderDomain::Kind::any && (!normal || *normal != domain.name)) {
        refuse("SenderDomains", fmt::format("names '{}', no domain", printable(domain.name)),
               "write it like contoso.com, *.contoso.com or *");
      }
    }
  }

  void addresses() {
    std::set<std::string> seen;
    for (const Prefix& prefix : c_.sender_ip_addresses) {
      const std::string text = prefix.text();
      if (!seen.insert(text).second) {
        refuse("SenderIPAddresses", fmt::format("lists {} twice", text), "remove one");
      } else if (const auto limit = policy::address_limit(prefix); !limit.what.empty()) {
        refuse("SenderIPAddresses", fmt::format("lists {}, {}", text, limit.what),
               std::string(limit.remedy));
      } else if (const auto* none = known_range(prefix, RangeKind::reserved)) {
        // IPRangeInConnectorContainsReservedIPAddressesException
        refuse("SenderIPAddresses",
               fmt::format("lists {}: {} ({})", text, none->name, none->source),
               "name the public address by which that mail leaves your network");
      } else if (on_premises() && known_range(prefix, RangeKind::exchange_online) != nullptr) {
        // SenderIPAddressOverlapsFfoDCIPAddressesException
        refuse("SenderIPAddresses",
               fmt::format("lists {}: Exchange Online's own, from which every tenant sends", text),
               "tell that sender by a domain of its own, or let it sign in");
      }
    }
  }

  void certificate() {
    const std::string& certificate = c_.tls_sender_certificate_name;
    if (certificate.empty()) return;
    if (!is_certificate_name(certificate)) {
      refuse("TlsSenderCertificateName", fmt::format("is '{}', no name", printable(certificate)),
             "write it like mail.contoso.com or *.contoso.com");
    }
    if (!c_.require_tls) {
      refuse("TlsSenderCertificateName", "stands without RequireTls", "add require_tls = true");
    }
    if (on_premises() && is_same_or_subdomain(host_in(certificate), "protection.outlook.com")) {
      refuse("TlsSenderCertificateName",
             fmt::format("is {}, a service provider's, on an OnPremises connector", certificate),
             "name the certificate of your own server");
    }
  }

  void restrictions() {
    const bool by_address = c_.restrict_domains_to_ip_addresses;
    const bool by_certificate = c_.restrict_domains_to_certificate;
    if (on_premises() && (by_address || by_certificate)) {
      refuse(by_address ? "RestrictDomainsToIPAddresses" : "RestrictDomainsToCertificate",
             "is on for an OnPremises connector, which can't restrict", "make it Partner");
    }
    if (by_address && by_certificate) {
      refuse("RestrictDomainsToIPAddresses", "is on together with RestrictDomainsToCertificate",
             "keep one of them");
    }
    if (by_address && c_.sender_ip_addresses.empty()) {
      refuse("RestrictDomainsToIPAddresses", "is on without addresses", "add sender_ip_addresses");
    }
    if (by_certificate && c_.tls_sender_certificate_name.empty()) {
      refuse("RestrictDomainsToCertificate", "is on without a certificate name",
             "add tls_sender_certificate_name");
    }
  }

  void accepted_domains() {
    for (const std::string& name : c_.associated_accepted_domains) {
      const auto& accepted = tenant_.accepted_domains;
      if (std::none_of(accepted.begin(), accepted.end(),
                       [&](const auto& domain) { return domain.name == name; })) {
        refuse("AssociatedAcceptedDomains",
               fmt::format("names {}, no accepted domain of the tenant", printable(name)),
               "take it out, or accept it first");
      }
    }
  }

  void treatment() {
    if (!on_premises() && c_.cloud_services_mail_enabled) {
      refuse("CloudServicesMailEnabled", "is on for a Partner connector", "turn it off");
    }
    if (!on_premises() && c_.treat_messages_as_internal) {
      refuse("TreatMessagesAsInternal", "is on for a Partner connector", "turn it off");
    }
    if (c_.treat_messages_as_internal && c_.cloud_services_mail_enabled) {
      refuse("TreatMessagesAsInternal", "is on together with CloudServicesMailEnabled",
             "keep one of them");
    }
  }

  void comment() {
    if (characters(c_.comment) > 1024) {
      refuse("Comment", "is longer than 1024 characters", "shorten it");
    }
  }

  const InboundConnector& c_;
  const policy::Tenant& tenant_;
  const InboundConnector* before_;
  std::vector<Error> faults_;
};

}  // namespace
}  // namespace connector_limits

bool is_certificate_name(std::string_view name) {
  const std::string_view host = connector_limits::host_in(name);
  const auto normal = normalise_domain(host);
  return normal && *normal == host;
}

std::vector<Error> refused_by_exchange(const policy::InboundConnector& connector,
                                       const policy::Tenant& tenant,
                                       const policy::InboundConnector* before) {
  if (tenant.cloud == policy::Cloud::none) return {};
  return connector_limits::Check(connector, tenant, before).run();
}

}  // namespace postern::tenant
