#include "cli/probe_run.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <unistd.h>

#include <fmt/format.h>

#include "auth/unbound_resolver.hpp"
#include "base/domain.hpp"
#include "cli/command.hpp"
#include "exchange/surroundings.hpp"
#include "probe/connection.hpp"
#include "probe/exchange_hosts.hpp"

namespace postern::cli {
namespace {

struct Found {
  probe::Target target;
  std::vector<IpAddress> addresses;
};

Result<Found> find_target(const ProbeOptions& arguments, const std::string& domain,
                          policy::Cloud cloud) {
  std::optional<probe::Target> wanted;
  if (!arguments.host.empty()) {
    auto parsed = probe::parse_target(arguments.host);
    if (!parsed) return tl::unexpected(parsed.error());
    wanted = std::move(*parsed);
    if (wanted->loopback) return Found{*wanted, {*IpAddress::parse(wanted->host)}};
  }
  auth::UnboundOptions options;
  options.forwarder = arguments.resolver;
  const auto resolver = auth::UnboundResolver::open(options);
  if (!resolver) return tl::unexpected(resolver.error());
  const std::chrono::seconds limit(arguments.timeout);
  const auto hosts = (*resolver)->run(probe::find_hosts(**resolver, domain, cloud), limit);
  if (!hosts) return fail("DNS did not answer in time", domain, "--timeout gives it longer");
  auto target = probe::choose(*hosts, wanted ? &*wanted : nullptr);
  if (!target) return tl::unexpected(target.error());
  const auto addresses = (*resolver)->run(probe::addresses_of(**resolver, target->host), limit);
  if (!addresses || addresses->empty()) {
    return fail("has no address in DNS", target->host, "try again where DNS answers");
  }
  return Found{std::move(*target), *addresses};
}

// How this machine calls itself: its name where that is a whole one, else its address.
std::string helo_name(const ProbeOptions& arguments, const IpAddress& local) {
  if (!arguments.helo.empty()) return arguments.helo;
  char name[256] = {};
  if (::gethostname(name, sizeof name - 1) == 0) {
    const auto normal = normalise_domain(name);
    if (normal && normal->find('.') != std::string::npos) return *normal;
  }
  return fmt::format("[{}{}]", local.is_v4() ? "" : "IPv6:", local.text());
}

std::vector<probe::Observation> observe(const ProbeOptions& arguments, const Found& found,
                                        const std::vector<probe::Envelope>& envelopes,
                                        const policy::Policy& policy, UnixTime now,
                                        const exchange::Surroundings& around) {
  std::vector<probe::Observation> out;
  for (const probe::Envelope& envelope : envelopes) {
    // A session each, so that no answer can hang on the one before.
    auto connection = probe::Connection::open(found.addresses, found.target.port, found.target.host,
                                              std::chrono::seconds(arguments.timeout));
    probe::Observation observation;
    if (connection) {
      const probe::SessionOptions options{helo_name(arguments, (*connection)->local()),
                                          arguments.send, exchange::random_guid(around), now};
      observation = probe::ask(envelope, **connection, options);
    } else {
      observation.envelope = envelope;
      observation.fault = connection.error().what;
    }
    observation.expected = probe::expected(envelope, policy);
    out.push_back(std::move(observation));
    // A host that can't be reached will not be reached four more times.
    if (!connection) break;
  }
  return out;
}

}  // namespace

Result<Probed> run_probe(const ProbeOptions& options, const policy::Tenant& tenant,
                         const policy::Policy& policy, UnixTime now) {
  const auto envelopes = probe::envelopes(options.subject, policy);
  if (!envelopes) return tl::unexpected(envelopes.error());
  const std::string& mailbox = envelopes->front().recipient;
  const auto found = find_target(options, std::string(domain_of_address(mailbox)), tenant.cloud);
  if (!found) return tl::unexpected(found.error());
  const auto around = exchange::process_surroundings(false);
  Probed out;
  out.observations = observe(options, *found, *envelopes, policy, now, around);
  const bool has_addresses =
      std::any_of(tenant.inbound_connectors.begin(), tenant.inbound_connectors.end(),
                  [](const auto& c) { return c.enabled && !c.sender_ip_addresses.empty(); });
  out.conclusion = probe::conclude(out.observations, options.send, has_addresses);
  out.heading = {tenant.name,
                 mailbox,
                 found->target.host,
                 found->target.role,
                 found->addresses.front().text(),
                 found->target.port,
                 options.send,
                 now};
  return out;
}

}  // namespace postern::cli
