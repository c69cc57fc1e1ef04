// postern: finds out who walks through the mail system's back door.
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <string>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/ascii.hpp"
#include "cli/command.hpp"
#include "cli/usage_error.hpp"
#include "cli/version.hpp"

namespace {

using postern::cli::Environment;

Environment read_environment() {
  Environment environment;
  environment.now = std::time(nullptr);
  // As many octets as this always come, once the system has any (getrandom(2)).
  if (::getrandom(&environment.seed, sizeof environment.seed, 0) < 0) {
    environment.seed.first = static_cast<std::uint64_t>(::getpid());
  }
  environment.output_is_terminal = ::isatty(STDOUT_FILENO) == 1;
  environment.errors_are_terminal = ::isatty(STDERR_FILENO) == 1;
  const char* no_color = std::getenv("NO_COLOR");
  environment.no_color = no_color != nullptr && *no_color != '\0';
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40) {
    environment.columns = size.ws_col;
  }
  return environment;
}

// Most commands hold a secret at some time: a private key, a token, the secrets of SRS, a password
// on its way to the next hop. None of it may end in a file or with a crash handler: a limit of 0
// does not keep a core from a handler behind a pipe (core(5)), a process that is not dumpable does.
void leave_no_core() {
  ::prctl(PR_SET_DUMPABLE, 0);
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
}

int run(int argc, char** argv) {
  const Environment environment = read_environment();
  int exit_code = postern::cli::holds;

  CLI::App app{
      "Postern finds out who sends mail to a Microsoft 365 tenant (or any mail server) as the\n"
      "organisation itself without signing in (Direct Send), and what closing that door breaks.",
      "postern"};
  app.set_version_flag("--version", std::string("postern ") + postern::cli::version);
  app.require_subcommand(1);
  app.footer(
      "Exit status: 0 it holds, nobody breaks; 1 it does not hold, somebody legitimate would\n"
      "break; 2 wrong usage or bad input; 3 could not be determined.");
  postern::cli::add_audit_command(app, environment, exit_code);
  postern::cli::add_impact_command(app, environment, exit_code);
  postern::cli::add_plan_command(app, environment, exit_code);
  postern::cli::add_apply_command(app, environment, exit_code);
  postern::cli::add_rollback_command(app, exit_code);
  postern::cli::add_probe_command(app, environment, exit_code);
  postern::cli::add_explain_command(app, environment, exit_code);
  postern::cli::add_tenant_command(app, environment, exit_code);
  postern::cli::add_gate_command(app, environment, exit_code);
  postern::cli::add_ledger_command(app, environment, exit_code);
  postern::cli::add_evidence_command(app, environment, exit_code);
  postern::cli::add_login_command(app, environment, exit_code);
  postern::cli::add_auth_command(app, environment, exit_code);
  postern::cli::add_srs_command(app, environment, exit_code);
  postern::cli::add_manual_commands(app, exit_code);

  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::CallForAllHelp& help) {
    return app.exit(help);
  } catch (const CLI::CallForVersion& wanted) {
    return app.exit(wanted);
  } catch (const CLI::ParseError& error) {
    return postern::cli::report_error(
        postern::cli::usage_error(app, error, {argv + 1, argv + argc}));
  }
  return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  ::signal(SIGPIPE, SIG_IGN);
  leave_no_core();
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    // Out of memory and the like: what no command can answer for.
    fmt::print(stderr, "postern: {}\n", postern::printable(error.what()));
    return postern::cli::bad_input;
  }
}
