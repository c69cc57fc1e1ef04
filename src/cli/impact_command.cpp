// postern impact TENANT EVIDENCE…: who sends as you without signing in, and who would break?
#include <cstdio>
#include <optional>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/ascii.hpp"
#include "cli/command.hpp"
#include "cli/earlier_run.hpp"
#include "cli/policy_source.hpp"
#include "cli/watch.hpp"
#include "evidence/reader.hpp"
#include "impact/impact.hpp"
#include "report/impact_report.hpp"

namespace postern::cli {
namespace {

struct ImpactArguments {
  std::string tenant;
  std::vector<std::string> evidence;
  std::string format, senders, services, since, until, baseline;
  bool watch = false;
  unsigned every = 10;
  std::size_t most_joined = 8'000'000;
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

// Everything that is read before the evidence.
struct Preparation {
  LoadedTenant tenant;
  impact::Context context;
  impact::Options options;
  evidence::Options reading;
  std::optional<std::vector<impact::EarlierSender>> baseline;
};

Result<Preparation> prepare(const ImpactArguments& arguments, const Environment& environment) {
  evidence::Options reading;
  reading.sender_address_is_envelope = arguments.sender_address_is_envelope;
  if (!arguments.format.empty()) {
    const auto format = evidence::parse_format(arguments.format);
    if (!format) return tl::unexpected(format.error());
    reading.format = *format;
  }
  impact::Options options = arguments.options;
  if (!arguments.since.empty()) {
    const auto time = parse_moment(arguments.since, "--since", environment.now, false);
    if (!time) return tl::unexpected(time.error());
    options.since = *time;
  }
  if (!arguments.until.empty()) {
    const auto time = parse_moment(arguments.until, "--until", environment.now, true);
    if (!time) return tl::unexpected(time.error());
    options.until = *time;
  }
  impact::Services services;
  if (!arguments.services.empty()) {
    const auto text = read_text(arguments.services);
    if (!text) return tl::unexpected(text.error());
    if (auto added = services.add(*text, arguments.services); !added) {
      return tl::unexpected(added.error());
    }
  }
  std::vector<impact::Pin> pins;
  if (!arguments.senders.empty()) {
    const auto text = read_text(arguments.senders);
    if (!text) return tl::unexpected(text.error());
    auto parsed = impact::parse_pins(*text, arguments.senders);
    if (!parsed) return tl::unexpected(parsed.error());
    pins = std::move(*parsed);
  }
  std::optional<std::vector<impact::EarlierSender>> baseline;
  if (!arguments.baseline.empty()) {
    auto earlier = read_earlier_run(arguments.baseline);
    if (!earlier) return tl::unexpected(earlier.error());
    baseline = std::move(*earlier);
  }
  auto tenant = load_tenant(arguments.tenant);
  if (!tenant) return tl::unexpected(tenant.error());
  auto context = impact::context_of(tenant->configuration, std::move(services), std::move(pins));
  return Preparation{std::move(*tenant), std::move(context), options, std::move(reading),
                     std::move(baseline)};
}

Result<impact::Report> collect(const ImpactArguments& arguments, const Preparation& prepared,
                               const Environment& environment) {
  std::vector<std::string> files;
  for (const std::string& argument : arguments.evidence) {
    const auto expanded = evidence::expand(argument);
    if (!expanded) return tl::unexpected(expanded.error());
    files.insert(files.end(), expanded->begin(), expanded->end());
  }
  impact::Options options = prepared.options;
  if (files.size() > 1) options.most_joined = arguments.most_joined;
  evidence::Options reading = prepared.reading;
  impact::Collector collector(prepared.tenant.policy, prepared.context, options);
  for (const std::string& file : files) {
    if (environment.errors_are_terminal) {
      reading.progress = [&](std::uint64_t bytes) { show_progress(file, bytes); };
    }
    const auto tally = evidence::read(file, reading, collector);
    if (environment.errors_are_terminal) fmt::print(stderr, "\r\x1b[K");
    if (!tally) return tl::unexpected(tally.error());
    collector.file_done(*tally);
  }
  return collector.finish();
}

int write_report(const ImpactArguments& arguments, const impact::Report& report,
                 const report::ImpactHeading& heading, const Environment& environment) {
  if (arguments.strict && report.totals.bad > 0) {
    return report_error({fmt::format("{} bad row(s), and --strict was given", report.totals.bad),
                         report.bad_rows.front(), "mend the evidence or leave --strict away"});
  }
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

int run(const ImpactArguments& arguments, const Environment& environment) {
  const auto prepared = prepare(arguments, environment);
  if (!prepared) return report_error(prepared.error());
  const policy::Tenant& tenant = prepared->tenant.configuration.tenant;
  report::ImpactHeading heading;
  heading.tenant = tenant.name;
  heading.reject_direct_send = tenant.reject_direct_send;
  heading.most_senders = arguments.top;

  auto earlier = prepared->baseline;
  int status = bad_input;
  const auto once = [&] {
    const auto report = collect(arguments, *prepared, environment);
    if (!report) {
      status = report_error(report.error());
      return false;
    }
    if (earlier) heading.changes = impact::compare(*earlier, *report);
    status = write_report(arguments, *report, heading, environment);
    earlier = senders_of(*report);
    return status != bad_input;
  };
  if (!once() || !arguments.watch) return status;
  // A fault while watching (a file half there, one that is gone) is told and waited out.
  watch(arguments.evidence, arguments.every, [&] {
    (void)once();
    return true;
  });
  return status;
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
  command
      ->add_option(
          "--senders", arguments->senders,
          "What you know of senders (senders.toml); wins over every reading of the evidence")
      ->type_name("FILE");
  command->add_option("--services", arguments->services, "Names of services of your own")
      ->type_name("FILE");
  command->add_option("--since", arguments->since,
                      "Leave earlier messages aside: 2026-10-01, a time, or 30d");
  command->add_option("--until", arguments->until, "Leave messages after that day or time aside");
  command
      ->add_option("--baseline", arguments->baseline,
                   "JSON of an earlier run: tell which senders are new, gone or changed")
      ->type_name("FILE");
  command->add_flag("--watch", arguments->watch,
                    "Report again, with what changed, whenever the evidence changes");
  command->add_option("--every", arguments->every, "Seconds between looks, with --watch")
      ->check(CLI::Range(1, 86400))
      ->capture_default_str();
  command->add_flag("--strict", arguments->strict, "Make a bad row an error");
  command->add_option("--top", arguments->top, "Senders shown in text")->capture_default_str();
  command
      ->add_option("--most-senders", arguments->options.most_senders,
                   "Senders kept apart; bounds the memory")
      ->check(CLI::Range(1, 10'000'000))
      ->capture_default_str();
  command
      ->add_option("--most-joined", arguments->most_joined,
                   "Messages remembered to find them again in another source; bounds the memory")
      ->capture_default_str();
  add_output_options(*command, arguments->output, {"text", "json", "csv"});
  command->footer(
      "Exit status: 0 nobody breaks; 1 somebody who looks legitimate would break; 2 wrong usage "
      "or bad\ninput; 3 some senders are unclear or undetermined.");
  command->callback(
      [arguments, &environment, &exit_code] { exit_code = run(*arguments, environment); });
}

}  // namespace postern::cli
