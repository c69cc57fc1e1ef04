// A TCP connection with optional TLS, bounded in time. The one file of the room that touches the
// network.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.hpp"
#include "probe/session.hpp"

namespace postern::probe {

class Connection final : public Wire {
 public:
  /// Tries the addresses in turn. `limit` holds for everything that is done with the connection
  /// together. The certificate is not verified: mail between hosts is opportunistic (RFC 7435), and
  /// whom we speak to makes no difference to what we ask. Errors: of the last address.
  static Result<std::unique_ptr<Connection>> open(const std::vector<IpAddress>& addresses,
                                                  std::uint16_t port, const std::string& host,
                                                  std::chrono::seconds limit);
  ~Connection() override;

  Result<void> write(std::string_view bytes) override;
  Result<std::string> read() override;
  Result<std::string> start_tls() override;

  [[nodiscard]] const IpAddress& peer() const noexcept;
  /// This machine's address in the connection.
  [[nodiscard]] const IpAddress& local() const noexcept;

 private:
  struct State;
  explicit Connection(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace postern::probe
