// A connection to one of the cluster's servers, signed in. Names no type of libnats; what of this
// room needs the handle includes nats.hpp.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "cluster/server_info.hpp"
#include "gate/cluster_settings.hpp"

namespace postern::cluster {

class Connection {
 public:
  struct Handle;  ///< nats.hpp

  /// Asks the servers for their version, in an order by chance, and signs in at the first that is
  /// fit. `name` is what the server shows of this client. Blocks for some seconds at most for each
  /// server. Errors: the last server's; a server that is refused goes before one that is away. A
  /// build without libnats says so.
  static Result<std::unique_ptr<Connection>> open(const gate::ClusterSettings&,
                                                  const std::string& name);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  /// False once it is lost, for good: it does not come back by itself.
  [[nodiscard]] bool alive() const noexcept;
  [[nodiscard]] const ServerInfo& server() const noexcept { return server_; }
  /// As the settings name it.
  [[nodiscard]] const std::string& address() const noexcept { return address_; }
  [[nodiscard]] Handle& handle() const noexcept { return *handle_; }
  /// Until what was sent has reached the server. Error: lost, or too slow (2 s).
  Result<void> flush();

 private:
  Connection(std::unique_ptr<Handle> handle, ServerInfo server, std::string address);
  std::unique_ptr<Handle> handle_;
  ServerInfo server_;
  std::string address_;
};

/// Reads what a connection signs in with, and asks nobody. Errors: a file that can't be read, or
/// holds no password, seed or certificate. What a server says to it is not known.
Result<void> check_sign_in(const gate::ClusterSettings&);

/// Whether this build speaks with servers at all.
[[nodiscard]] bool is_built() noexcept;

}  // namespace postern::cluster
