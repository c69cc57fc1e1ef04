#include "cli/srs_options.hpp"

#include <cstddef>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/numbers.hpp"
#include "exchange/secret.hpp"

namespace postern::cli {
namespace {

// Who sees one rewritten address can try secrets against its hash at leisure: what is shorter is
// guessed. postsrsd makes its own of 24.
constexpr std::size_t shortest_secret = 16;

void add_common_srs_options(CLI::App& command, SrsArguments& arguments) {
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

void add_srs_options(CLI::App& command, SrsArguments& arguments) {
  command.add_option("ADDRESS", arguments.address, "A mail address")->required();
  add_common_srs_options(command, arguments);
}

void add_srs_server_options(CLI::App& command, SrsArguments& arguments) {
  add_common_srs_options(command, arguments);
  command
      .add_option(
          "--listen", arguments.listen,
          "Where to answer: unix:PATH or ADDRESS:PORT; the maps are called forward and reverse")
      ->type_name("ADDRESS")
      ->capture_default_str();
  command
      .add_option("--idle-time", arguments.idle_time,
                  "Seconds after which a silent connection is closed")
      ->check(CLI::Range(1, 86400))
      ->capture_default_str();
}

Result<auth::Srs> make_srs(const SrsArguments& arguments) {
  const auto secrets = exchange::read_secret_file(arguments.secrets_file);
  if (!secrets) return tl::unexpected(secrets.error());
  auth::SrsOptions options = arguments.options;
  options.separator = arguments.separator[0];
  const std::vector<std::string_view> lines = split(secrets->reveal(), '\n');
  // Without room for all, the list moves, and leaves short secrets behind.
  options.secrets.reserve(lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string_view secret = trim(lines[i]);
    if (secret.empty() || secret[0] == '#') continue;
    if (secret.size() < shortest_secret) {
      return fail(fmt::format("is a secret of {}; it takes {} or more",
                              counted(secret.size(), "octet"), shortest_secret),
                  fmt::format("{}:{}", arguments.secrets_file, i + 1),
                  "make one: openssl rand -base64 24");
    }
    options.secrets.emplace_back(secret);
  }
  return auth::Srs::make(std::move(options));
}

auth::SocketmapAnswer look_up(const auth::Srs& srs, std::string_view map, std::string_view key,
                              UnixTime now) {
  using Answer = auth::SocketmapAnswer;
  const std::size_t at = key.rfind('@');
  if (at == std::string_view::npos || at == 0) return {};
  if (map == "forward") {
    const auto address = srs.forward(key, now);
    if (!address || *address == key) return {};
    return {Answer::Status::ok, *address};
  }
  if (map == "reverse") {
    // What is not ours to turn back is an address like any other; a forged one gets no mail,
    // because no mailbox is called so.
    if (!srs.is_ours(key)) return {};
    const auto address = srs.reverse(key, now);
    return address ? Answer{Answer::Status::ok, *address} : Answer{};
  }
  return {Answer::Status::permanent, "the maps are called forward and reverse"};
}

}  // namespace postern::cli
