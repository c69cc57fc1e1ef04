// postern evidence fetch live:NAME: evidence of a live tenant into a folder that impact reads.
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/evidence_options.hpp"
#include "cli/live_evidence.hpp"
#include "cli/live_session.hpp"
#include "cli/moment.hpp"
#include "exchange/fetch.hpp"
#include "report/fetch_report.hpp"

namespace postern::cli {
namespace {

int fetch(const EvidenceArguments& arguments, const Environment& environment) {
  const std::string name(live_name(arguments.tenant));
  if (name.empty()) {
    return report_error({"evidence is fetched from a live tenant", arguments.tenant,
                         "write live:NAME, with the name of a profile"});
  }
  auto request = request_of(arguments, environment.now);
  if (!request) return report_error(request.error());
  const auto session = LiveSession::open(name, arguments.live);
  if (!session) return report_error(session.error());
  const LiveSession& live = **session;
  const exchange::FetchProgress progress = [&](const std::string& text) {
    if (environment.shows_progress) fmt::print(stderr, "\r\x1b[K{}", text);
  };
  const auto done =
      fetch_live(*request, {live.profile(), live.tokens(), live.transport(), live.admin()},
                 live.around(), progress);
  if (environment.shows_progress) fmt::print(stderr, "\r\x1b[K");
  if (!done) return report_error(done.error());
  const report::FetchHeading heading{live.admin().name(), arguments.source, arguments.folder};
  const report::FetchDocument document{heading, *done};
  const auto written = write_rendered(arguments.output, environment, document);
  return written ? holds : report_error(written.error());
}

}  // namespace

void add_evidence_command(CLI::App& app, const Environment& environment, int& exit_code) {
  CLI::App& command = add_group(app, "evidence", "Evidence of live tenants.");
  add_command(command, "fetch", "Fetch a live tenant's evidence into a folder.", add_fetch_options,
              fetch, environment, exit_code);
}

}  // namespace postern::cli
