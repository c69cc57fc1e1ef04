// What a NATS server says of itself in its first line (INFO, before anybody signs in), and whether
// it is fit to hold policy and verdicts. libnats has no function that tells a server's version.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace postern::cluster {

struct ServerInfo {
  std::string name;
  std::string version;  ///< "2.15.1"
  bool jetstream = false;
  bool tls_required = false;
  std::string cluster;  ///< its name; empty: a server alone
};

/// host and port of "nats://host:4222", "tls://[::1]:4222", "host"; the port is 4222 by default.
struct ServerAddress {
  std::string host;
  std::string port;
};
Result<ServerAddress> parse_server(std::string_view text);

/// `line` is the server's "INFO {…}". Errors: it is none; `server` stands for it in messages.
Result<ServerInfo> parse_info(std::string_view line, const std::string& server);

/// Connects, reads the first line and hangs up. Errors: can't be reached, silent (a server that
/// begins with TLS says nothing in the clear), no NATS.
Result<ServerInfo> ask_info(const std::string& server, std::chrono::milliseconds time);

/// Versions that lose what they acknowledged or let one account harm another's are refused: below
/// 2.12.7 (advisories GHSA-38x3-76xf-cq45 and GHSA-jx8g-9g95-6322, and those before). Also without
/// JetStream. `allow_old` lets every version pass.
Result<void> fit(const ServerInfo&, const std::string& server, bool allow_old);

inline constexpr std::string_view least_version = "2.12.7";

}  // namespace postern::cluster
