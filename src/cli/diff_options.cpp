#include "cli/diff_options.hpp"

#include <CLI/CLI.hpp>

#include "cli/policy_source.hpp"
#include "cli/what_if.hpp"
#include "report/diff_report.hpp"

namespace postern::cli {

void add_diff_options(CLI::App& command, DiffArguments& arguments) {
  command.add_option("BEFORE", arguments.before, tenant_argument)->required();
  command.add_option("AFTER", arguments.after,
                     "The tenant as it became; with --if it may be left out");
  add_what_if_option(command, arguments.changes);
  command
      .add_option("--choices", arguments.choices,
                  "Whose [choices] count for both, where the two differ in them")
      ->check(CLI::IsMember({"first", "second"}));
  add_live_options(command, arguments.live);
  add_output_options<report::DiffDocument>(command, arguments.output);
  command.footer(
      "Exit status: 0 no mail is refused, accepted or answered otherwise; 1 some is; 2 wrong usage "
      "or bad input; 3 it can't be determined, or hangs on what Microsoft's documents leave open.");
}

}  // namespace postern::cli
