// postern report TENANT EVIDENCE…: audit, impact and plan as one page to pass on.
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "audit/audit.hpp"
#include "cli/audit_request.hpp"
#include "cli/command.hpp"
#include "cli/earlier_run.hpp"
#include "cli/evidence_source.hpp"
#include "cli/outcomes.hpp"
#include "cli/policy_source.hpp"
#include "cli/questions.hpp"
#include "cli/report_options.hpp"
#include "difference/difference.hpp"
#include "plan/plan.hpp"
#include "policy/tenant.hpp"
#include "report/html_report.hpp"

namespace postern::cli {
namespace {

Result<audit::AuditReport> audit_of(const ReportArguments& arguments, const LoadedTenant& loaded,
                                    const Environment& environment) {
  const auto request = audit_request(arguments.controls, arguments.waivers, environment.now);
  if (!request) return tl::unexpected(request.error());
  return audit::run_audit(loaded.configuration, loaded.policy, *request);
}

// The plan of the file, with its proof on this evidence. Reports all faults but the last.
Result<plan::Plan> proven(const ReportArguments& arguments, const plan::Request& request) {
  const auto text = read_text(arguments.plan_file);
  if (!text) return tl::unexpected(text.error());
  auto plan = plan::read_plan(*text, arguments.plan_file);
  if (!plan) return plan;
  auto proof = plan::prove_again(*plan, request);
  if (!proof) return tl::unexpected(last_of(std::move(proof.error())));
  plan->proof = std::move(*proof);
  // The file does not hold it, and the tenant may have some of the plan already.
  policy::Tenant current = request.configuration->tenant;
  current.choices = request.report->choices;
  policy::Tenant planned = current;
  for (const plan::Step& step : plan->steps) {
    if (step.state_in(planned) == plan::Step::State::before) step.apply_to(planned);
  }
  auto difference = difference::compare(current, planned, request.report->settled,
                                        difference::UnknownSwitch::of_one_reading);
  if (!difference) return tl::unexpected(last_of(std::move(difference.error())));
  plan->difference = std::move(*difference);
  return plan;
}

int run(const ReportArguments& arguments, const Environment& environment) {
  if (const auto fits = check_output(arguments.output, environment); !fits) {
    return report_error(fits.error());
  }
  const auto source = EvidenceSource::prepare(arguments.evidence, environment);
  if (!source) return report_error(source.error());
  const auto loaded = load_tenant(arguments.tenant, arguments.live, arguments.evidence);
  if (!loaded) return report_error(loaded.error());
  const auto earlier = read_earlier_run(arguments.baseline, loaded->configuration.tenant.name);
  if (!earlier) return report_error(earlier.error());
  const auto audit = audit_of(arguments, *loaded, environment);
  if (!audit) return report_error(audit.error());
  const policy::Tenant& tenant = loaded->configuration.tenant;
  const impact::Context context = source->context_of(loaded->configuration);
  impact::Options kept;
  if (!arguments.plan_file.empty()) {
    kept.most_shapes = arguments.most_shapes;
    kept.bystanders = true;
  }
  const auto report = source->collect(tenant, context, environment, kept);
  if (!report) return report_error(report.error());
  if (const auto asked = write_questions(arguments.evidence, *report, tenant.name); !asked) {
    return report_error(asked.error());
  }

  std::optional<plan::Plan> plan;
  if (!arguments.plan_file.empty()) {
    plan::Request request;
    request.configuration = &loaded->configuration;
    request.context = &context;
    request.report = &*report;
    request.source = arguments.tenant;
    request.now = environment.now;
    auto made = proven(arguments, request);
    if (!made) return report_error(made.error());
    plan = std::move(*made);
  }
  report::ImpactHeading heading = report::heading_of(tenant);
  if (*earlier) heading.changes = impact::compare(**earlier, *report);
  const std::optional<audit::Comparison> no_baseline;
  const report::AuditDocument settings{*audit, no_baseline};
  const report::ImpactDocument senders{*report, heading};
  const std::string page = report::whole_html({&settings, &senders, plan ? &*plan : nullptr},
                                              arguments.output.style(environment));
  if (const auto written = write_document(arguments.output, page); !written) {
    return report_error(written.error());
  }
  return outcome_of(plan ? plan->proof.conclusion : report->conclusion);
}

}  // namespace

void add_report_command(CLI::App& app, const Environment& environment, int& exit_code) {
  add_command(app, "report", "Settings, senders and plan as one page to pass on (HTML)",
              add_report_options, run, environment, exit_code);
}

}  // namespace postern::cli
