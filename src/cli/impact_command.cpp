// postern impact TENANT EVIDENCE…: who sends as you without signing in, and who would break?
#include <cstdio>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/policy_source.hpp"
#include "evidence/reader.hpp"
#include "impact/impact.hpp"
#include "report/impact_report.hpp"

namespace postern::cli {
namespace {

struct ImpactArguments {
  std::string tenant;
  std::vector<std::string> evidence;
  std::string format;
  bool sender_address_is_envelope = false;
  bool strict = false;
  std::size_t top = 25;
  impact::Options options;
  OutputOptions output;
};

void show_progress(const std::string& file, std::uint64_t bytes) {
  fmt::print(stderr, "\r\x1b[K{}: {:.0f} MB", file.substr(0, 60), static_cast<double>(bytes) / 1e6);
}

// Somebody legitimate would break, or nobody can say, or nobody would.
int outcome(const impact::Totals& totals) {
  if (totals.rejected_legitimate > 0) return does_not_hold;
  if (totals.rejected_unclear > 0 || totals.undetermined > 0) return not_determined;
  return holds;
}

int run(const ImpactArguments& arguments, const Environment& environment) {
  evidence::Options reading;
  reading.sender_address_is_envelope = arguments.sender_address_is_envelope;
  if (!arguments.format.empty()) {
    const auto format = evidence::parse_format(arguments.format);
    if (!format) return report_error(format.error());
    reading.format = *format;
  }
  const auto tenant = load_tenant(arguments.tenant);
  if (!tenant) return report_error(tenant.error());

  std::vector<std::string> files;
  for (const std::string& argument : arguments.evidence) {
    const auto expanded = evidence::expand(argument);
    if (!expanded) return report_error(expanded.error());
    files.insert(files.end(), expanded->begin(), expanded->end());
  }
  impact::Collector collector(tenant->policy, impact::context_of(tenant->configuration),
                              arguments.options);
  for (const std::string& file : files) {
    if (environment.errors_are_terminal) {
      reading.progress = [&](std::uint64_t bytes) { show_progress(file, bytes); };
    }
    const auto tally = evidence::read(file, reading, collector);
    if (environment.errors_are_terminal) fmt::print(stderr, "\r\x1b[K");
    if (!tally) return report_error(tally.error());
    collector.file_done(*tally);
  }
  const impact::Report report = collector.finish();
  if (arguments.strict && report.totals.bad > 0) {
    return report_error({fmt::format("{} bad row(s), and --strict was given", report.totals.bad),
                         report.bad_rows.front(), "mend the evidence or leave --strict away"});
  }
  report::ImpactHeading heading;
  heading.tenant = tenant->configuration.tenant.name;
  heading.reject_direct_send = tenant->configuration.tenant.reject_direct_send;
  heading.most_senders = arguments.top;
  const bool to_terminal = arguments.output.format == "text" && arguments.output.file.empty() &&
                           environment.output_is_terminal;
  const report::Style style{arguments.output.colour(environment), environment.columns, to_terminal};
  const std::string document =
      arguments.output.format == "json"  ? report::impact_json(report, heading)
      : arguments.output.format == "csv" ? report::impact_csv(report)
                                         : report::impact_text(report, heading, style);
  if (const auto written = write_document(arguments.output, document); !written) {
    return report_error(written.error());
  }
  if (report.totals.bad > 0) {
    (void)report_error({fmt::format("{} bad row(s) were left out", report.totals.bad),
                        report.bad_rows.front(), "--strict makes this an error"});
  }
  return outcome(report.totals);
}

}  // namespace

void add_impact_command(CLI::App& app, const Environment& environment, int& exit_code) {
  auto* command =
      app.add_subcommand("impact", "Who sends as you without signing in, and who would break?");
  auto arguments = std::make_shared<ImpactArguments>();
  command
      ->add_option("TENANT", arguments->tenant,
                   "tenant.toml, a JSON export, or a folder of exports")
      ->required();
  command
      ->add_option("EVIDENCE", arguments->evidence,
                   "Files or folders of EmailEvents, historical search or mail; - reads standard "
                   "input")
      ->required();
  command->add_option("--format", arguments->format,
                      "Take evidence to be in this format instead of detecting it");
  command->add_flag("--sender-address-is-envelope", arguments->sender_address_is_envelope,
                    "Take sender_address of a summary report as the envelope sender");
  command->add_flag("--strict", arguments->strict, "Make a bad row an error");
  command->add_option("--top", arguments->top, "Senders shown in text")->capture_default_str();
  command
      ->add_option("--most-senders", arguments->options.most_senders,
                   "Senders kept apart; bounds the memory")
      ->check(CLI::Range(1, 10'000'000))
      ->capture_default_str();
  add_output_options(*command, arguments->output, {"text", "json", "csv"});
  command->footer(
      "Exit status: 0 nobody breaks; 1 somebody who looks legitimate would break; 2 wrong usage "
      "or bad\ninput; 3 some senders are unclear or undetermined.");
  command->callback(
      [arguments, &environment, &exit_code] { exit_code = run(*arguments, environment); });
}

}  // namespace postern::cli
