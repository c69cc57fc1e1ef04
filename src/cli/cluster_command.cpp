// postern cluster set-up: makes what gates share in their servers.
#include <chrono>
#include <cstdint>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/numbers.hpp"
#include "cli/cluster_options.hpp"
#include "cli/cluster_source.hpp"
#include "cli/command.hpp"
#include "cluster/connection.hpp"
#include "cluster/verdict_streams.hpp"

namespace postern::cli {
namespace {

int set_up(const ClusterArguments& a) {
  const auto settings = read_cluster(a.file);
  if (!settings) return report_error(settings.error());
  const auto connection = cluster::Connection::open(*settings, "postern cluster set-up");
  if (!connection) return report_error(connection.error());
  cluster::VerdictStreamOptions options;
  options.streams = a.streams;
  options.replicas = a.replicas;
  options.age = std::chrono::hours(24) * a.days;
  if (a.megabytes != 0) options.bytes = static_cast<std::int64_t>(a.megabytes) << 20;
  const auto made = cluster::make_verdict_streams(**connection, options);
  if (!made) return report_error(made.error());
  fmt::print("{} of verdicts, each on {}, for {}\n", counted(a.streams, "stream"),
             counted(static_cast<std::uint64_t>(a.replicas), "server"), counted(a.days, "day"));
  return holds;
}

}  // namespace

void add_cluster_command(CLI::App& app, int& exit_code) {
  CLI::App& command = add_group(app, "cluster", "What gates share through NATS servers.");
  auto arguments = std::make_shared<ClusterArguments>();
  auto* make = command.add_subcommand(
      "set-up", "Make the streams of verdicts, or change their bounds and replicas.");
  add_set_up_options(*make, *arguments);
  make->callback([arguments, &exit_code] { exit_code = set_up(*arguments); });
}

}  // namespace postern::cli
