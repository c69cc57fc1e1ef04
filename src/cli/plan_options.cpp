#include "cli/plan_options.hpp"

#include <CLI/CLI.hpp>

#include "cli/policy_source.hpp"
#include "report/plan_report.hpp"

namespace postern::cli {

void add_plan_options(CLI::App& command, PlanArguments& arguments) {
  command.add_option("TENANT", arguments.tenant, tenant_argument);
  add_evidence_options(command, arguments.evidence);
  add_many_tenants_options(command, arguments.many);
  add_questions_option(command, arguments.evidence);
  command
      .add_option("--connectors", arguments.connectors,
                  "Connectors of your own: [[inbound_connector]] as in tenant.toml, or an export")
      ->type_name("FILE");
  command.add_option("--plan", arguments.plan_file, "Write the plan file, for postern apply")
      ->type_name("FILE");
  command
      .add_option(
          "--emit", arguments.emit,
          "Print the commands instead, stage by stage: those of the plan, or those that take it "
          "back")
      ->check(CLI::IsMember({"powershell", "powershell-undo"}));
  command
      .add_option("--stage", arguments.stage,
                  "With --emit: the script of this stage alone, or of its way back")
      ->check(CLI::IsMember({"connectors", "look", "rule", "switch", "watch"}));
  command
      .add_option(
          "--scripts", arguments.scripts,
          "Write a PowerShell script for each stage, and for its way back, into this folder")
      ->type_name("FOLDER");
  command
      .add_option("--train-until", arguments.train_until,
                  "Make the plan from the evidence up to that day or time, and judge it on the "
                  "rest: what would it have lost?")
      ->type_name("TIME");
  add_most_shapes_option(command, arguments.most_shapes);
  add_live_options(command, arguments.live);
  add_output_options<plan::Plan>(command, arguments.output);
  command.footer(
      "Nothing is changed in the tenant. With --train-until the status is that of the evidence "
      "that "
      "judges. With --tenants, one table on top and a plan for each "
      "(with "
      "--output json and --out-dir: plan files); the status is the first of 1, 2, 3 that holds of "
      "any tenant.\nExit status: 0 proven that nobody legitimate breaks; 1 "
      "somebody would for certain, or the plan lets in what you call forged; 2 wrong usage or bad "
      "input; 3 not proven (senders are presumed or open, something is undetermined, or evidence "
      "is "
      "missing).");
}

}  // namespace postern::cli
