#include "cli/impact_options.hpp"

#include <CLI/CLI.hpp>

#include "cli/policy_source.hpp"
#include "cli/what_if.hpp"
#include "report/impact_report.hpp"

namespace postern::cli {

void add_impact_options(CLI::App& command, ImpactArguments& arguments) {
  command.add_option("TENANT", arguments.tenant, tenant_argument);
  add_evidence_options(command, arguments.evidence);
  add_many_tenants_options(command, arguments.many);
  add_what_if_option(command, arguments.changes);
  command
      .add_option("--baseline", arguments.baseline,
                  "JSON of an earlier run: tell which senders are new, gone or changed")
      ->type_name("FILE");
  auto* watch = command.add_flag("--watch", arguments.watch,
                                 "Report again, with what changed, whenever the evidence changes");
  command.add_option("--every", arguments.every, "Seconds between looks, with --watch")
      ->check(CLI::Range(1, 86400))
      ->needs(watch)
      ->capture_default_str();
  add_questions_option(command, arguments.evidence);
  command.add_flag("--strict", arguments.strict, "Make a bad row an error");
  command.add_option("--top", arguments.top, "Senders shown in text, in each of its lists")
      ->capture_default_str();
  add_live_options(command, arguments.live);
  add_output_options<report::ImpactDocument>(command, arguments.output);
  command.footer(
      "With --if, the status is the change's: 0 it refuses no legitimate mail that is accepted "
      "today. With --tenants, one table on top and a document for each; --questions then names a "
      "folder. "
      "The status is the first of 1, 2, 3 that holds of any tenant.\nExit status: 0 nobody breaks, "
      "whatever is not known; 1 mail that is legitimate for certain would be lost; 2 wrong usage "
      "or "
      "bad input; 3 not determined (senders are presumed or open, or evidence is missing).");
}

}  // namespace postern::cli
