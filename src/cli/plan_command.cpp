// postern plan TENANT [EVIDENCE…]: the change, worked out and proven before anything is touched.
#include <cstddef>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/shell_word.hpp"
#include "cli/command.hpp"
#include "cli/evidence_source.hpp"
#include "cli/moment.hpp"
#include "cli/outcomes.hpp"
#include "cli/plan_next_options.hpp"
#include "cli/plan_options.hpp"
#include "cli/policy_source.hpp"
#include "cli/questions.hpp"
#include "cli/script_folder.hpp"
#include "cli/version.hpp"
#include "plan/plan.hpp"
#include "report/html_report.hpp"
#include "report/next_step.hpp"
#include "report/plan_report.hpp"
#include "report/tenants_report.hpp"
#include "tenant/load.hpp"

namespace postern::cli {
namespace {

Result<std::vector<policy::InboundConnector>> given_connectors(const std::string& path) {
  if (path.empty()) return std::vector<policy::InboundConnector>{};
  const auto text = read_text(path);
  if (!text) return tl::unexpected(text.error());
  auto parsed = tenant::parse(*text, path);
  if (!parsed) return tl::unexpected(parsed.error());
  if (parsed->tenant.inbound_connectors.empty()) {
    return fail("holds no inbound connector", path,
                "write [[inbound_connector]] as in tenant.toml (docs/tenant-file.md)");
  }
  return std::move(parsed->tenant.inbound_connectors);
}

impact::Options kept(const PlanArguments& arguments) {
  impact::Options out;
  out.most_shapes = arguments.most_shapes;
  out.bystanders = true;
  return out;
}

// To run it again.
std::string arguments_of(const PlanArguments& arguments) {
  std::string out = command_line_of(arguments.tenant, arguments.live, arguments.evidence);
  const PlanArguments usual;
  if (!arguments.connectors.empty()) out += " --connectors " + shell_word(arguments.connectors);
  if (arguments.most_shapes != usual.most_shapes) {
    out += fmt::format(" --most-shapes {}", arguments.most_shapes);
  }
  return out;
}

Result<std::string> document_of(const PlanArguments& arguments, const plan::Plan& plan,
                                const impact::Report* report, const report::Style& style) {
  if (const auto stage = plan::parse_stage_kind(arguments.stage)) {
    return plan::stage_script(plan, *stage, arguments.emit == "powershell-undo");
  }
  if (arguments.emit == "powershell") return plan::apply_script(plan);
  if (arguments.emit == "powershell-undo") return plan::undo_script(plan);
  // The page shows the senders as well, which no plan holds.
  if (arguments.output.format == "html" && report != nullptr) {
    const report::ImpactHeading heading = report::heading_of(plan.tenant);
    const report::ImpactDocument impact{*report, heading};
    return report::whole_html({nullptr, &impact, &plan}, style);
  }
  const auto render = report::renderer_of<plan::Plan>(arguments.output.format);
  return render(plan, style);
}

std::vector<std::string> options_of_one(const PlanArguments& arguments) {
  std::vector<std::string> out;
  if (!arguments.connectors.empty()) out.emplace_back("--connectors");
  if (!arguments.plan_file.empty()) out.emplace_back("--plan");
  if (!arguments.emit.empty()) out.emplace_back("--emit");
  if (!arguments.train_until.empty()) out.emplace_back("--train-until");
  if (!arguments.scripts.empty()) out.emplace_back("--scripts");
  return out;
}

Result<TenantAnswer> answer_for(const PlanArguments& arguments, const TenantCase& tenant,
                                const Environment& environment) {
  plan::Request request;
  request.configuration = &tenant.configuration;
  request.context = &tenant.context;
  request.source = tenant.listed.source;
  request.made_by = fmt::format("postern {}", version);
  request.now = environment.now;
  request.report = tenant.has_evidence ? &tenant.report : nullptr;
  auto plan = plan::make_plan(request);
  if (!plan) return tl::unexpected(plan.error().front());
  plan->arguments = tenant.arguments;
  plan->questions_file = tenant.evidence.questions;
  // A plan as JSON is a plan file.
  if (arguments.output.format == "json") plan->file = tenant.file;
  auto document = document_of(arguments, *plan, request.report, tenant.style);
  if (!document) return tl::unexpected(document.error());
  return TenantAnswer{
      report::answered(tenant.listed.name, tenant.listed.source, tenant.configuration.tenant,
                       plan->proof.conclusion, report::next_step(*plan)),
      std::move(*document)};
}

int run_many(const PlanArguments& arguments, const Environment& environment) {
  const TenantsRun many{
      "plan",
      arguments.many,
      arguments.evidence,
      arguments.live,
      arguments.output,
      fmt::format("--most-shapes {}", arguments.most_shapes),
      kept(arguments),
      [&](const TenantCase& tenant) { return answer_for(arguments, tenant, environment); }};
  return run_many_tenants(many, environment);
}

// Where the evidence that makes the plan ends, and that which judges it begins.
Result<std::optional<UnixTime>> parting_of(const PlanArguments& arguments,
                                           const EvidenceSource& source, UnixTime now) {
  if (arguments.train_until.empty()) return std::nullopt;
  if (arguments.evidence.paths.empty()) {
    return fail("parts evidence, and none was given", "--train-until",
                "name what tells of mail (docs/evidence.md)");
  }
  if (!arguments.plan_file.empty() || !arguments.emit.empty() || !arguments.scripts.empty()) {
    return fail("a plan of a part of the evidence is made to be judged, not to be applied",
                "--train-until", "leave --plan, --emit and --scripts away, or plan on all of it");
  }
  if (auto fits = check_told(arguments.output, "--train-until"); !fits) {
    return tl::unexpected(fits.error());
  }
  const auto time = parse_moment(arguments.train_until, "--train-until", now, true);
  if (!time) return tl::unexpected(time.error());
  if ((source.since() && *source.since() >= *time) ||
      (source.until() && *source.until() <= *time)) {
    return fail("leaves one of the two parts of the evidence without a day", "--train-until",
                "let it lie between --since and --until");
  }
  return *time;
}

// The plan on what came after it was made, as far as the evidence goes.
Result<plan::HeldOut> judge(const plan::Plan& plan, const plan::Request& request,
                            const EvidenceSource& source, UnixTime from,
                            const PlanArguments& arguments, const Environment& environment) {
  const auto rest =
      source.between(from, std::nullopt)
          .collect(request.configuration->tenant, *request.context, environment, kept(arguments));
  if (!rest) return tl::unexpected(rest.error());
  if (rest->totals.of_the_tenant == 0) {
    return fail(fmt::format("no mail of your domains is from {} on", format_time(from)),
                "--train-until", "name a day before the last of the evidence");
  }
  plan::Request again = request;
  again.report = &*rest;
  auto proof = plan::prove_again(plan, again);
  if (!proof) return tl::unexpected(last_of(std::move(proof.error())));
  return plan::HeldOut{format_time(from), std::move(*proof)};
}

// All of them, or none: what can't be written safely is found before anything is written.
Result<std::vector<plan::Script>> scripts_of(const PlanArguments& arguments,
                                             const plan::Plan& plan) {
  if (arguments.scripts.empty()) return std::vector<plan::Script>{};
  auto scripts = plan::stage_scripts(plan);
  if (!scripts) return scripts;
  if (auto fits = check_script_folder(arguments.scripts, *scripts); !fits) {
    return tl::unexpected(fits.error());
  }
  return scripts;
}

int run(const PlanArguments& as_given, const Environment& environment) {
  PlanArguments arguments = as_given;
  if (auto settled = settle_arguments(arguments.many, arguments.tenant, arguments.evidence,
                                      options_of_one(arguments));
      !settled) {
    return report_error(settled.error());
  }
  if (!arguments.many.list.empty()) {
    const auto fits = check_output(arguments.output, environment);
    return fits ? run_many(arguments, environment) : report_error(fits.error());
  }
  if (!arguments.stage.empty() && arguments.emit.empty()) {
    return report_error({"is for --emit", "--stage", "add --emit powershell"});
  }
  if (arguments.emit.empty()) {
    if (const auto fits = check_output(arguments.output, environment); !fits) {
      return report_error(fits.error());
    }
  }
  const auto source = EvidenceSource::prepare(arguments.evidence, environment);
  if (!source) return report_error(source.error());
  const auto parting = parting_of(arguments, *source, environment.now);
  if (!parting) return report_error(parting.error());
  auto given = given_connectors(arguments.connectors);
  if (!given) return report_error(given.error());
  const auto loaded = load_tenant(arguments.tenant, arguments.live, arguments.evidence);
  if (!loaded) return report_error(loaded.error());
  const impact::Context context = source->context_of(loaded->configuration);

  plan::Request request;
  request.configuration = &loaded->configuration;
  request.context = &context;
  request.given = std::move(*given);
  request.source = arguments.tenant;
  request.made_by = fmt::format("postern {}", version);
  request.now = environment.now;
  Result<impact::Report> report = impact::Report{};
  if (!arguments.evidence.paths.empty()) {
    report = source->between(std::nullopt, *parting)
                 .collect(loaded->configuration.tenant, context, environment, kept(arguments));
    if (!report) return report_error(report.error());
    if (*parting && report->totals.of_the_tenant == 0) {
      return report_error(
          {fmt::format("no mail of your domains is before {}", format_time(**parting)),
           "--train-until", "name a day after the first of the evidence"});
    }
    request.report = &*report;
  }
  auto plan = plan::make_plan(request);
  if (!plan) return report_error(last_of(std::move(plan.error())));
  if (*parting) {
    auto judged = judge(*plan, request, *source, **parting, arguments, environment);
    if (!judged) return report_error(judged.error());
    plan->held_out = std::move(*judged);
  }
  plan->arguments = arguments_of(arguments);
  plan->questions_file = arguments.evidence.questions;
  plan->file = arguments.plan_file;
  const auto scripts = scripts_of(arguments, *plan);
  if (!scripts) return report_error(scripts.error());
  if (request.report != nullptr) {
    const auto asked =
        write_questions(arguments.evidence, *request.report, loaded->configuration.tenant.name);
    if (!asked) return report_error(asked.error());
  }
  const auto document =
      document_of(arguments, *plan, request.report, arguments.output.style(environment));
  if (!document) return report_error(document.error());
  if (!arguments.plan_file.empty()) {
    const OutputOptions to_file{"json", arguments.plan_file};
    if (const auto written = write_document(to_file, plan::to_json(*plan)); !written) {
      return report_error(written.error());
    }
  }
  if (!arguments.scripts.empty()) {
    const auto written = write_script_folder(arguments.scripts, *scripts);
    if (!written) return report_error(written.error());
  }
  const std::string text = shown(arguments.output, environment, *document);
  if (const auto written = write_document(arguments.output, text); !written) {
    return report_error(written.error());
  }
  // A table of steps has no place for the proof, and the status alone does not tell why.
  if (arguments.output.format == "csv" && arguments.emit.empty()) {
    fmt::print(stderr, "postern: {}\n", printable(plan->proof.statement));
  }
  return outcome_of(plan->held_out ? plan->held_out->proof.conclusion : plan->proof.conclusion);
}

}  // namespace

void add_plan_command(CLI::App& app, const Environment& environment, int& exit_code) {
  const auto arguments = std::make_shared<PlanArguments>();
  CLI::App& command = add_command(
      app, "plan", "The connectors that legitimate senders need, then the switch, with proof",
      [&](CLI::App& plan) { add_plan_options(plan, *arguments); }, [] { return holds; }, exit_code);
  add_plan_next_command(command, environment, exit_code);
  // CLI11 calls this after the subcommand's own.
  command.callback([arguments, &command, &environment, &exit_code] {
    if (command.get_subcommands().empty()) exit_code = run(*arguments, environment);
  });
}

}  // namespace postern::cli
