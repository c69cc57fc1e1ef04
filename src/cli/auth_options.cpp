#include "cli/auth_options.hpp"

#include <CLI/CLI.hpp>

#include "report/auth_report.hpp"

namespace postern::cli {

void add_auth_options(CLI::App& command, AuthArguments& arguments) {
  command.add_option("FILE", arguments.file, "A message (.eml); - reads standard input")
      ->required();
  command.add_option("--ip", arguments.ip, "Address of the client that brought it")
      ->type_name("ADDRESS");
  command.add_option("--mail-from", arguments.mail_from, "Envelope sender; <> for none")
      ->type_name("ADDRESS");
  command.add_option("--helo", arguments.helo, "Name that the client greeted with")
      ->type_name("NAME");
  command
      .add_option("--at", arguments.at,
                  "Judge as of this time, or now; the default is when the message came, by its "
                  "topmost Received line, else now")
      ->type_name("TIME");
  add_dns_options(command, arguments.dns);
  command
      .add_option("--trusted-sealer", arguments.trusted_sealers,
                  "Believe ARC chains sealed last by this domain; may be given again")
      ->type_name("DOMAIN");
  command.add_option("--authserv-id", arguments.authserv_id, "Your own host name")
      ->type_name("NAME");
  command.add_option("--timeout", arguments.timeout, "Seconds to wait for DNS in all")
      ->check(CLI::Range(1, 600))
      ->capture_default_str();
  add_output_options<report::AuthDocument>(command, arguments.output);
  command.footer(
      "Exit status: 0 authenticated (DMARC passes, or SPF or DKIM pass for the From domain where "
      "no policy is published); 1 not authenticated; 2 bad input; 3 could not be determined.");
}

}  // namespace postern::cli
