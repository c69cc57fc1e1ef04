// Where mail goes after the gate: for each recipient domain a list of next hops, tried in order.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "smtp/client_session.hpp"

namespace postern::gate {

class TlsContext;

struct NextHop {
  std::string host;         ///< name or address; a path where unix
  std::uint16_t port = 25;  ///< 0 where unix
  bool unix_socket = false;
  bool lmtp = false;
  smtp::ClientOptions::Tls tls = smtp::ClientOptions::Tls::if_offered;
  bool xclient = true;  ///< tell it whom the gate speaks for, where it takes that
  std::shared_ptr<const TlsContext> context;

  /// All of it, so that a connection to one may be used for the other.
  friend bool operator==(const NextHop&, const NextHop&) = default;

  /// "192.0.2.1:25", "[2001:db8::1]:25", "lmtp:mail.example:24", "lmtp:unix:/run/dovecot/lmtp".
  [[nodiscard]] std::string text() const;
  /// Reads the same. Errors name the part that is wrong.
  static Result<NextHop> parse(std::string_view text);
};

/// "host:port", "[v6]:port", ":port" or "port" (then the host is empty).
struct HostPort {
  std::string host;
  std::uint16_t port = 0;
};
Result<HostPort> parse_host_port(std::string_view text);

/// How next hops are spoken to.
struct NextHopOptions {
  std::string helo_name = "localhost";
  std::chrono::seconds connect{30};   ///< and before it, to look the name up
  std::chrono::seconds command{120};  ///< from a command to its reply
  std::chrono::seconds message{600};  ///< from the final dot to its reply (RFC 5321, 4.5.3.2.6)
  std::chrono::seconds block{180};    ///< to get a piece of the message written
  std::chrono::seconds idle{20};      ///< how long an idle connection is kept
  std::chrono::seconds avoid{15};     ///< how long a hop that could not be reached is tried last
  std::size_t most_idle = 50;         ///< kept a hop and event loop
};

struct Route {
  std::vector<std::string> domains;  ///< normal form; ".example.com" covers those below; "*" all
  std::vector<NextHop> hops;         ///< the first that answers is taken
  std::string maildir;               ///< instead of hops: deliver here
};

/// Immutable.
class Routes {
 public:
  explicit Routes(std::vector<Route> routes) : routes_(std::move(routes)) {}
  /// The route of a recipient domain: exact, then the closest parent, then "*". nullptr: none.
  [[nodiscard]] const Route* find(std::string_view domain) const noexcept;
  [[nodiscard]] const std::vector<Route>& all() const noexcept { return routes_; }

 private:
  std::vector<Route> routes_;
};

}  // namespace postern::gate
