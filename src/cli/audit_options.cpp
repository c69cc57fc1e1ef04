#include "cli/audit_options.hpp"

#include <CLI/CLI.hpp>

#include "cli/policy_source.hpp"
#include "report/audit_report.hpp"

namespace postern::cli {

void add_audit_options(CLI::App& command, AuditArguments& arguments) {
  command.add_option("TENANT", arguments.sources,
                     std::string(tenant_argument) + "; several are audited side by side");
  command
      .add_option("--tenants", arguments.tenants,
                  "List of tenants ([[tenant]] tables) to audit side by side, or a folder of them")
      ->type_name("LIST");
  command.add_option("--parallel", arguments.parallel, "Tenants at a time, of several")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  command
      .add_option("--baseline", arguments.baseline,
                  "JSON of an earlier audit: tell what has changed")
      ->type_name("FILE");
  command.add_option("--control", arguments.control,
                     "Judge this control alone (6.5.5, or another framework's id for it)");
  command
      .add_option("--controls", arguments.controls,
                  "Folder of control files of your own; without TENANT: list all controls")
      ->type_name("FOLDER")
      ->expected(0, 1);
  command.parse_complete_callback(
      [&command, &arguments] { arguments.names_controls = command.count("--controls") > 0; });
  command.add_option("--waivers", arguments.waivers, "File of waivers")->type_name("FILE");
  command.add_flag("--strict", arguments.strict, "Let every control decide the exit status");
  add_live_options(command, arguments.live);
  add_record_options(command, arguments.records);
  add_output_options<report::AuditDocument>(command, arguments.output);
  command.footer(
      "The exit status is that of 6.5.5, or of --control; with --strict, of all controls. With "
      "several tenants it is the first of 1, 2, 3 that holds of any.\nExit status: 0 passes, does "
      "not apply or is waived; 1 fails, or has changed since --baseline; 2 wrong usage, bad input, "
      "or a "
      "live tenant that could not be read; 3 could not be determined, or not be compared.");
}

}  // namespace postern::cli
