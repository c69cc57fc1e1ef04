// postern srs: rewrite envelope senders as a forwarder should, by hand or as a table of Postfix.
#include <chrono>
#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "auth/srs.hpp"
#include "base/ascii.hpp"
#include "cli/command.hpp"
#include "cli/socketmap_server.hpp"
#include "exchange/secret.hpp"

namespace postern::cli {
namespace {

struct SrsArguments {
  auth::SrsOptions options;
  std::string secrets_file;
  std::string separator = "=";
  std::string address;
  std::string listen = "127.0.0.1:10003";
  unsigned idle_time = 300;
};

Result<auth::Srs> make_srs(const SrsArguments& arguments) {
  const auto secrets = exchange::read_secret_file(arguments.secrets_file);
  if (!secrets) return tl::unexpected(secrets.error());
  auth::SrsOptions options = arguments.options;
  options.separator = arguments.separator[0];
  const std::vector<std::string_view> lines = split(secrets->reveal(), '\n');
  // Without room for all, the list moves, and leaves short secrets behind.
  options.secrets.reserve(lines.size());
  for (const std::string_view line : lines) {
    const std::string_view secret = trim(line);
    if (!secret.empty() && secret[0] != '#') options.secrets.emplace_back(secret);
  }
  return auth::Srs::make(std::move(options));
}

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
  using Answer = auth::SocketmapAnswer;
  const auto lookup = [&](std::string_view map, std::string_view key) -> Answer {
    const UnixTime now = std::time(nullptr);
    // Postfix also asks for parts of an address; those are never rewritten.
    const std::size_t at = key.rfind('@');
    if (at == std::string_view::npos || at == 0) return {};
    if (map == "forward") {
      const auto address = srs->forward(key, now);
      if (!address || *address == key) return {};
      return {Answer::Status::ok, *address};
    }
    if (map == "reverse") {
      // What is not ours to turn back is an address like any other; a forged one gets no mail,
      // because no mailbox is called so.
      if (!srs->is_ours(key)) return {};
      const auto address = srs->reverse(key, now);
      return address ? Answer{Answer::Status::ok, *address} : Answer{};
    }
    return {Answer::Status::permanent, "the maps are called forward and reverse"};
  };
  const auto done =
      serve_socketmap(arguments.listen, lookup, std::chrono::seconds(arguments.idle_time),
                      [](const std::string& address) {
                        fmt::print(stderr, "postern srs: listening on {}\n", address);
                      });
  return done ? holds : report_error(done.error());
}

void add_common_options(CLI::App& command, SrsArguments& arguments) {
  command.add_option("--domain", arguments.options.domain, "Domain that bounces come back to")
      ->required();
  command
      .add_option("--secrets", arguments.secrets_file,
                  "Secrets, one a line, readable by the owner alone; the first signs, all verify")
      ->type_name("FILE")
      ->required();
  command.add_option("--own-domain", arguments.options.own_domains,
                     "Leave senders of this domain as they are; may be given again");
  command.add_option("--separator", arguments.separator, "What follows SRS0 and SRS1")
      ->check(CLI::IsMember({"=", "+", "-"}))
      ->capture_default_str();
  command
      .add_option("--max-age", arguments.options.max_age_days,
                  "Days for which bounces are taken back")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
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
    direction->add_option("ADDRESS", arguments->address, "A mail address")->required();
    add_common_options(*direction, *arguments);
    direction->footer(
        forward ? "Exit status: 0 rewritten, or of an own domain; 2 no address, or bad input."
                : "Exit status: 0 it holds; 1 forged, too old, or not one of ours; 2 bad input.");
    direction->callback([arguments, forward, &environment, &exit_code] {
      exit_code = rewrite(*arguments, environment.now, forward);
    });
  }

  auto* server = command->add_subcommand("serve", "Answer Postfix as a socketmap table.");
  add_common_options(*server, *arguments);
  server
      ->add_option(
          "--listen", arguments->listen,
          "Where to answer: unix:PATH or ADDRESS:PORT; the maps are called forward and reverse")
      ->type_name("HOST:PORT")
      ->capture_default_str();
  server
      ->add_option("--idle-time", arguments->idle_time,
                   "Seconds after which a silent connection is closed")
      ->check(CLI::Range(1, 86400))
      ->capture_default_str();
  server->footer("See docs/srs.md.\nExit status: 0 stopped by SIGTERM or SIGINT; 2 bad input.");
  server->callback([arguments, &exit_code] { exit_code = serve(*arguments); });
}

}  // namespace postern::cli
