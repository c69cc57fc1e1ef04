// postern audit TENANT: is Direct Send rejected, and how exposed is the front door?
#include <CLI/CLI.hpp>

#include "audit/audit.hpp"
#include "cli/command.hpp"
#include "cli/policy_source.hpp"
#include "report/audit_report.hpp"

namespace postern::cli {
namespace {

struct AuditArguments {
  std::string tenant;
  std::string control;
  std::string controls;
  std::string waivers;
  bool strict = false;
  OutputOptions output;
};

int exit_code_of(audit::Status status) {
  switch (status) {
    case audit::Status::fail:
      return does_not_hold;
    case audit::Status::not_determined:
      return not_determined;
    case audit::Status::pass:
    case audit::Status::not_applicable:
      break;
  }
  return holds;
}

// The first control (6.5.5, or the one asked for) decides; with --strict the worst of all.
int outcome(const audit::AuditReport& report, bool strict) {
  int worst = exit_code_of(report.results.front().status);
  for (const auto& result : report.results) {
    const int code = exit_code_of(result.status);
    const bool worse = code == does_not_hold || (code == not_determined && worst == holds);
    if (strict && worse) worst = code;
  }
  return worst;
}

int run(const AuditArguments& arguments, const Environment& environment) {
  auto catalogue = audit::load_catalogue(arguments.controls);
  if (!catalogue) return report_error(catalogue.error());
  audit::Request request;
  request.today = format_date(environment.now);
  if (!arguments.waivers.empty()) {
    auto waivers = audit::load_waivers(arguments.waivers, *catalogue);
    if (!waivers) return report_error(waivers.error());
    request.waivers = std::move(*waivers);
  }
  if (arguments.control.empty()) {
    request.controls = std::move(*catalogue);
  } else {
    const auto id = audit::find_control(arguments.control, *catalogue);
    if (!id) return report_error({id.error().what, "--control", id.error().remedy});
    for (audit::Control& control : *catalogue) {
      if (control.id == *id) request.controls.push_back(std::move(control));
    }
  }
  const auto tenant = load_tenant(arguments.tenant);
  if (!tenant) return report_error(tenant.error());

  const audit::AuditReport report =
      audit::run_audit(tenant->configuration, tenant->policy, request);
  const report::Style style{arguments.output.colour(environment), environment.columns};
  const std::string document = arguments.output.format == "json" ? report::audit_json(report)
                               : arguments.output.format == "csv"
                                   ? report::audit_csv(report)
                                   : report::audit_text(report, style);
  if (const auto written = write_document(arguments.output, document); !written) {
    return report_error(written.error());
  }
  return outcome(report, arguments.strict);
}

}  // namespace

void add_audit_command(CLI::App& app, const Environment& environment, int& exit_code) {
  auto* command =
      app.add_subcommand("audit", "Is Direct Send rejected, and how exposed is the front door?");
  auto arguments = std::make_shared<AuditArguments>();
  command
      ->add_option("TENANT", arguments->tenant,
                   "tenant.toml, a JSON export, or a folder of exports")
      ->required();
  command->add_option("--control", arguments->control,
                      "Judge this control alone (6.5.5, or another framework's id for it)");
  command->add_option("--controls", arguments->controls, "Folder of control files of your own")
      ->type_name("FOLDER");
  command->add_option("--waivers", arguments->waivers, "File of waivers")->type_name("FILE");
  command->add_flag("--strict", arguments->strict, "Let every control decide the exit status");
  add_output_options(*command, arguments->output, {"text", "json", "csv"});
  command->footer(
      "Exit status, of 6.5.5 (or of --control; of all with --strict): 0 passes or does not apply;\n"
      "1 fails; 2 wrong usage or bad input; 3 could not be determined.");
  command->callback(
      [arguments, &environment, &exit_code] { exit_code = run(*arguments, environment); });
}

}  // namespace postern::cli
