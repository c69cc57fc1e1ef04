#include "cli/gate_options.hpp"

#include <CLI/CLI.hpp>

namespace postern::cli {

void add_gate_options(CLI::App& command, GateArguments& arguments) {
  command.add_option("FILE", arguments.file, "gate.toml; without it, mail goes to a local Maildir")
      ->type_name("GATE.TOML");
  command.add_option("--tenant", arguments.tenants, "Whose domains and connectors; may come again")
      ->type_name("TENANT");
  command
      .add_option("--listen", arguments.listen,
                  "Where to take mail (default: 127.0.0.1:2525); may come again")
      ->type_name("ADDRESS");
  command
      .add_option("--maildir", arguments.maildir,
                  "Deliver here instead of to next hops (default: maildir)")
      ->type_name("DIR");
  command.add_option("--mode", arguments.mode, "What to do with Direct Send (default: enforce)")
      ->check(CLI::IsMember({"enforce", "observe", "tenant", "off"}));
  command.add_flag("--check", arguments.check,
                   "Read the settings and what they name, and start nothing");
  command.add_flag("--keys", arguments.keys, "Print the page of gate.toml's keys");
  auto* watch =
      command.add_flag("--watch", arguments.watch,
                       "Show the page of a gate that runs with this file, and go on showing it");
  command.add_option("--every", arguments.every, "Seconds between two looks, with --watch")
      ->check(CLI::Range(1, 3600))
      ->needs(watch)
      ->capture_default_str();
  command.footer(
      "SIGHUP reads everything again without dropping a session, SIGTERM lets sessions end.\n"
      "Exit status: 0 stopped as asked, or --check found nothing wrong; 2 wrong usage or bad "
      "input.");
}

}  // namespace postern::cli
