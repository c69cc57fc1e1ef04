// From an address such as nats://mail1.example:4222/contoso.com, and --cluster beside it, to what
// gates sent there.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "gate/cluster_settings.hpp"
#include "ledger/rows.hpp"

namespace CLI {
class App;
}

namespace postern::cli {

/// Adds --cluster.
void add_cluster_option(CLI::App&, std::string& file);

/// The [cluster] of a gate.toml, or of a file that holds nothing else; its paths are relative to
/// the file. Errors, as one: as of gate.toml, for that table alone; none is there.
Result<gate::ClusterSettings> read_cluster(const std::string& file);

/// Of a --cluster that is given beside what is read. Errors: as read_cluster(), and where nothing
/// that is read is the address of a cluster (`is_asked_for`), so that the file would be passed
/// over.
Result<void> check_cluster_file(const std::string& file, bool is_asked_for);

/// A ledger's file, or an address of servers; one signs in there by the [cluster] of `cluster_file`
/// (empty: as nobody). Errors: those of check_cluster_file() too.
Result<std::unique_ptr<ledger::Rows>> open_rows(const std::string& name,
                                                const std::string& cluster_file);

}  // namespace postern::cli
