#include "gate/tls.hpp"

#include <cstddef>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <utility>

#include "policy/tenant.hpp"

namespace postern::gate {
namespace {

using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

tl::unexpected<Error> tls_fault(std::string what, const std::string& where, std::string remedy) {
  const std::string reason = last_tls_error();
  if (!reason.empty()) what += " (" + reason + ")";
  return fail(std::move(what), where, std::move(remedy));
}

Context new_context(const SSL_METHOD* method) {
  Context context(SSL_CTX_new(method), SSL_CTX_free);
  if (!context) return context;
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  // An idle session keeps no buffers.
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  return context;
}

// Without a callback OpenSSL asks at the terminal, and a reload would wait there for ever.
int no_password(char* /*into*/, int /*size*/, int /*writing*/, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

Result<void> load_identity(SSL_CTX* context, const std::string& certificate,
                           const std::string& key) {
  bool asked = false;
  SSL_CTX_set_default_passwd_cb(context, no_password);
  SSL_CTX_set_default_passwd_cb_userdata(context, &asked);
  if (SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1) {
    return tls_fault("the certificate can't be read", certificate,
                     "name a PEM file with the certificate and its chain");
  }
  const bool read = SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) == 1;
  SSL_CTX_set_default_passwd_cb_userdata(context, nullptr);
  if (asked) {
    ERR_clear_error();
    return fail("the private key is encrypted", key,
                "decrypt it (openssl pkey), readable by the gate's user alone");
  }
  if (!read) {
    return tls_fault("the private key can't be read, or is not the certificate's", key,
                     "name the PEM file of the certificate's key");
  }
  return {};
}

Result<void> load_authorities(SSL_CTX* context, const std::string& bundle) {
  const int loaded = bundle.empty()
                         ? SSL_CTX_set_default_verify_paths(context)
                         : SSL_CTX_load_verify_locations(context, bundle.c_str(), nullptr);
  if (loaded == 1) return {};
  return tls_fault("the CA bundle can't be read", bundle, "name a PEM file of CA certificates");
}

// Who the client is decides the rule, with or without trust: a bad certificate ends nothing.
int go_on(int /*verified*/, X509_STORE_CTX* /*store*/) {
  return 1;
}

// A name with a NUL octet inside is two names to two readers (CVE-2009-2408).
std::string normal_name(const ASN1_STRING* text) {
  unsigned char* utf8 = nullptr;
  const int length = ASN1_STRING_to_UTF8(&utf8, text);
  if (length < 0) return {};
  const std::string name(reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(length));
  OPENSSL_free(utf8);
  if (name.find('\0') != std::string::npos) return {};
  return policy::parse_certificate_name(name).value_or(std::string{});
}

}  // namespace

void CloseSsl::operator()(ssl_st* ssl) const noexcept {
  SSL_free(ssl);
}

TlsContext::~TlsContext() {
  SSL_CTX_free(context_);
}

std::string last_tls_error() {
  std::string reason;
  while (const unsigned long code = ERR_get_error()) {
    const char* word = ERR_reason_error_string(code);
    // The first is the cause, the others say where it surfaced.
    if (reason.empty() && word != nullptr) reason = word;
  }
  return reason;
}

Result<std::shared_ptr<const TlsContext>> TlsContext::server(const ServerFiles& files) {
  ERR_clear_error();
  Context context = new_context(TLS_server_method());
  if (!context) return tls_fault("TLS can't be set up", {}, {});
  const std::string& key = files.key.empty() ? files.certificate : files.key;
  if (auto loaded = load_identity(context.get(), files.certificate, key); !loaded) {
    return tl::unexpected(loaded.error());
  }
  if (auto loaded = load_authorities(context.get(), files.client_ca); !loaded) {
    return tl::unexpected(loaded.error());
  }
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, go_on);
  // Public CAs sign mail servers' certificates for serverAuth only.
  X509_VERIFY_PARAM_set_purpose(SSL_CTX_get0_param(context.get()), X509_PURPOSE_ANY);
  SSL_CTX_set_session_id_context(context.get(), reinterpret_cast<const unsigned char*>("postern"),
                                 7);
  return std::shared_ptr<const TlsContext>(new TlsContext(context.release(), false));
}

Result<std::shared_ptr<const TlsContext>> TlsContext::client(const std::string& ca, bool verify,
                                                             const std::string& certificate,
                                                             const std::string& key) {
  ERR_clear_error();
  Context context = new_context(TLS_client_method());
  if (!context) return tls_fault("TLS can't be set up", {}, {});
  if (verify) {
    if (auto loaded = load_authorities(context.get(), ca); !loaded) {
      return tl::unexpected(loaded.error());
    }
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  }
  if (!certificate.empty()) {
    auto loaded = load_identity(context.get(), certificate, key.empty() ? certificate : key);
    if (!loaded) return tl::unexpected(loaded.error());
  }
  return std::shared_ptr<const TlsContext>(new TlsContext(context.release(), verify));
}

Ssl TlsContext::accept(int socket) const {
  Ssl ssl(SSL_new(context_));
  if (ssl && SSL_set_fd(ssl.get(), socket) == 1) SSL_set_accept_state(ssl.get());
  return ssl;
}

Ssl TlsContext::connect(int socket, const std::string& host) const {
  Ssl ssl(SSL_new(context_));
  if (!ssl || SSL_set_fd(ssl.get(), socket) != 1) return {};
  const bool is_address = host.find_first_not_of("0123456789.") == std::string::npos ||
                          host.find(':') != std::string::npos;
  if (!is_address) SSL_set_tlsext_host_name(ssl.get(), host.c_str());
  if (verify_) {
    // RFC 9525, 6.3 and 6.4: names stand in subjectAltName and nowhere else, and a wildcard is the
    // whole of the leftmost label.
    SSL_set_hostflags(ssl.get(),
                      X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    const int set = is_address
                        ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), host.c_str())
                        : SSL_set1_host(ssl.get(), host.c_str());
    if (set != 1) return {};
  }
  SSL_set_connect_state(ssl.get());
  return ssl;
}

PeerCertificate peer_certificate(const ssl_st* ssl) {
  PeerCertificate peer;
  X509* certificate = SSL_get0_peer_certificate(ssl);
  if (certificate == nullptr) return peer;
  peer.presented = true;
  const long verified = SSL_get_verify_result(ssl);
  peer.trusted = verified == X509_V_OK;
  if (!peer.trusted) peer.fault = X509_verify_cert_error_string(verified);

  const X509_NAME* subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at >= 0) {
    peer.common_name = normal_name(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
  }
  using Names = std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)>;
  const Names names(static_cast<GENERAL_NAMES*>(
                        X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
                    GENERAL_NAMES_free);
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_DNS) continue;
    std::string normal = normal_name(name->d.dNSName);
    if (!normal.empty()) peer.alternative_names.push_back(std::move(normal));
  }
  return peer;
}

std::string tls_version(const ssl_st* ssl) {
  return SSL_get_version(ssl);
}

std::string tls_cipher(const ssl_st* ssl) {
  return SSL_get_cipher_name(ssl);
}

}  // namespace postern::gate
