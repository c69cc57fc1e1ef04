#include "cli/probe_options.hpp"

#include <CLI/CLI.hpp>

#include "cli/dns_source.hpp"
#include "cli/policy_source.hpp"
#include "report/probe_report.hpp"

namespace postern::cli {

void add_probe_options(CLI::App& command, ProbeArguments& arguments) {
  command.add_option("TENANT", arguments.tenant, tenant_argument)->required();
  command
      .add_option("--rcpt-to,--to", arguments.probe.subject.mailbox,
                  "A mailbox of yours, at an accepted domain, whose owner agrees")
      ->required()
      ->type_name("MAILBOX");
  command
      .add_option("--host", arguments.probe.host,
                  "The MX, the tenant's own host, or this machine (127.0.0.1:2525); default: the "
                  "tenant's *.mail.protection.outlook.com")
      ->type_name("HOST");
  command
      .add_option("--foreign", arguments.probe.subject.foreign,
                  "A domain that is not the tenant's, for foreign envelope senders")
      ->capture_default_str();
  command.add_flag("--send", arguments.probe.send,
                   "Send test messages, marked as such; without, stop before any content");
  command.add_option("--helo", arguments.probe.helo, "Name for EHLO (default: this machine's)")
      ->type_name("NAME");
  add_resolver_option(command, arguments.probe.resolver, "", "--resolver,--dns");
  command.add_option("--timeout", arguments.probe.timeout, "Seconds for each session, and for DNS")
      ->check(CLI::Range(1, 600))
      ->capture_default_str();
  add_live_options(command, arguments.live);
  add_output_options<report::ProbeDocument>(command, arguments.output);
  command.footer(
      "Only domains of the tenant are probed, and only its own hosts.\nExit status: 0 Direct Send "
      "is refused; 1 it is open; 2 wrong usage or bad input; 3 inconclusive.");
}

}  // namespace postern::cli
