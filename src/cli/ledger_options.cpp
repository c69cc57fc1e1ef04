#include "cli/ledger_options.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"
#include "cli/cluster_source.hpp"
#include "cli/moment.hpp"
#include "ledger/record.hpp"
#include "policy/verdict.hpp"
#include "report/ledger_report.hpp"

namespace postern::cli {
namespace {

// Of the rule, or of a protection; a slip would read as "there was nothing".
std::string why_no_reason(const std::string& given) {
  std::vector<std::string> known(ledger::other_reasons.begin(), ledger::other_reasons.end());
  for (auto each = std::uint8_t{0};
       each <= static_cast<std::uint8_t>(policy::Reason::missing_facts); ++each)
    known.emplace_back(policy::name_of(static_cast<policy::Reason>(each)));
  if (std::find(known.begin(), known.end(), given) != known.end()) return {};
  return fmt::format("'{}' is no reason; known are {}", printable(given), joined(known));
}

}  // namespace

void add_ledger_options(CLI::App& command, LedgerArguments& arguments) {
  command
      .add_option("FILE", arguments.file,
                  "The ledger, as gate.toml names it; or what gates sent to a cluster: "
                  "nats://HOST:PORT, nats://HOST:PORT/TENANT")
      ->required();
  add_cluster_option(command, arguments.cluster);
  command.add_option("--since", arguments.since, "From that day or time on (2026-10-01, or 30d)")
      ->type_name("TIME");
  command.add_option("--until", arguments.until, "Up to the end of that day, or that time")
      ->type_name("TIME");
  command.add_option("--client", arguments.client, "Only clients in this address block")
      ->type_name("ADDRESS");
  command
      .add_option("--sender", arguments.filter.sender,
                  "Only this envelope sender or header From: an address, or @domain")
      ->type_name("ADDRESS");
  command.add_option("--recipient", arguments.filter.recipient, "Only this recipient, likewise")
      ->type_name("ADDRESS");
  command
      .add_option("--reason", arguments.filter.reason,
                  "Only this reason (direct_send_rejected, ...)")
      ->check(CLI::Validator(why_no_reason, ""));
  command.add_option("--outcome", arguments.filter.outcome, "Only this outcome")
      ->check(CLI::IsMember({"refused", "would_refuse", "exception", "undetermined"}));
  command.add_option("--mode", arguments.filter.mode, "Only recipients in this mode")
      ->check(CLI::IsMember({"enforce", "observe", "tenant"}));
  command.add_option("--summary", arguments.summary, "Counts instead of rows")
      ->check(CLI::IsMember({"sender", "client", "recipient", "reason"}));
  command.add_flag("--steps", arguments.steps, "With each decision's steps, in text");
  command.add_flag("--follow", arguments.follow, "Show what comes, until interrupted");
  auto* resend = command.add_option(
      "--resend-since", arguments.resend_since,
      "Let the gate send this ledger's rows from that time on to its cluster once more");
  resend->type_name("TIME");
  command.add_option("--limit", arguments.limit, "Newest rows shown in text; 0: all")
      ->capture_default_str();
  add_output_options<report::LedgerLine>(command, arguments.output);
  // It shows nothing, and sends all rows from that time on: what picks or shows rows is not for it.
  for (CLI::Option* other : command.get_options()) {
    if (other != resend && other->nonpositional() && other != command.get_help_ptr()) {
      resend->excludes(other);
    }
  }
  command.footer(
      "JSON is one object a line.\nExit status: 0 the ledger was read; 2 wrong usage or bad "
      "input, or an address is asked for where they are hashed; 3 some rows can't be understood, "
      "and were left out, or are missing in a cluster.");
}

Result<void> read_filter(LedgerArguments& a, UnixTime now) {
  if (!a.since.empty()) {
    const auto time = parse_moment(a.since, "--since", now, false);
    if (!time) return tl::unexpected(time.error());
    a.filter.since = *time;
  }
  if (!a.until.empty()) {
    const auto time = parse_moment(a.until, "--until", now, true);
    if (!time) return tl::unexpected(time.error());
    a.filter.until = *time;
  }
  if (auto fine = check_period(a.filter.since, a.filter.until); !fine) return fine;
  if (!a.client.empty()) {
    const auto prefix = Prefix::parse(a.client);
    if (!prefix) return fail(prefix.error().what, "--client", "write 192.0.2.1 or 192.0.2.0/24");
    a.filter.client = *prefix;
  }
  if (a.follow && (!a.output.to_standard_output() || !a.summary.empty())) {
    return fail("goes neither with --out nor with --summary", "--follow");
  }
  return {};
}

}  // namespace postern::cli
