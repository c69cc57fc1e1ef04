// postern evidence fetch live:NAME: evidence of a live tenant into a folder that impact reads.
#include <algorithm>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/live_session.hpp"
#include "cli/moment.hpp"
#include "exchange/fetch.hpp"
#include "exchange/read_tenant.hpp"
#include "report/fetch_report.hpp"

namespace postern::cli {
namespace {

struct EvidenceArguments {
  std::string tenant;
  LiveOptions live;
  std::string source = "trace";
  std::string since = "10d";
  std::string until;
  std::string folder;
  unsigned details = 3;
  OutputOptions output;
};

Result<exchange::FetchRequest> request_of(const EvidenceArguments& arguments,
                                          const Environment& environment) {
  exchange::FetchRequest request;
  using exchange::EvidenceSource;
  request.source = arguments.source == "trace"   ? EvidenceSource::trace
                   : arguments.source == "graph" ? EvidenceSource::graph
                                                 : EvidenceSource::hunting;
  const auto since = parse_moment(arguments.since, "--since", environment.now, false);
  if (!since) return tl::unexpected(since.error());
  request.since = *since;
  request.until = environment.now;
  if (!arguments.until.empty()) {
    const auto until = parse_moment(arguments.until, "--until", environment.now, true);
    if (!until) return tl::unexpected(until.error());
    request.until = std::min(*until, environment.now);
  }
  request.folder = arguments.folder;
  request.details = arguments.details;
  return request;
}

Result<void> add_domains(exchange::AdminInterface& admin, exchange::FetchRequest& request) {
  // The Graph trace takes no list of domains, and so needs no question.
  if (request.source == exchange::EvidenceSource::graph) return {};
  const auto tenant = exchange::read_tenant(admin, {"Get-AcceptedDomain"});
  if (!tenant) return tl::unexpected(tenant.error());
  for (const auto& domain : tenant->tenant.accepted_domains) {
    request.domains.push_back(domain.name);
    if (domain.match_subdomains) request.domains.push_back("*." + domain.name);
  }
  return {};
}

int fetch(const EvidenceArguments& arguments, const Environment& environment) {
  const std::string name(live_name(arguments.tenant));
  if (name.empty()) {
    return report_error({"evidence is fetched from a live tenant", arguments.tenant,
                         "write live:NAME, with the name of a profile"});
  }
  auto request = request_of(arguments, environment);
  if (!request) return report_error(request.error());
  const auto session = LiveSession::open(name, arguments.live);
  if (!session) return report_error(session.error());
  const LiveSession& live = **session;
  const exchange::Profile& profile = live.profile();
  exchange::Graph graph(profile, live.tokens(), live.transport(), live.around());
  const bool global =
      profile.cloud == policy::Cloud::worldwide || profile.cloud == policy::Cloud::gcc;
  if (request->source == exchange::EvidenceSource::graph && !global) {
    return report_error({"the Graph message trace is in the global cloud alone", profile.where,
                         "use --source trace"});
  }
  if (auto added = add_domains(live.admin(), *request); !added) return report_error(added.error());

  const exchange::FetchProgress progress = [&](const std::string& text) {
    if (environment.errors_are_terminal) fmt::print(stderr, "\r\x1b[K{}", text);
  };
  const auto done =
      exchange::fetch_evidence(*request, live.admin(), graph, live.around(), progress);
  if (environment.errors_are_terminal) fmt::print(stderr, "\r\x1b[K");
  if (!done) return report_error(done.error());
  const report::FetchHeading heading{live.admin().name(), arguments.source, arguments.folder};
  const report::FetchDocument document{heading, *done};
  const auto written = write_rendered(arguments.output, environment, document);
  return written ? holds : report_error(written.error());
}

}  // namespace

void add_evidence_command(CLI::App& app, const Environment& environment, int& exit_code) {
  auto* command = app.add_subcommand("evidence", "Evidence of live tenants.");
  command->require_subcommand(1);
  auto* fetch_command =
      command->add_subcommand("fetch", "Fetch a live tenant's evidence into a folder.");
  auto arguments = std::make_shared<EvidenceArguments>();
  fetch_command->add_option("TENANT", arguments->tenant, "live:NAME")->required();
  fetch_command
      ->add_option("--source", arguments->source,
                   "trace: Get-MessageTraceV2 with details; graph: Microsoft Graph's message "
                   "trace; hunting: Defender's EmailEvents, which knows most")
      ->check(CLI::IsMember({"trace", "graph", "hunting"}))
      ->capture_default_str();
  fetch_command
      ->add_option("--since", arguments->since,
                   "Begin: 2026-10-01, a time, or 30d; 90 days back, hunting 30")
      ->capture_default_str();
  fetch_command->add_option("--until", arguments->until, "End (default: now)");
  fetch_command
      ->add_option("--details", arguments->details,
                   "Messages of each address and sender whose details to fetch, with trace")
      ->check(CLI::Range(0, 100))
      ->capture_default_str();
  fetch_command->add_option("--out", arguments->folder, "Folder for the files")
      ->type_name("FOLDER")
      ->required();
  add_format_option(*fetch_command, arguments->output.format,
                    report::formats_of<report::FetchDocument>());
  add_live_options(*fetch_command, arguments->live);
  fetch_command->footer(
      "Keeps to the published limits (traces: 100 requests in 5 minutes), so a large period takes\n"
      "its time; interrupted, the same command goes on where it stopped.\n"
      "Exit status: 0 everything is there; 2 wrong usage or bad input, or the service failed.");
  fetch_command->callback(
      [arguments, &environment, &exit_code] { exit_code = fetch(*arguments, environment); });
}

}  // namespace postern::cli
