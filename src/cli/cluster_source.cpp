#include "cli/cluster_source.hpp"

#include <utility>

#include <CLI/CLI.hpp>

#include "cli/cluster_file.hpp"
#include "cli/command.hpp"
#include "cluster/verdict_reader.hpp"
#include "ledger/reader.hpp"

namespace postern::cli {

void add_cluster_option(CLI::App& command, std::string& file) {
  command
      .add_option("--cluster", file,
                  "Sign in at nats:// servers as the [cluster] of this file says: a gate.toml, or "
                  "one that holds nothing else")
      ->type_name("FILE");
}

Result<gate::ClusterSettings> read_cluster(const std::string& file) {
  auto read = read_cluster_settings(file);
  if (!read) return tl::unexpected(last_of(std::move(read.error())));
  return std::move(*read);
}

Result<std::unique_ptr<ledger::Rows>> open_rows(const std::string& name,
                                                const std::string& cluster_file) {
  if (!ledger::is_cluster_address(name)) {
    auto opened = ledger::Reader::open(name);
    if (!opened) return tl::unexpected(opened.error());
    return std::move(*opened);
  }
  const auto address = cluster::parse_verdict_address(name);
  if (!address) return tl::unexpected(address.error());
  gate::ClusterSettings settings;
  if (!cluster_file.empty()) {
    auto read = read_cluster(cluster_file);
    if (!read) return tl::unexpected(read.error());
    settings = std::move(*read);
  }
  if (!address->servers.empty()) settings.servers = address->servers;
  if (settings.servers.empty()) {
    return fail("names no server", name, "write nats://HOST:PORT, or name a file by --cluster");
  }
  return cluster::open_verdicts(settings, address->tenant);
}

}  // namespace postern::cli
