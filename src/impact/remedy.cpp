#include "impact/remedy.hpp"

#include <fmt/format.h>

#include "base/ascii.hpp"

namespace postern::impact {
namespace {

// A single-quoted PowerShell string; whatever came from mail stays data.
std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : printable(text)) {
    out += c;
    if (c == '\'') out += c;
  }
  return out + "'";
}

std::string address_list(const Sender& sender) {
  std::string out;
  for (const IpAddress address : sender.addresses) {
    if (!address.is_v4()) continue;  // connectors take IPv4 alone
    out += (out.empty() ? "" : ",") + address.text();
  }
  return out;
}

bool has_only_v6(const Sender& sender) {
  return !sender.addresses.empty() && address_list(sender).empty();
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
  const std::string addresses = address_list(sender);
  if (has_only_v6(sender)) {
    out.what =
        "Let it sign in (SMTP AUTH, or High Volume Email), or give it an IPv4 way out: "
        "connectors take IPv4 addresses alone.";
    return out;
  }
  if (addresses.empty()) {
    out.what =
        "Find its address; then an OnPremises connector by that address, or let it sign in "
        "(SMTP AUTH, or High Volume Email).";
    return out;
  }
  out.what =
      "An OnPremises connector by its address, or let it sign in (SMTP AUTH, or High Volume "
      "Email for internal recipients).";
  out.command = fmt::format(
      "New-InboundConnector -Name {} -ConnectorType OnPremises -SenderDomains * "
      "-SenderIPAddresses {} -RequireTls $false",
      quoted(sender.name), addresses);
  out.risk =
      "whoever else sends from this address is trusted with your domain; make sure that it "
      "is yours and fixed";
  if (sender.address_count > sender.addresses.size()) {
    out.risk += fmt::format("; only {} of {} addresses are listed", sender.addresses.size(),
                            sender.address_count);
  }
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
    out.command = fmt::format(
        "New-InboundConnector -Name {} -ConnectorType Partner -SenderDomains {} "
        "-TlsSenderCertificateName {} -RequireTls $true",
        quoted(service.name), quoted(domain), quoted(service.certificates.front()));
    if (service.shared) out.risk = risk_of_sharing(context);
    return out;
  }
  const std::string addresses = address_list(sender);
  if (!addresses.empty()) {
    out.command = fmt::format(
        "New-InboundConnector -Name {} -ConnectorType Partner -SenderDomains {} "
        "-SenderIPAddresses {}",
        quoted(service.name), quoted(domain), addresses);
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
  const std::string addresses = address_list(sender);
  if (!addresses.empty()) {
    out.command = fmt::format(
        "New-InboundConnector -Name {} -ConnectorType Partner -SenderDomains {} "
        "-SenderIPAddresses {}",
        quoted(sender.name), quoted(domain), addresses);
    out.risk = "addresses of a service are often shared by its customers, and change";
  }
  return out;
}

Remedy third_party_mx(const Sender& sender) {
  Remedy out;
  out.what =
      "A lock-down Partner connector for *, restricted to the gateway; it also shuts the "
      "side entrance for every other sender.";
  const std::string addresses = address_list(sender);
  out.command = fmt::format(
      "New-InboundConnector -Name 'Only through the gateway' -ConnectorType Partner -SenderDomains "
      "* -RestrictDomainsToIPAddresses $true -SenderIPAddresses {}",
      addresses.empty() ? "<the gateway's addresses>" : addresses);
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
          {}};
    case Kind::forwarder:
      return {
          "Ask its operator to rewrite the envelope sender (SRS), or deliver without the "
          "detour; no connector: it would vouch for whatever the forwarder is handed.",
          {},
          {}};
    case Kind::third_party_mx:
      return third_party_mx(sender);
    case Kind::other_tenant:
      return {
          "Ask that organisation to send under a domain of its own, or add a Partner connector "
          "by certificate for it if it must send as you.",
          {},
          "the certificate of Exchange Online is that of every tenant"};
    case Kind::attack:
      return {"None: let it be refused.", {}, {}};
    case Kind::covered:
      return {"None needed: a connector covers it.", {}, {}};
    case Kind::unknown:
      break;
  }
  return {"Find its owner first; pin the answer in senders.toml.", {}, {}};
}

}  // namespace postern::impact
