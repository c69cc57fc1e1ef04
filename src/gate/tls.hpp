// TLS contexts and what a peer's certificate says (OpenSSL 3).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

struct ssl_st;
struct ssl_ctx_st;

namespace postern::gate {

struct CloseSsl {
  void operator()(ssl_st*) const noexcept;
};
using Ssl = std::unique_ptr<ssl_st, CloseSsl>;

/// A client's certificate as the rule wants it.
struct PeerCertificate {
  bool presented = false;
  bool trusted = false;     ///< the chain ends in the CA bundle, and is in force
  std::string common_name;  ///< normal form (policy::parse_certificate_name); may be empty
  std::vector<std::string> alternative_names;
  std::string fault;  ///< OpenSSL's word for why it is not trusted
};

/// Immutable; shared by the sessions that began under it, so that a reload disturbs none.
class TlsContext {
 public:
  struct ServerFiles {
    std::string certificate;  ///< PEM, the chain in one file
    std::string key;          ///< PEM; may be the same file
    std::string client_ca;    ///< PEM bundle that client certificates are verified against; empty:
                              ///< the system's own
  };
  /// Offers STARTTLS, and asks each client for its certificate without insisting on one. A
  /// certificate for TLS servers is as good as one for clients: mail servers have no others.
  static Result<std::shared_ptr<const TlsContext>> server(const ServerFiles&);
  /// For next hops. `ca` as above; `verify` off takes any certificate (opportunistic TLS).
  /// `certificate` and `key` (may be empty) are shown to a next hop that asks.
  static Result<std::shared_ptr<const TlsContext>> client(const std::string& ca, bool verify,
                                                          const std::string& certificate,
                                                          const std::string& key);

  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;
  ~TlsContext();

  /// A session on a connected, non-blocking socket.
  [[nodiscard]] Ssl accept(int socket) const;
  /// `host` is sent as SNI and, where the context verifies, must be in the certificate.
  [[nodiscard]] Ssl connect(int socket, const std::string& host) const;

 private:
  TlsContext(ssl_ctx_st* context, bool verify) noexcept : context_(context), verify_(verify) {}
  ssl_ctx_st* context_;
  bool verify_;
};

PeerCertificate peer_certificate(const ssl_st*);
/// "TLSv1.3".
std::string tls_version(const ssl_st*);
/// "TLS_AES_256_GCM_SHA384".
std::string tls_cipher(const ssl_st*);
/// Why the last operation of this thread failed, in OpenSSL's words; empties its queue.
std::string last_tls_error();

}  // namespace postern::gate
