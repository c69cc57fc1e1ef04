// Whose certificate a next hop may show, and what a key file may ask.
#include "gate/tls.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace postern::gate {
namespace {

namespace fs = std::filesystem;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

void extend(X509* certificate, int kind, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value);
  ASSERT_NE(extension, nullptr) << value;
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

// A certificate that vouches for itself: it is its own CA bundle. `names` is subjectAltName as
// openssl writes it; empty: none.
Certificate certificate_for(EVP_PKEY* key, const std::string& common_name,
                            const std::string& names) {
  Certificate made(X509_new(), X509_free);
  X509_set_version(made.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), 86400);
  X509_NAME* subject = X509_get_subject_name(made.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1,
                             0);
  X509_set_issuer_name(made.get(), subject);
  X509_set_pubkey(made.get(), key);
  extend(made.get(), NID_basic_constraints, "critical,CA:TRUE");
  if (!names.empty()) extend(made.get(), NID_subject_alt_name, names.c_str());
  X509_sign(made.get(), key, EVP_sha256());
  return made;
}

class NextHopName : public ::testing::Test {
 protected:
  NextHopName() {
    std::string pattern = (fs::temp_directory_path() / "postern-tls-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~NextHopName() override { fs::remove_all(folder_); }

  std::string file(const char* name) { return (folder_ / name).string(); }

  // Shakes hands with a next hop called `host` that shows such a certificate.
  bool is_taken(const std::string& host, const std::string& common_name, const std::string& names) {
    const Certificate certificate = certificate_for(key_.get(), common_name, names);
    std::FILE* out = std::fopen(file("ca.pem").c_str(), "w");
    PEM_write_X509(out, certificate.get());
    std::fclose(out);
    const auto client = TlsContext::client(file("ca.pem"), true, {}, {});
    EXPECT_TRUE(client) << client.error().line();

    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(
        SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
    SSL_CTX_use_certificate(context.get(), certificate.get());
    SSL_CTX_use_PrivateKey(context.get(), key_.get());
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    const Ssl near = (*client)->connect(ends[0], host);
    const Ssl far(SSL_new(context.get()));
    SSL_set_fd(far.get(), ends[1]);
    SSL_set_accept_state(far.get());
    bool done = false;
    for (int round = 0; round < 20 && !done; ++round) {
      done = SSL_do_handshake(near.get()) == 1;
      SSL_do_handshake(far.get());
    }
    ::close(ends[0]);
    ::close(ends[1]);
    return done;
  }

  fs::path folder_;
  Key key_{EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), EVP_PKEY_free};
};

TEST_F(NextHopName, StandsInSubjectAltName) {
  EXPECT_TRUE(is_taken("mx1.example.com", "anything", "DNS:mx1.example.com"));
  EXPECT_TRUE(is_taken("mx1.example.com", "anything", "DNS:other.example,DNS:MX1.Example.com"));
  EXPECT_FALSE(is_taken("mx1.example.com", "anything", "DNS:mx2.example.com"));
}

// RFC 9525, 6.3: the common name is for people.
TEST_F(NextHopName, IsNotTakenFromTheCommonName) {
  EXPECT_FALSE(is_taken("mx1.example.com", "mx1.example.com", ""));
  EXPECT_FALSE(is_taken("mx1.example.com", "mx1.example.com", "email:postmaster@example.com"));
}

// RFC 9525, 6.4: a wildcard is the whole of the leftmost label, and stands for one label.
TEST_F(NextHopName, AWildcardIsAWholeLabel) {
  EXPECT_TRUE(is_taken("mx1.example.com", "x", "DNS:*.example.com"));
  EXPECT_FALSE(is_taken("mx1.example.com", "x", "DNS:mx*.example.com"));
  EXPECT_FALSE(is_taken("mx1.example.com", "x", "DNS:*1.example.com"));
  EXPECT_FALSE(is_taken("a.mx1.example.com", "x", "DNS:*.example.com"));
  EXPECT_FALSE(is_taken("example.com", "x", "DNS:*.com"));
}

TEST_F(NextHopName, AnAddressIsComparedAsOne) {
  EXPECT_TRUE(is_taken("192.0.2.1", "x", "IP:192.0.2.1"));
  EXPECT_FALSE(is_taken("192.0.2.1", "192.0.2.1", "DNS:192.0.2.1"));
}

TEST_F(NextHopName, AnEncryptedKeyIsAnErrorAndNoQuestion) {
  const Certificate certificate = certificate_for(key_.get(), "gate", "DNS:gate.example");
  std::FILE* out = std::fopen(file("gate.pem").c_str(), "w");
  PEM_write_X509(out, certificate.get());
  PEM_write_PrivateKey(out, key_.get(), EVP_aes_256_cbc(), nullptr, 0, nullptr,
                       const_cast<char*>("secret"));
  std::fclose(out);
  const auto made = TlsContext::server({file("gate.pem"), {}, file("gate.pem")});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().what, "the private key is encrypted");
  EXPECT_EQ(made.error().where, file("gate.pem"));
}

}  // namespace
}  // namespace postern::gate
