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

/// The [cluster] of a file. Errors, as one: those of the file.
Result<gate::ClusterSettings> read_cluster(const std::string& file);

/// A ledger's file, or an address of servers; one signs in there by the [cluster] of `cluster_file`
/// (empty: as nobody).
Result<std::unique_ptr<ledger::Rows>> open_rows(const std::string& name,
                                                const std::string& cluster_file);

}  // namespace postern::cli
