#include "cli/evidence_options.hpp"

#include <algorithm>

#include <CLI/CLI.hpp>

#include "cli/moment.hpp"
#include "report/fetch_report.hpp"

namespace postern::cli {

void add_fetch_options(CLI::App& command, EvidenceArguments& arguments) {
  command.add_option("TENANT", arguments.tenant, "live:NAME")->required();
  command
      .add_option("--source", arguments.source,
                  "From trace: Get-MessageTraceV2 with details; graph: Microsoft Graph's message "
                  "trace; hunting: Defender's EmailEvents, which knows most")
      ->check(CLI::IsMember({"trace", "graph", "hunting"}))
      ->capture_default_str();
  command
      .add_option("--since", arguments.since,
                  "Begin: 2026-10-01, a time, or 30d; 90 days back, hunting 30")
      ->type_name("TIME")
      ->capture_default_str();
  command.add_option("--until", arguments.until, "End (default: now)")->type_name("TIME");
  command
      .add_option(
          "--details", arguments.details,
          "Messages of each address and sender whose details to fetch, with trace and graph")
      ->check(CLI::Range(0, 100))
      ->capture_default_str();
  command.add_option("--out", arguments.folder, "Folder for the files")
      ->type_name("FOLDER")
      ->required();
  add_format_option(command, arguments.output.format, report::formats_of<report::FetchDocument>());
  add_live_options(command, arguments.live);
  command.footer(
      "Keeps to the published limits (traces: 100 requests in 5 minutes), so a large period takes "
      "its time; interrupted, the same command goes on where it stopped.\nExit status: 0 "
      "everything is there; 2 wrong usage or bad input, or the service failed.");
}

Result<exchange::FetchRequest> request_of(const EvidenceArguments& arguments, UnixTime now) {
  exchange::FetchRequest request;
  using exchange::EvidenceSource;
  request.source = arguments.source == "trace"   ? EvidenceSource::trace
                   : arguments.source == "graph" ? EvidenceSource::graph
                                                 : EvidenceSource::hunting;
  const auto since = parse_moment(arguments.since, "--since", now, false);
  if (!since) return tl::unexpected(since.error());
  request.since = *since;
  request.until = now;
  if (!arguments.until.empty()) {
    const auto until = parse_moment(arguments.until, "--until", now, true);
    if (!until) return tl::unexpected(until.error());
    request.until = std::min(*until, now);
  }
  request.folder = arguments.folder;
  request.details = arguments.details;
  return request;
}

}  // namespace postern::cli
