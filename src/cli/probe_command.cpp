// postern probe TENANT --to MAILBOX: proof on the wire.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "auth/unbound_resolver.hpp"
#include "base/ascii.hpp"
#include "base/domain.hpp"
#include "cli/command.hpp"
#include "cli/policy_source.hpp"
#include "exchange/surroundings.hpp"
#include "probe/connection.hpp"
#include "probe/exchange_hosts.hpp"
#include "report/probe_report.hpp"

namespace postern::cli {
namespace {

struct ProbeArguments {
  std::string tenant;
  LiveOptions live;
  probe::Subject subject{{}, "example.com"};
  std::string host, helo, dns;
  bool send = false;
  unsigned timeout = 60;
  OutputOptions output;
};

struct Found {
  probe::Target target;
  std::vector<IpAddress> addresses;
};

Result<Found> find_target(const ProbeArguments& arguments, const std::string& domain) {
  std::optional<probe::Target> wanted;
  if (!arguments.host.empty()) {
    auto parsed = probe::parse_target(arguments.host);
    if (!parsed) return tl::unexpected(parsed.error());
    wanted = std::move(*parsed);
    if (wanted->loopback) return Found{*wanted, {*IpAddress::parse(wanted->host)}};
  }
  auth::UnboundOptions options;
  options.forwarder = arguments.dns;
  const auto resolver = auth::UnboundResolver::open(options);
  if (!resolver) return tl::unexpected(resolver.error());
  const std::chrono::seconds limit(arguments.timeout);
  const auto hosts = (*resolver)->run(probe::find_hosts(**resolver, domain), limit);
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
std::string helo_name(const ProbeArguments& arguments, const IpAddress& local) {
  if (!arguments.helo.empty()) return arguments.helo;
  char name[256] = {};
  if (::gethostname(name, sizeof name - 1) == 0) {
    const auto normal = normalise_domain(name);
    if (normal && normal->find('.') != std::string::npos) return *normal;
  }
  return fmt::format("[{}{}]", local.is_v4() ? "" : "IPv6:", local.text());
}

std::vector<probe::Observation> observe(const ProbeArguments& arguments, const Found& found,
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

int outcome(const probe::Finding& direct_send) {
  switch (direct_send.answer) {
    case probe::Answer::yes:
      return holds;
    case probe::Answer::no:
      return does_not_hold;
    case probe::Answer::inconclusive:
      break;
  }
  return not_determined;
}

int run(const ProbeArguments& arguments, const Environment& environment) {
  const auto loaded = load_tenant(arguments.tenant, arguments.live);
  if (!loaded) return report_error(loaded.error());
  const auto envelopes = probe::envelopes(arguments.subject, loaded->policy);
  if (!envelopes) return report_error(envelopes.error());
  const std::string& mailbox = envelopes->front().recipient;
  const auto found = find_target(arguments, std::string(domain_of_address(mailbox)));
  if (!found) return report_error(found.error());

  const policy::Tenant& tenant = loaded->configuration.tenant;
  const auto around = exchange::process_surroundings(false);
  const auto observations =
      observe(arguments, *found, *envelopes, loaded->policy, environment.now, around);
  const bool has_addresses =
      std::any_of(tenant.inbound_connectors.begin(), tenant.inbound_connectors.end(),
                  [](const auto& c) { return c.enabled && !c.sender_ip_addresses.empty(); });
  const probe::Conclusion conclusion = probe::conclude(observations, arguments.send, has_addresses);
  const report::ProbeHeading heading{tenant.name,
                                     mailbox,
                                     found->target.host,
                                     found->target.role,
                                     found->addresses.front().text(),
                                     found->target.port,
                                     arguments.send,
                                     environment.now};
  const std::string document =
      arguments.output.format == "json"
          ? report::probe_json(conclusion, observations, heading)
          : report::probe_text(conclusion, observations, heading,
                               {arguments.output.colour(environment), environment.columns, false});
  if (const auto written = write_document(arguments.output, document); !written) {
    return report_error(written.error());
  }
  return outcome(conclusion.direct_send_refused);
}

}  // namespace

void add_probe_command(CLI::App& app, const Environment& environment, int& exit_code) {
  auto* command = app.add_subcommand("probe", "Ask the mail host itself: is Direct Send refused?");
  auto arguments = std::make_shared<ProbeArguments>();
  command->add_option("TENANT", arguments->tenant, tenant_argument)->required();
  command
      ->add_option("--to", arguments->subject.mailbox,
                   "A mailbox of yours, at an accepted domain, whose owner agrees")
      ->required()
      ->type_name("MAILBOX");
  command
      ->add_option("--host", arguments->host,
                   "The MX, the tenant's own host, or this machine (127.0.0.1:2525); default: the "
                   "tenant's *.mail.protection.outlook.com")
      ->type_name("HOST");
  command
      ->add_option("--foreign", arguments->subject.foreign,
                   "A domain that is not the tenant's, for foreign envelope senders")
      ->capture_default_str();
  command->add_flag("--send", arguments->send,
                    "Send test messages, marked as such; without, stop before any content");
  command->add_option("--helo", arguments->helo, "Name for EHLO (default: this machine's)");
  command->add_option("--dns", arguments->dns, "Ask this resolver (192.0.2.53, 127.0.0.1@5353)");
  command->add_option("--timeout", arguments->timeout, "Seconds for each session, and for DNS")
      ->check(CLI::Range(1, 600))
      ->capture_default_str();
  add_live_options(*command, arguments->live);
  add_output_options(*command, arguments->output, {"text", "json"});
  command->footer(
      "Only domains of the tenant are probed, and only its own hosts.\nExit status: 0 Direct Send "
      "is "
      "refused; 1 it is open; 2 wrong usage or bad input; 3 inconclusive.");
  command->callback(
      [arguments, &environment, &exit_code] { exit_code = run(*arguments, environment); });
}

}  // namespace postern::cli
