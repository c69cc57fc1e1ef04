// postern probe TENANT --to MAILBOX: proof on the wire.
#include <string>

#include "cli/command.hpp"
#include "cli/dns_source.hpp"
#include "cli/outcomes.hpp"
#include "cli/policy_source.hpp"
#include "cli/probe_options.hpp"
#include "cli/probe_run.hpp"
#include "report/probe_report.hpp"

namespace postern::cli {
namespace {

int run(const ProbeArguments& arguments, const Environment& environment) {
  const auto loaded = load_tenant(arguments.tenant, arguments.live);
  if (!loaded) return report_error(loaded.error());
  const auto probed =
      run_probe(arguments.probe, loaded->configuration.tenant, loaded->policy, environment.now);
  if (!probed) return report_error(probed.error());
  tell_assumed(loaded->configuration);
  const report::ProbeDocument document{probed->conclusion, probed->observations, probed->heading};
  if (const auto written = write_rendered(arguments.output, environment, document); !written) {
    return report_error(written.error());
  }
  return outcome_of(probed->conclusion);
}

}  // namespace

void add_probe_command(CLI::App& app, const Environment& environment, int& exit_code) {
  add_command(app, "probe", "Ask the mail host itself: is Direct Send refused?", add_probe_options,
              run, environment, exit_code);
}

}  // namespace postern::cli
