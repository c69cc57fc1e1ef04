#include "cli/login_options.hpp"

#include <string_view>

#include <CLI/CLI.hpp>

#include "report/login_report.hpp"

namespace postern::cli {

std::string LoginArguments::profile() const {
  const std::string_view named = live_name(name);
  return named.empty() ? name : std::string(named);
}

void add_login_options(CLI::App& command, LoginArguments& arguments) {
  command.add_option("NAME", arguments.name, "The profile's name")->required();
  command.add_flag("--check", arguments.check,
                   "Also ask the tenant everything that an audit asks; changes nothing");
  add_live_options(command, arguments.live);
  add_output_options<report::LoginDocument>(command, arguments.output);
  command.footer(
      "Tokens are kept in memory alone: nothing is stored, and no other command needs a login "
      "first.\n"
      "Exit status: 0 everything is granted; 1 something is missing; 2 wrong usage or bad input.");
}

}  // namespace postern::cli
