// For tests that speak with a server: one of their own, and connections to it.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "cluster/connection.hpp"
#include "cluster/testing/nats_server.hpp"

namespace postern::cluster::testing {

/// A server for each test, gone at its end. Skips where there is none; a fixture that has a SetUp
/// of its own goes on where ready() says so.
class OverAServer : public ::testing::Test {
 protected:
  void SetUp() override {
    POSTERN_NEEDS_NATS_SERVER();
    server_ = NatsServer::start(configuration());
    ASSERT_TRUE(server_);
  }
  [[nodiscard]] bool ready() const { return server_ != nullptr; }

  /// What the server's configuration has besides.
  [[nodiscard]] virtual std::string configuration() const { return {}; }

  static std::unique_ptr<Connection> connected(const gate::ClusterSettings& settings) {
    auto connection = Connection::open(settings, "test");
    EXPECT_TRUE(connection) << connection.error().line();
    return connection ? std::move(*connection) : nullptr;
  }
  [[nodiscard]] std::unique_ptr<Connection> connected() const {
    return connected(server_->settings());
  }

  std::unique_ptr<NatsServer> server_;
};

}  // namespace postern::cluster::testing
