#include "impact/connectors.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"

namespace postern::impact {
namespace {

using policy::ConnectorType;
using policy::InboundConnector;
using policy::SenderDomain;

std::vector<SenderDomain> sender_domains(const std::vector<std::string>& domains) {
  std::vector<SenderDomain> out;
  for (const std::string& domain : domains) {
    if (auto read = policy::parse_sender_domain(domain)) out.push_back(*read);
  }
  if (out.empty()) out.push_back({SenderDomain::Kind::any, {}, 1});
  return out;
}

}  // namespace

InboundConnector connector_by_address(const ByAddress& given) {
  InboundConnector out;
  out.name = printable(given.name);
  out.type = given.type;
  const bool partner = given.type == ConnectorType::partner;
  out.sender_domains = sender_domains(partner ? given.domains : std::vector<std::string>{});
  out.sender_ip_addresses = given.addresses;
  out.require_tls = partner && given.always_tls;
  out.restrict_domains_to_ip_addresses = partner && !given.others_are_exempt;
  return out;
}

InboundConnector connector_by_certificate(std::string_view name,
                                          const std::vector<std::string>& domains,
                                          std::string_view certificate) {
  InboundConnector out;
  out.name = printable(name);
  out.sender_domains = sender_domains(domains);
  out.tls_sender_certificate_name = certificate;
  out.require_tls = true;
  return out;
}

std::string side_effect_of(const InboundConnector& connector) {
  if (!connector.restrict_domains_to_ip_addresses && !connector.restrict_domains_to_certificate) {
    return {};
  }
  std::string domains;
  for (const SenderDomain& domain : connector.sender_domains)
    append_item(domains, domain.text());
  return fmt::format(
      "as soon as it is there, and not only with the switch, mail as {} that neither its {} nor "
      "another connector name is refused (5.7.51)",
      domains, connector.restrict_domains_to_ip_addresses ? "addresses" : "certificate");
}

// Exchange Team blog: tenant external recipient rate limit (5.7.232, 5.7.233); limit of mail sent
// as
// *.onmicrosoft.com, 100 external recipients a day (5.7.236).
std::string relay_risk_of(const InboundConnector& connector) {
  if (connector.type != ConnectorType::on_premises) return {};
  return "an OnPremises connector lets it relay to the outside too: that counts towards the "
         "tenant's external recipient limit (5.7.232, 5.7.233), and as *.onmicrosoft.com no more "
         "than 100 external recipients a day are taken (5.7.236)";
}

}  // namespace postern::impact
