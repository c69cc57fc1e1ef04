// postern srs: rewrite envelope senders as a forwarder should, by hand or as a table of Postfix.
#include <chrono>
#include <ctime>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/ascii.hpp"
#include "cli/command.hpp"
#include "cli/socketmap_server.hpp"
#include "cli/srs_options.hpp"

namespace postern::cli {
namespace {

int forward(const SrsArguments& arguments, const Environment& environment) {
  const auto srs = make_srs(arguments);
  if (!srs) return report_error(srs.error());
  const auto address = srs->forward(arguments.address, environment.now);
  if (!address) return report_error(address.error());
  fmt::print("{}\n", printable(*address));
  return holds;
}

int reverse(const SrsArguments& arguments, const Environment& environment) {
  const auto srs = make_srs(arguments);
  if (!srs) return report_error(srs.error());
  const auto address = srs->reverse(arguments.address, environment.now);
  if (!address) {
    report_error(address.error());
    return does_not_hold;
  }
  fmt::print("{}\n", printable(*address));
  return holds;
}

int serve(const SrsArguments& arguments, const Environment& /*environment*/) {
  const auto srs = make_srs(arguments);
  if (!srs) return report_error(srs.error());
  const auto done = serve_socketmap(
      arguments.listen,
      [&](std::string_view map, std::string_view key) {
        return look_up(*srs, map, key, std::time(nullptr));
      },
      std::chrono::seconds(arguments.idle_time),
      [](const std::string& address) {
        fmt::print(stderr, "postern srs: listening on {}\n", address);
      });
  return done ? holds : report_error(done.error());
}

}  // namespace

void add_srs_command(CLI::App& app, const Environment& environment, int& exit_code) {
  CLI::App& command =
      add_group(app, "srs", "Rewrite envelope senders as a forwarder should (SRS).");
  add_command(command, "forward", "What an envelope sender becomes.", add_srs_options, forward,
              environment, exit_code)
      .footer("Exit status: 0 rewritten, or of an own domain; 2 no address, or bad input.");
  add_command(command, "reverse", "The address behind a rewritten one.", add_srs_options, reverse,
              environment, exit_code)
      .footer("Exit status: 0 it holds; 1 forged, too old, or not one of ours; 2 bad input.");
  add_command(command, "serve", "Answer Postfix as a socketmap table.", add_srs_server_options,
              serve, environment, exit_code)
      .footer("See docs/srs.md.\nExit status: 0 stopped by SIGTERM or SIGINT; 2 bad input.");
}

}  // namespace postern::cli
