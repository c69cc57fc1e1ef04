// [cluster] of gate.toml: the servers that gates share their policy and their verdicts through.
// Plain values; what speaks with the servers is the room cluster/.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/place.hpp"
#include "base/result.hpp"

namespace postern::gate {

struct ClusterSettings {
  /// "nats://mail1.example:4222", "tls://mail1.example:4222", "mail1.example"; empty: no cluster.
  std::vector<std::string> servers;
  std::string gate;           ///< this gate's name among the others; empty: host_name
  std::string nkey_file;      ///< the seed of a user ("SU…"), in a file
  std::string user;           ///< with password_file, in place of a seed
  std::string password_file;  ///< its first line
  std::string ca;             ///< PEM that the servers are verified against; empty: the system's
  std::string certificate;    ///< PEM, shown to the servers
  std::string key;            ///< PEM; empty: in the certificate's file
  std::string inbox_prefix = "_INBOX";
  std::string snapshot = "policy.snapshot";  ///< the last good policy
  std::size_t keep_rows = 10000000;          ///< records that may wait to be sent
  std::size_t keep_bytes = 4294967296;       ///< likewise
  bool allow_old_server = false;             ///< also servers that lose what they acknowledged
  Place where;

  [[nodiscard]] bool is_there() const noexcept { return !servers.empty(); }
  /// The connection is under TLS: some key or address asks for it.
  [[nodiscard]] bool wants_tls() const noexcept;
};

/// What hangs together: a user and its file, a key and its certificate, one way of signing in.
void check_cluster(const ClusterSettings&, std::vector<Error>& faults);

/// Makes the paths relative to where `file` is.
void settle_cluster_paths(ClusterSettings&, const std::string& file);

}  // namespace postern::gate
