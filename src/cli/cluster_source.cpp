#include "cli/cluster_source.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "cli/command.hpp"
#include "cluster/verdict_reader.hpp"
#include "gate/settings_keys.hpp"
#include "ledger/reader.hpp"
#include "settings_file/layout.hpp"

namespace postern::cli {

void add_cluster_option(CLI::App& command, std::string& file) {
  command
      .add_option("--cluster", file,
                  "Sign in at nats:// servers as the [cluster] of this file says: a gate.toml, or "
                  "one that holds nothing else")
      ->type_name("FILE");
}

Result<gate::ClusterSettings> read_cluster(const std::string& file) {
  constexpr std::string_view name = "cluster";
  constexpr std::string_view manual = "postern gate --keys describes the file";
  const auto text = read_text(file);
  if (!text) return tl::unexpected(text.error());
  auto table = settings_file::parse(*text, file, manual);
  if (!table) return tl::unexpected(table.error());
  if (table->find(name) == nullptr) {
    return fail("has no [cluster]", file, "write [cluster] with servers");
  }
  // The rest of a gate.toml is the gate's business.
  std::erase_if(table->entries, [&](const auto& entry) { return entry.key != name; });
  const settings_file::Layout<gate::ClusterSettings> layout{
      manual,
      {settings_file::table<gate::ClusterSettings>(
          name, "", gate::cluster_keys(), [](auto& s) -> auto& { return s; })},
      nullptr};
  gate::ClusterSettings settings;
  std::vector<Error> faults = layout.read(*table, settings);
  if (faults.empty()) gate::check_cluster(settings, faults);
  if (!faults.empty()) return tl::unexpected(last_of(std::move(faults)));
  gate::settle_cluster_paths(settings, file);
  return settings;
}

Result<void> check_cluster_file(const std::string& file, bool is_asked_for) {
  if (file.empty()) return {};
  if (auto read = read_cluster(file); !read) return tl::unexpected(read.error());
  if (is_asked_for) return {};
  return fail("is of no use here: nothing that is read lies in a cluster", "--cluster",
              "leave it out, or read nats:// (what the servers of the file hold)");
}

Result<std::unique_ptr<ledger::Rows>> open_rows(const std::string& name,
                                                const std::string& cluster_file) {
  gate::ClusterSettings settings;
  if (!ledger::is_cluster_address(name)) {
    if (auto fine = check_cluster_file(cluster_file, false); !fine)
      return tl::unexpected(fine.error());
    auto opened = ledger::Reader::open(name);
    if (!opened) return tl::unexpected(opened.error());
    return std::move(*opened);
  }
  if (!cluster_file.empty()) {
    auto read = read_cluster(cluster_file);
    if (!read) return tl::unexpected(read.error());
    settings = std::move(*read);
  }
  const auto address = cluster::parse_verdict_address(name);
  if (!address) return tl::unexpected(address.error());
  if (!address->servers.empty()) settings.servers = address->servers;
  if (settings.servers.empty()) {
    return fail("names no server", name, "write nats://HOST:PORT, or name a file by --cluster");
  }
  return cluster::open_verdicts(settings, address->tenant);
}

}  // namespace postern::cli
