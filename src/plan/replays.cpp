#include "plan/replays.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>

#include "base/ascii.hpp"
#include "base/domain.hpp"
#include "tenant/known_ranges.hpp"

namespace postern::plan {
namespace {

using policy::InboundConnector;
using policy::RejectDirectSend;
using policy::Tenant;

// The connectors of a plan that go by a certificate.
std::vector<const InboundConnector*> by_certificate(const Tenant& planned,
                                                    const std::vector<std::string>& added) {
  std::vector<const InboundConnector*> out;
  for (const InboundConnector& connector : planned.inbound_connectors) {
    const bool is_added = std::any_of(added.begin(), added.end(), [&](const std::string& name) {
      return iequals(name, connector.name);
    });
    if (is_added && !connector.tls_sender_certificate_name.empty()) out.push_back(&connector);
  }
  return out;
}

bool is_of_an_accepted_domain(std::string_view certificate, const Tenant& tenant) {
  if (certificate.starts_with("*.")) certificate.remove_prefix(2);
  return std::any_of(tenant.accepted_domains.begin(), tenant.accepted_domains.end(),
                     [&](const policy::AcceptedDomain& domain) {
                       return is_same_or_subdomain(certificate, domain.name);
                     });
}

// Those whose certificate is known to be the tenant's own: its name is below an accepted domain, or
// the service's customers have one each.
std::vector<std::string> own_certificates(const Tenant& planned,
                                          const std::vector<const InboundConnector*>& connectors,
                                          const impact::Context& context) {
  std::vector<std::string> out;
  for (const InboundConnector* connector : connectors) {
    const std::string certificate = to_lower(connector->tls_sender_certificate_name);
    const std::uint16_t service = context.services.of_certificate(certificate);
    if (is_of_an_accepted_domain(certificate, planned) ||
        (service != impact::no_service && context.services[service].shared == policy::Known::no)) {
      out.push_back(connector->name);
    }
  }
  return out;
}

}  // namespace

bool is_of_a_service_of(const impact::Sender& sender, const Tenant& planned,
                        const std::vector<std::string>& added, const impact::Context& context) {
  for (const InboundConnector* connector : by_certificate(planned, added)) {
    const std::uint16_t service =
        context.services.of_certificate(to_lower(connector->tls_sender_certificate_name));
    if (service == impact::no_service) continue;
    const bool is_of_it =
        iequals(sender.name, context.services[service].name) ||
        std::any_of(sender.hostnames.begin(), sender.hostnames.end(), [&](const std::string& host) {
          return context.services.of_host(to_lower(host)) == service;
        });
    if (is_of_it) return true;
  }
  return false;
}

tl::expected<Replays, std::vector<Error>> Replays::of(const Tenant& current, const Tenant& planned,
                                                      const std::vector<std::string>& presumed,
                                                      const std::vector<std::string>& added,
                                                      const impact::Context* context,
                                                      policy::Choice settled) {
  Tenant connectors_alone = planned;
  connectors_alone.reject_direct_send = current.reject_direct_send;
  Tenant switch_alone = current;
  switch_alone.reject_direct_send = RejectDirectSend::on;
  const auto certified = by_certificate(planned, added);
  std::vector<std::string> spared = presumed;
  if (context != nullptr) {
    const auto own = own_certificates(planned, certified, *context);
    spared.insert(spared.end(), own.begin(), own.end());
  }
  std::vector<std::string> all = presumed;
  for (const InboundConnector* connector : certified)
    all.push_back(connector->name);
  auto now = Replay::under(current, {}, settled);
  auto then = Replay::under(planned, presumed, settled);
  auto connectors = Replay::under(connectors_alone, presumed, settled);
  auto switched = Replay::under(switch_alone, {}, settled);
  auto sparing = Replay::under(planned, spared, settled);
  auto secluded = Replay::under(planned, all, settled);
  for (auto* each : {&now, &then, &connectors, &switched, &sparing, &secluded}) {
    if (!*each) return tl::unexpected(std::move(each->error()));
  }
  return Replays{std::move(*now),      std::move(*then),    std::move(*connectors),
                 std::move(*switched), std::move(*sparing), std::move(*secluded)};
}

std::vector<Prefix> networks_of_services(const std::vector<impact::Sender>& senders) {
  std::vector<Prefix> out;
  for (const impact::Sender& sender : senders) {
    const bool is_kept = sender.standing == impact::Standing::certain &&
                         sender.looks == impact::Looks::legitimate && !sender.loss_accepted;
    if (!is_kept || impact::one_certificate_of(sender.shapes).empty()) continue;
    for (const IpAddress address : sender.addresses)
      out.emplace_back(address, address.is_v4() ? 16 : 32);
  }
  return out;
}

bool may_be_a_customer(const std::optional<IpAddress>& address,
                       const std::vector<Prefix>& networks) {
  return !address || tenant::known_range(*address) != nullptr ||
         std::any_of(networks.begin(), networks.end(),
                     [&](const Prefix& network) { return network.contains(*address); });
}

}  // namespace postern::plan
