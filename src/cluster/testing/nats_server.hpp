// A nats-server for a test: on loopback, on a free port, with its data in a folder of its own; gone
// at the end.
#pragma once

#include <memory>
#include <string>
#include <sys/types.h>

#include "gate/cluster_settings.hpp"

namespace postern::cluster::testing {

/// The program to test with: POSTERN_NATS_SERVER, or what packaging/fetch-nats-server.sh left in
/// build/nats. Empty: none.
std::string nats_server_program();

class NatsServer {
 public:
  /// nullptr where it does not come up within some seconds. `more` is added to its configuration.
  static std::unique_ptr<NatsServer> start(const std::string& more = {});
  NatsServer(const NatsServer&) = delete;
  NatsServer& operator=(const NatsServer&) = delete;
  ~NatsServer();

  /// As a [cluster] with this server alone, its files in the server's folder.
  [[nodiscard]] gate::ClusterSettings settings() const;
  [[nodiscard]] const std::string& folder() const noexcept { return folder_; }
  /// kill -9.
  void kill();
  /// Started again on the same port and data; false where it does not come up.
  bool restart();

 private:
  NatsServer() = default;
  bool run();
  std::string folder_;
  int port_ = 0;
  pid_t process_ = -1;
};

}  // namespace postern::cluster::testing

/// Skips the test where there is no server to test with.
#define POSTERN_NEEDS_NATS_SERVER()                                                        \
  if (::postern::cluster::testing::nats_server_program().empty() ||                        \
      !::postern::cluster::is_built())                                                     \
  GTEST_SKIP() << "no nats-server: run packaging/fetch-nats-server.sh build/nats, or set " \
                  "POSTERN_NATS_SERVER"
