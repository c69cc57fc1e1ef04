// postern login NAME: does the profile sign in, and which grant is missing?
#include <string>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/live_session.hpp"
#include "cli/login_options.hpp"
#include "exchange/check.hpp"
#include "report/login_report.hpp"

namespace postern::cli {
namespace {

int run(const LoginArguments& arguments, const Environment& environment) {
  const auto session = LiveSession::open(arguments.profile(), arguments.live);
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
  add_command(app, "login", "Does a profile sign in to its tenant, and which grant is missing?",
              add_login_options, run, environment, exit_code);
}

}  // namespace postern::cli
