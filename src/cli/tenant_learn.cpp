// postern tenant learn TENANT EVIDENCE…: what the tenant's own mail says of Exchange's behaviour.
#include "cli/tenant_learn.hpp"

#include <algorithm>
#include <string>

#include <CLI/CLI.hpp>

#include "cli/command.hpp"
#include "cli/evidence_source.hpp"
#include "cli/policy_source.hpp"
#include "report/learn_report.hpp"

namespace postern::cli {
namespace {

struct LearnArguments {
  std::string tenant;
  LiveOptions live;
  EvidenceOptions evidence;
  OutputOptions output;
};

int learn(const LearnArguments& arguments, const Environment& environment) {
  const auto source = EvidenceSource::prepare(arguments.evidence, environment);
  if (!source) return report_error(source.error());
  const auto loaded = load_tenant(arguments.tenant, arguments.live, arguments.evidence);
  if (!loaded) return report_error(loaded.error());
  const tenant::Configuration& configuration = loaded->configuration;
  impact::Options kept;
  // Mail that the switch does not concern records its connectors too.
  kept.bystanders = true;
  const auto report =
      source->collect(configuration.tenant, source->context_of(configuration), environment, kept);
  if (!report) return report_error(report.error());
  const report::LearnDocument document{configuration.tenant.name, *report};
  if (const auto written = write_rendered(arguments.output, environment, document); !written) {
    return report_error(written.error());
  }
  if (!report->unexplained.empty()) return does_not_hold;
  const bool any =
      std::any_of(report->tallies.begin(), report->tallies.end(),
                  [](const impact::ChoiceTally& tally) { return tally.settled.has_value(); });
  return any ? holds : not_determined;
}

void add_learn_options(CLI::App& command, LearnArguments& arguments) {
  command.add_option("TENANT", arguments.tenant, tenant_argument)->required();
  add_evidence_options(command, arguments.evidence);
  command.get_option("EVIDENCE")->required();
  add_live_options(command, arguments.live);
  add_output_options<report::LearnDocument>(command, arguments.output);
  command.footer(
      "Exit status: 0 something is settled; 1 messages contradict the rule with all that is "
      "settled; 2 "
      "wrong usage or bad input; 3 nothing is settled.");
}

}  // namespace

void add_learn_command(CLI::App& tenant_command, const Environment& environment, int& exit_code) {
  add_command(tenant_command, "learn", "Print the [choices] that the tenant's own mail supports.",
              add_learn_options, learn, environment, exit_code);
}

}  // namespace postern::cli
