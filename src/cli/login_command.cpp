// postern login NAME: does the profile sign in, and which grant is missing?
#include <memory>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/live_session.hpp"
#include "exchange/check.hpp"
#include "report/login_report.hpp"

namespace postern::cli {
namespace {

struct LoginArguments {
  std::string name;
  LiveOptions live;
  bool check = false;
  OutputOptions output;
};

int run(const LoginArguments& arguments, const Environment& environment) {
  const std::string_view named = live_name(arguments.name);
  const auto session =
      LiveSession::open(named.empty() ? arguments.name : std::string(named), arguments.live);
  if (!session) return report_error(session.error());
  const exchange::Profile& profile = (*session)->profile();
  const auto lines =
      exchange::check_sign_in(profile, (*session)->tokens(), (*session)->admin(), arguments.check);

  report::LoginHeading heading;
  heading.name = profile.name;
  heading.sign_in = std::string(exchange::name_of(profile.sign_in));
  heading.exchange_host = profile.hosts().exchange;
  const report::LoginDocument document{heading, lines};
  if (const auto written = write_rendered(arguments.output, environment, document); !written) {
    return report_error(written.error());
  }
  for (const auto& line : lines) {
    if (line.state == exchange::CheckLine::State::missing) return does_not_hold;
  }
  return holds;
}

}  // namespace

void add_login_command(CLI::App& app, const Environment& environment, int& exit_code) {
  auto* command = app.add_subcommand(
      "login", "Does a profile sign in to its tenant, and which grant is missing?");
  auto arguments = std::make_shared<LoginArguments>();
  command->add_option("NAME", arguments->name, "The profile's name")->required();
  command->add_flag("--check", arguments->check,
                    "Also ask the tenant everything that an audit asks; changes nothing");
  add_live_options(*command, arguments->live);
  add_output_options<report::LoginDocument>(*command, arguments->output);
  command->footer(
      "Tokens are kept in memory alone: nothing is stored, and no other command needs a login "
      "first.\n"
      "Exit status: 0 everything is granted; 1 something is missing; 2 wrong usage or bad input.");
  command->callback(
      [arguments, &environment, &exit_code] { exit_code = run(*arguments, environment); });
}

}  // namespace postern::cli
