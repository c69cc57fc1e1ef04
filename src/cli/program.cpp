#include "cli/program.hpp"

#include <cstddef>
#include <cstdio>
#include <string_view>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/ascii.hpp"
#include "cli/definitions.hpp"
#include "cli/help.hpp"
#include "cli/usage_error.hpp"
#include "cli/version.hpp"

namespace postern::cli {
namespace {

// --help of every command, from the definitions that the man pages are made of.
class Help final : public CLI::FormatterBase {
 public:
  explicit Help(std::size_t columns) : columns_(columns) {}
  std::string make_help(const CLI::App* app, std::string /*name*/,
                        CLI::AppFormatMode /*mode*/) const override {
    return help_text(describe(*app), columns_);
  }

 private:
  std::size_t columns_;
};

// Null where none is called so.
const CLI::App* command_below(const CLI::App& app, const std::string& word) {
  const auto found =
      app.get_subcommands([&](const CLI::App* each) { return each->get_name() == word; });
  return found.empty() ? nullptr : found.front();
}

// "postern help", "postern help evidence fetch".
int show_help(const CLI::App& root, const std::vector<std::string>& words) {
  const CLI::App* chosen = &root;
  for (const std::string& word : words) {
    const CLI::App* found = command_below(*chosen, word);
    if (found == nullptr) return report_error(unknown_command(*chosen, word));
    chosen = found;
  }
  const auto written = write_document({}, chosen->help());
  return written ? holds : report_error(written.error());
}

void add_help_and_version(CLI::App& app, int& exit_code) {
  auto words = std::make_shared<std::vector<std::string>>();
  auto* help = app.add_subcommand("help", "Show what a command takes, as its --help does.");
  help->add_option("COMMAND", *words, "The command: impact, or evidence fetch");
  help->footer("Exit status: 0 shown; 2 wrong usage, or no command is called so.");
  help->callback([words, &app, &exit_code] { exit_code = show_help(app, *words); });
  auto* shown = app.add_subcommand("version", "Show the version, as --version does.");
  shown->footer("Exit status: 0 shown; 2 wrong usage.");
  shown->callback([&exit_code] {
    const auto written = write_document({}, fmt::format("postern {}\n", version));
    exit_code = written ? holds : report_error(written.error());
  });
}

}  // namespace

std::unique_ptr<CLI::App> make_program(const Environment& environment, int& exit_code) {
  auto made = std::make_unique<CLI::App>(
      "Postern finds out who sends mail to a Microsoft 365 tenant (or any mail server) as the "
      "organisation itself without signing in (Direct Send), and what closing that door breaks.",
      "postern");
  CLI::App& app = *made;
  app.formatter(std::make_shared<Help>(environment.columns));
  app.set_version_flag("--version", fmt::format("postern {}", version));
  app.require_subcommand(1);
  add_audit_command(app, environment, exit_code);
  add_impact_command(app, environment, exit_code);
  add_plan_command(app, environment, exit_code);
  add_report_command(app, environment, exit_code);
  add_apply_command(app, environment, exit_code);
  add_rollback_command(app, environment, exit_code);
  add_probe_command(app, environment, exit_code);
  add_diff_command(app, environment, exit_code);
  add_explain_command(app, environment, exit_code);
  add_tenant_command(app, environment, exit_code);
  add_senders_command(app, environment, exit_code);
  add_gate_command(app, environment, exit_code);
  add_policy_command(app, environment, exit_code);
  add_ledger_command(app, environment, exit_code);
  add_cluster_command(app, exit_code);
  add_evidence_command(app, environment, exit_code);
  add_login_command(app, environment, exit_code);
  add_auth_command(app, environment, exit_code);
  add_srs_command(app, environment, exit_code);
  add_help_and_version(app, exit_code);
  add_manual_commands(app, exit_code);
  // Last: CLI11 hands a footer on to what is added below it, whose exit status means something
  // else.
  app.footer(
      "Begin with: postern audit TENANT, then postern impact TENANT EVIDENCE.\nExit status: 0 it "
      "holds, nobody breaks; 1 it does not hold, somebody legitimate would break; 2 wrong usage or "
      "bad input; 3 could not be determined.");
  return made;
}

int run_program(const std::vector<std::string>& words, const Environment& environment) {
  int exit_code = holds;
  const auto app = make_program(environment, exit_code);
  if (words.empty()) {
    // Wrong usage, so that a script whose command is an empty variable does not take it for an
    // answer; but whoever types it wants to know what there is.
    (void)std::fputs(app->help().c_str(), stderr);
    return bad_input;
  }
  if (const auto fine = check_words(words); !fine) return report_error(fine.error());
  try {
    // CLI11 takes the last word first.
    std::vector<std::string> reversed(words.rbegin(), words.rend());
    app->parse(reversed);
  } catch (const CLI::CallForHelp& help) {
    // Of a command that is none, the help of all would be the answer to another question.
    const std::string& first = words.front();
    if (!first.starts_with('-') && command_below(*app, first) == nullptr) {
      return report_error(unknown_command(*app, first));
    }
    return app->exit(help);
  } catch (const CLI::CallForAllHelp& help) {
    return app->exit(help);
  } catch (const CLI::CallForVersion& wanted) {
    return app->exit(wanted);
  } catch (const CLI::ParseError& error) {
    return report_error(usage_error(*app, error, words));
  }
  return exit_code;
}

}  // namespace postern::cli
