// HTTPS requests, one at a time, over libcurl (which stays in http.cpp). Proxies and CA bundles
// come from where curl takes them: https_proxy, no_proxy, CURL_CA_BUNDLE, SSL_CERT_FILE,
// SSL_CERT_DIR. Redirects are never followed here: whoever holds a token decides where it goes.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "base/result.hpp"
#include "exchange/secret.hpp"
#include "exchange/surroundings.hpp"

namespace postern::exchange {

struct Header {
  std::string name;
  std::string value;
};

struct Request {
  std::string url;
  std::vector<Header> headers;
  /// Sent as "Authorization: Bearer …" where not empty.
  Secret bearer;
  /// POST with this body where set, GET where not.
  bool post = false;
  Secret body;
  /// An answer longer than this is a failure.
  std::size_t longest_answer = std::size_t{64} << 20;
  /// For the whole exchange.
  std::chrono::milliseconds time_limit{100'000};
  /// The identity endpoints of Azure: never through a proxy, and plain HTTP is allowed, to loopback
  /// and link-local addresses alone.
  bool identity_endpoint = false;
};

struct Response {
  int status = 0;
  std::vector<Header> headers;
  std::string body;
  /// The body did not decode as its Content-Encoding says (Exchange's 403 of NUL bytes that claims
  /// to be gzip); `body` is then what little came.
  bool undecodable = false;

  /// The first header of that name, without regard to case; empty where there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const noexcept;
  [[nodiscard]] bool ok() const noexcept { return status >= 200 && status < 300; }
};

struct SendFailure {
  Error error;  ///< where: the host
  /// The request can't have reached the service (no address, no connection, no TLS).
  bool nothing_sent = false;
  /// The next attempt can't but fail the same way (an address that is none, a certificate).
  bool lasting = false;
};

/// Not for several threads at once; open one for each. Connections are kept between requests.
class Transport {
 public:
  Transport() = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  virtual ~Transport() = default;
  virtual tl::expected<Response, SendFailure> send(const Request&) = 0;
};

struct TransportOptions {
  std::string user_agent = "postern";
  /// PEM file of certificate authorities; wins over the environment's.
  std::string ca_bundle;
};

Result<std::unique_ptr<Transport>> open_transport(const TransportOptions&, const Surroundings&);

/// The parts of an address that decide whether a token may go there.
struct Url {
  std::string scheme;  ///< lower case
  std::string host;    ///< lower case, IPv6 without brackets
  std::string port;    ///< always set
  std::string path;    ///< from the first slash on, with the query

  [[nodiscard]] std::string base() const;  ///< "https://host:port", without a default port
};

/// Errors: no absolute http or https address, or one with a user name in it.
Result<Url> parse_url(std::string_view text);

/// "a%20b": everything but letters, digits and "-._~" (RFC 3986, 2.3).
std::string percent_encoded(std::string_view text);

/// Whether plain HTTP may be spoken to this host: loopback, or the link-local range in which Azure
/// puts its identity endpoints.
bool is_identity_host(std::string_view host) noexcept;

}  // namespace postern::exchange
