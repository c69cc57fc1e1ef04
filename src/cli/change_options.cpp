#include "cli/change_options.hpp"

#include <algorithm>

#include <CLI/CLI.hpp>

namespace postern::cli {
namespace {

void add_shared_options(CLI::App& command, ChangeArguments& arguments) {
  command.add_flag("--yes", arguments.yes, "Don't ask");
  command
      .add_option("--tenant", arguments.tenant,
                  "The live tenant, where the plan was made from an export or under another name")
      ->type_name("live:NAME");
  command
      .add_option("--wait", arguments.wait,
                  "Seconds until a change must be readable; Microsoft says 30 minutes at most")
      ->check(CLI::Range(0, 86400))
      ->capture_default_str();
  add_live_options(command, arguments.live);
}

CLI::Option* add_settle(CLI::App& command, ChangeArguments& arguments, const char* help) {
  return command.add_option("--settle", arguments.settle, help)->check(CLI::Range(0, 86400));
}

}  // namespace

std::chrono::seconds ChangeArguments::settle_time() const {
  if (settle) return std::chrono::seconds(*settle);
  if (!takes_back) return std::chrono::seconds(600);
  return std::chrono::seconds(std::min<std::int64_t>(60, wait * 3 / 4));
}

void add_apply_options(CLI::App& command, ChangeArguments& arguments) {
  command.add_option("PLAN", arguments.file, "What postern plan --plan wrote")->required();
  command
      .add_option("--record", arguments.record,
                  "Where to record what is done (default: PLAN.record.json)")
      ->type_name("FILE");
  add_settle(command, arguments,
             "Seconds that connectors get to take effect before the switch (default: 600)");
  command
      .add_option("--probe", arguments.probe.subject.mailbox,
                  "Afterwards probe with this mailbox as postern probe does, without content")
      ->type_name("MAILBOX");
  command
      .add_option("--probe-host", arguments.probe.host,
                  "The host to probe, as --host of postern probe")
      ->type_name("HOST");
  command.add_flag("--unproven", arguments.unproven,
                   "With --yes: also where the proof does not hold or leaves something open");
  command
      .add_option("--emit", arguments.emit,
                  "Print the commands instead, or those that take them back; changes nothing")
      ->check(CLI::IsMember({"powershell", "powershell-undo"}));
  command
      .add_option("--stage", arguments.stage,
                  "Make this stage alone: the connectors, or later the switch; with --emit, any "
                  "stage's script alone")
      ->check(CLI::IsMember({"connectors", "look", "rule", "switch", "watch"}));
  add_shared_options(command, arguments);
  command.footer(
      "Refuses where the tenant changed since the plan was made, and looks once more before the "
      "switch. Interrupted, it goes on from its record.\nExit status: 0 made and read back; 1 "
      "made, but the probe shows Direct Send open; 2 wrong usage, refused or failed, or a "
      "connector was created in a disabled state; 3 not readable in time, not agreed to, probed "
      "inconclusively, or what the record holds as made is not shown.");
}

void add_rollback_options(CLI::App& command, ChangeArguments& arguments) {
  arguments.takes_back = true;
  command.add_option("RECORD", arguments.file, "What postern apply wrote")->required();
  command.add_flag("--force", arguments.force,
                   "Also where somebody changed it since, or mail would be refused without the "
                   "connectors: put the recorded values over it, and say what that means");
  add_settle(command, arguments,
             "Seconds during which every reading must show it as taken back, for the switch and "
             "then for the connectors (default: 60, or three quarters of --wait where that is "
             "less)");
  add_shared_options(command, arguments);
  command.footer(
      "Refuses where somebody changed since what the record says was done, where the connectors "
      "would go while RejectDirectSend stays on, and of another tenant. Run again, it goes on."
      "\nExit status: 0 taken back, and read back so for --settle; 1 the same, but for a connector "
      "that "
      "is gone or another's, which is named; 2 wrong usage, refused or failed; 3 not so within "
      "--wait, or not agreed to.");
}

}  // namespace postern::cli
