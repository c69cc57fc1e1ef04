// postern srs: rewrite envelope senders as a forwarder should, by hand or as a table of Postfix.
#include <chrono>
#include <ctime>
#include <memory>
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

int rewrite(const SrsArguments& arguments, UnixTime now, bool forward) {
  const auto srs = make_srs(arguments);
  if (!srs) return report_error(srs.error());
  const auto address =
      forward ? srs->forward(arguments.address, now) : srs->reverse(arguments.address, now);
  if (!address) {
    report_error(address.error());
    return forward ? bad_input : does_not_hold;
  }
  fmt::print("{}\n", printable(*address));
  return holds;
}

int serve(const SrsArguments& arguments) {
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
  auto* command =
      app.add_subcommand("srs", "Rewrite envelope senders as a forwarder should (SRS).");
  command->require_subcommand(1);
  auto arguments = std::make_shared<SrsArguments>();

  for (const bool forward : {true, false}) {
    auto* direction = command->add_subcommand(
        forward ? "forward" : "reverse",
        forward ? "What an envelope sender becomes." : "The address behind a rewritten one.");
    add_srs_options(*direction, *arguments);
    direction->footer(
        forward ? "Exit status: 0 rewritten, or of an own domain; 2 no address, or bad input."
                : "Exit status: 0 it holds; 1 forged, too old, or not one of ours; 2 bad input.");
    direction->callback([arguments, forward, &environment, &exit_code] {
      exit_code = rewrite(*arguments, environment.now, forward);
    });
  }

  auto* server = command->add_subcommand("serve", "Answer Postfix as a socketmap table.");
  add_srs_server_options(*server, *arguments);
  server->footer("See docs/srs.md.\nExit status: 0 stopped by SIGTERM or SIGINT; 2 bad input.");
  server->callback([arguments, &exit_code] { exit_code = serve(*arguments); });
}

}  // namespace postern::cli
