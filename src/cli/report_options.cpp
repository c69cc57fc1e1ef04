#include "cli/report_options.hpp"

#include <CLI/CLI.hpp>

#include "cli/policy_source.hpp"

namespace postern::cli {

void add_report_options(CLI::App& command, ReportArguments& arguments) {
  command.add_option("TENANT", arguments.tenant, tenant_argument)->required();
  add_evidence_options(command, arguments.evidence);
  command.get_option("EVIDENCE")->required();
  command
      .add_option("--plan", arguments.plan_file,
                  "Plan file to prove on this evidence; without it, no plan is shown")
      ->type_name("FILE");
  command
      .add_option("--baseline", arguments.baseline,
                  "JSON of an earlier impact: tell which senders are new, gone or changed")
      ->type_name("FILE");
  command.add_option("--controls", arguments.controls, "Folder of control files of your own")
      ->type_name("FOLDER");
  command.add_option("--waivers", arguments.waivers, "File of waivers")->type_name("FILE");
  add_most_shapes_option(command, arguments.most_shapes);
  add_live_options(command, arguments.live);
  add_output_options(command, arguments.output, {"html"});
  command.footer(
      "One HTML file for people: the answer, what to do, the senders, the settings, and how far to "
      "trust it. It needs no script and asks nothing of the network.\nExit status: 0 nobody "
      "breaks, "
      "with --plan under the plan; 1 somebody would for certain; 2 wrong usage or bad input; 3 not "
      "determined.");
}

}  // namespace postern::cli
