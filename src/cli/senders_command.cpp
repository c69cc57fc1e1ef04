// postern senders check FILE TENANT [EVIDENCE…]: what each answer does.
#include <optional>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/evidence_source.hpp"
#include "cli/policy_source.hpp"
#include "impact/answers.hpp"
#include "impact/pins.hpp"
#include "report/senders_report.hpp"
#include "tenant/load.hpp"

namespace postern::cli {
namespace {

struct SendersArguments {
  std::string tenant;
  LiveOptions live;
  EvidenceOptions evidence;  ///< whose `senders` is FILE
  OutputOptions output;
};

// FILE and TENANT the wrong way round are told so.
Error unreadable(const SendersArguments& arguments, const Error& fault) {
  const std::string& file = arguments.evidence.senders;
  const auto text = read_text(arguments.tenant);
  const bool is_swapped = text && impact::parse_pins(*text, arguments.tenant) && tenant::load(file);
  if (!is_swapped) return fault;
  return {fmt::format("is a tenant, and {} a file of senders", arguments.tenant), file,
          "FILE comes first, then TENANT"};
}

int check(const SendersArguments& arguments, const Environment& environment) {
  const auto source = EvidenceSource::prepare(arguments.evidence, environment);
  if (!source) return report_error(unreadable(arguments, source.error()));
  if (source->pins().empty()) {
    return report_error({"holds no [[sender]]", arguments.evidence.senders,
                         "postern impact TENANT EVIDENCE --questions FILE writes them"});
  }
  const auto loaded = load_tenant(arguments.tenant, arguments.live, arguments.evidence);
  if (!loaded) return report_error(loaded.error());
  const tenant::Configuration& configuration = loaded->configuration;
  std::optional<impact::Report> report;
  if (!arguments.evidence.paths.empty()) {
    auto collected =
        source->collect(configuration.tenant, source->context_of(configuration), environment);
    if (!collected) return report_error(collected.error());
    report = std::move(*collected);
  }
  const auto effects = impact::effects_of(source->pins(), report ? &*report : nullptr);
  const report::SendersDocument document{arguments.evidence.senders, configuration.tenant.name,
                                         report.has_value(), effects,
                                         report ? report->period_asked : std::string()};
  if (const auto written = write_rendered(arguments.output, environment, document); !written) {
    return report_error(written.error());
  }
  // What was not read may hold the mail that an entry is of.
  const bool lacks = report && !report->missing.empty();
  if (lacks) {
    for (const impact::Missing& missing : report->missing)
      report_error({missing.text, "the evidence", "what the entries do is told of the rest alone"});
  }
  const report::SendersSummary summary = report::summary_of(effects);
  if (summary.faulty > 0) return does_not_hold;
  return summary.open > 0 || lacks ? not_determined : holds;
}

void add_check_options(CLI::App& command, SendersArguments& arguments) {
  command.add_option("FILE", arguments.evidence.senders, "The answers: a senders.toml")->required();
  command.add_option("TENANT", arguments.tenant, tenant_argument)->required();
  add_evidence_options(command, arguments.evidence);
  command.remove_option(command.get_option("--senders"));
  add_live_options(command, arguments.live);
  add_output_options<report::SendersDocument>(command, arguments.output);
  command.footer(
      "Exit status: 0 every entry is answered and none contradicts another; 1 an entry contradicts "
      "another or a hard fact, or is too wide; 2 wrong usage or bad input; 3 entries are not "
      "answered, or evidence is missing.");
}

}  // namespace

void add_senders_command(CLI::App& app, const Environment& environment, int& exit_code) {
  CLI::App& command = add_group(app, "senders", "What you know of senders.");
  add_command(command, "check", "Tell what each answer in a senders.toml does.", add_check_options,
              check, environment, exit_code);
}

}  // namespace postern::cli
