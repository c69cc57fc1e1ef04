#include "impact/remedy.hpp"

#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "tenant/cmdlet.hpp"

namespace postern::impact {
namespace {

using policy::ConnectorType;
using policy::InboundConnector;

// Connectors take IPv4 alone.
std::vector<Prefix> v4_addresses(const Sender& sender) {
  std::vector<Prefix> out;
  for (const IpAddress address : sender.addresses) {
    if (address.is_v4()) out.emplace_back(address, 32);
  }
  return out;
}

bool has_only_v6(const Sender& sender) {
  return !sender.addresses.empty() && v4_addresses(sender).empty();
}

InboundConnector connector_of(std::string_view name, ConnectorType type,
                              std::string_view sender_domain) {
  InboundConnector out;
  out.name = printable(name);  // what comes from mail may hold anything
  out.type = type;
  if (auto domain = policy::parse_sender_domain(sender_domain)) out.sender_domains = {*domain};
  return out;
}

// The connector, and the line that creates it, both from the same values.
void propose(Remedy& remedy, InboundConnector connector) {
  if (const auto line = tenant::powershell(tenant::new_inbound_connector(connector))) {
    remedy.command = *line;
  }
  remedy.connector = std::move(connector);
}

std::string risk_of_sharing(const Context& context) {
  if (context.dmarc_enforced) {
    return "the certificate is shared by all customers of the service; DMARC is enforced on your "
           "domains, which keeps the others out";
  }
  return std::string("the certificate is shared by all customers of the service, and DMARC is ") +
         (context.dmarc_known ? "not enforced on all" : "not known to be enforced on all") +
         " of your domains: any of them could send as you through this connector";
}

Remedy own_network(const Sender& sender) {
  Remedy out;
  if (has_only_v6(sender)) {
    out.what =
        "Let it sign in (SMTP AUTH, or High Volume Email), or give it an IPv4 way out: "
        "connectors take IPv4 addresses alone.";
    return out;
  }
  if (sender.addresses.empty()) {
    out.what =
        "Find its address; then an OnPremises connector by that address, or let it sign in "
        "(SMTP AUTH, or High Volume Email).";
    return out;
  }
  out.what =
      "An OnPremises connector by its address, or let it sign in (SMTP AUTH, or High Volume "
      "Email for internal recipients).";
  InboundConnector connector = connector_of(sender.name, ConnectorType::on_premises, "*");
  connector.sender_ip_addresses = v4_addresses(sender);
  propose(out, std::move(connector));
  out.risk =
      "whoever else sends from this address is trusted with your domain; make sure that it "
      "is yours and fixed";
  if (sender.address_count > sender.addresses.size()) {
    out.risk += fmt::format("; only {} of {} addresses are listed", sender.addresses.size(),
                            sender.address_count);
  }
  return out;
}

// Restricted, it matches by address under every reading of Microsoft's documents (docs/choices.md).
// TLS is not demanded: whether the sender has it is rarely known, and the cmdlet's default would
// refuse it.
InboundConnector by_address(std::string_view name, const std::string& domain,
                            const Sender& sender) {
  InboundConnector out = connector_of(name, ConnectorType::partner, domain);
  out.sender_ip_addresses = v4_addresses(sender);
  out.restrict_domains_to_ip_addresses = true;
  return out;
}

Remedy by_service(const Sender& sender, const Service& service, const std::string& domain,
                  const Context& context) {
  Remedy out;
  if (service.bounce_domain) {
    out.what = fmt::format(
        "Set a bounce (return-path) subdomain such as bounce.{} at {}, which is not an accepted "
        "domain here; then no connector is needed. Otherwise a Partner connector by certificate.",
        domain, service.name);
  } else {
    out.what = fmt::format("A Partner connector by the certificate of {}.", service.name);
  }
  if (!service.certificates.empty()) {
    InboundConnector connector = connector_of(service.name, ConnectorType::partner, domain);
    connector.tls_sender_certificate_name = service.certificates.front();
    connector.require_tls = true;
    propose(out, std::move(connector));
    if (service.shared) out.risk = risk_of_sharing(context);
    return out;
  }
  if (!v4_addresses(sender).empty()) {
    propose(out, by_address(service.name, domain, sender));
    out.risk =
        "the addresses are those seen; ask the service for its whole list, and for its "
        "certificate's name";
  }
  return out;
}

Remedy online_service(const Sender& sender, const std::string& domain) {
  Remedy out;
  out.what = fmt::format(
      "Ask the service for a bounce (return-path) subdomain such as bounce.{}; otherwise a Partner "
      "connector by its certificate, or by its addresses if they serve you alone.",
      domain);
  if (!v4_addresses(sender).empty()) {
    propose(out, by_address(sender.name, domain, sender));
    out.risk = "addresses of a service are often shared by its customers, and change";
  }
  return out;
}

Remedy third_party_mx(const Sender& sender) {
  Remedy out;
  out.what =
      "A lock-down Partner connector for *, restricted to the gateway; it also shuts the "
      "side entrance for every other sender.";
  InboundConnector connector =
      connector_of("Only through the gateway", ConnectorType::partner, "*");
  connector.restrict_domains_to_ip_addresses = true;
  connector.sender_ip_addresses = v4_addresses(sender);
  if (!connector.sender_ip_addresses.empty()) propose(out, std::move(connector));
  out.risk =
      "it refuses everything that does not come through the gateway, also what devices "
      "send; give these a connector first, and list all of the gateway's addresses";
  return out;
}

}  // namespace

Remedy remedy_for(const Sender& sender, std::uint16_t service, const std::string& domain,
                  const Context& context) {
  switch (sender.kind) {
    case Kind::device:
    case Kind::own_server:
      return own_network(sender);
    case Kind::online_service:
    case Kind::signature_service:
      if (service != no_service) {
        return by_service(sender, context.services[service], domain, context);
      }
      return online_service(sender, domain);
    case Kind::azure_communication_services:
      return {
          "Nothing is needed while Exchange exempts it; a separate subdomain for it (such as "
          "notify." +
              domain +
              ", verified there and not an accepted domain here) is safe "
              "either way.",
          {},
          {},
          {}};
    case Kind::forwarder:
      return {
          "Ask its operator to rewrite the envelope sender (SRS), or deliver without the "
          "detour; no connector: it would vouch for whatever the forwarder is handed.",
          {},
          {},
          {}};
    case Kind::third_party_mx:
      return third_party_mx(sender);
    case Kind::other_tenant:
      return {
          "Ask that organisation to send under a domain of its own, or add a Partner connector "
          "by certificate for it if it must send as you.",
          {},
          {},
          "the certificate of Exchange Online is that of every tenant"};
    case Kind::attack:
      return {"None: let it be refused.", {}, {}, {}};
    case Kind::covered:
      return {"None needed: a connector covers it.", {}, {}, {}};
    case Kind::unknown:
      break;
  }
  return {"Find its owner first; pin the answer in senders.toml.", {}, {}, {}};
}

}  // namespace postern::impact
