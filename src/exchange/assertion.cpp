#include "exchange/assertion.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/base64.hpp"
#include "base/hex.hpp"
#include "exchange/claims.hpp"
#include "exchange/json_text.hpp"

namespace postern::exchange {
namespace {

template <auto free>
struct Free {
  template <class T>
  void operator()(T* pointer) const noexcept {
    free(pointer);
  }
};
using Bio = std::unique_ptr<BIO, Free<BIO_free_all>>;
using PrivateKey = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using X509Ptr = std::unique_ptr<X509, Free<X509_free>>;
using Pkcs12 = std::unique_ptr<PKCS12, Free<PKCS12_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;

struct Contents {
  Secret bytes;
  bool open_to_others = false;
};

Result<Contents> read_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat about {};
  if (file < 0 || ::fstat(file, &about) != 0) {
    const std::string reason = std::strerror(errno);
    if (file >= 0) ::close(file);
    return fail(fmt::format("can't be read ({})", reason), path, "check the path");
  }
  std::string bytes;
  std::array<char, 4096> block{};
  ssize_t got = 0;
  while (bytes.size() < (1u << 20) && (got = ::read(file, block.data(), block.size())) > 0) {
    bytes.append(block.data(), static_cast<std::size_t>(got));
  }
  ::close(file);
  OPENSSL_cleanse(block.data(), block.size());
  if (got < 0) return fail("can't be read", path, "name the certificate's file");
  Contents contents{Secret(bytes), S_ISREG(about.st_mode) && (about.st_mode & 077) != 0};
  wipe(bytes);
  return contents;
}

tl::unexpected<Error> open_to_others(const std::string& path) {
  return fail("holds a private key and can be read by others", path,
              fmt::format("chmod 600 {}", path));
}

int give_password(char* into, int size, int /*writing*/, void* from) {
  const std::string& password = static_cast<const Secret*>(from)->reveal();
  if (password.empty() || password.size() > static_cast<std::size_t>(size)) return -1;
  std::copy(password.begin(), password.end(), into);
  return static_cast<int>(password.size());
}

Bio memory(const Secret& bytes) {
  return Bio(BIO_new_mem_buf(bytes.reveal().data(), static_cast<int>(bytes.reveal().size())));
}

bool mentions(const Secret& bytes, std::string_view text) {
  return bytes.reveal().find(text) != std::string::npos;
}

Result<PrivateKey> pem_key(const Contents& file, const std::string& path, const Secret& password) {
  if (!mentions(file.bytes, "PRIVATE KEY-----")) {
    return fail("holds no private key", path,
                "put the key beside the certificate in one PEM file, or name it with private_key");
  }
  if (file.open_to_others) return open_to_others(path);
  const Bio bio = memory(file.bytes);
  PrivateKey key(
      PEM_read_bio_PrivateKey(bio.get(), nullptr, give_password,
                              const_cast<Secret*>(&password)));  // NOLINT: OpenSSL's void*
  if (key == nullptr) {
    ERR_clear_error();
    return fail(password.empty() ? "holds a private key that can't be read without a password"
                                 : "holds a private key that this password does not open",
                path, "give it with certificate_password_env or certificate_password_file");
  }
  return key;
}

UnixTime end_of(const X509* certificate) {
  std::tm end{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) != 1) return 0;
  return ::timegm(&end);
}

std::string fingerprint(const X509* certificate, const EVP_MD* kind) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned length = 0;
  if (X509_digest(certificate, kind, bytes.data(), &length) != 1) return {};
  return {reinterpret_cast<const char*>(bytes.data()), length};
}

}  // namespace

struct Certificate::Parts {
  X509Ptr certificate;
  PrivateKey key;
};

Certificate::Certificate(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Certificate::Certificate(Certificate&&) noexcept = default;
Certificate& Certificate::operator=(Certificate&&) noexcept = default;
Certificate::~Certificate() = default;

Result<Certificate> Certificate::load(const std::string& path, const std::string& private_key,
                                      const Secret& password, UnixTime now) {
  const auto file = read_file(path);
  if (!file) return tl::unexpected(file.error());
  auto parts = std::make_unique<Parts>();
  // DER begins with a SEQUENCE; PEM is text.
  if (file->bytes.reveal().starts_with('\x30')) {
    if (file->open_to_others) return open_to_others(path);
    const Bio bio = memory(file->bytes);
    const Pkcs12 bundle(d2i_PKCS12_bio(bio.get(), nullptr));
    EVP_PKEY* key = nullptr;
    X509* certificate = nullptr;
    const bool parsed = bundle != nullptr && PKCS12_parse(bundle.get(), password.reveal().c_str(),
                                                          &key, &certificate, nullptr) == 1;
    parts->key.reset(key);
    parts->certificate.reset(certificate);
    if (!parsed) {
      const unsigned long code = ERR_peek_last_error();
      const bool old = ERR_GET_REASON(code) == ERR_R_UNSUPPORTED;
      const bool password_wrong =
          bundle != nullptr && PKCS12_mac_present(bundle.get()) == 1 &&
          PKCS12_verify_mac(bundle.get(), password.reveal().c_str(), -1) != 1;
      ERR_clear_error();
      if (bundle == nullptr) {
        return fail("is neither PEM nor PKCS#12", path, "name the certificate with its key");
      }
      if (password_wrong) {
        return fail("is not opened by this password", path,
                    "give it with certificate_password_env or certificate_password_file");
      }
      return fail(old ? "is encrypted with an old algorithm (RC2)" : "can't be read as PKCS#12",
                  path, "write it anew: openssl pkcs12 -legacy -in OLD -nodes, then -export");
    }
    if (parts->key == nullptr || parts->certificate == nullptr) {
      return fail("lacks the certificate or its key", path, "export both together");
    }
  } else {
    const Bio bio = memory(file->bytes);
    parts->certificate.reset(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (parts->certificate == nullptr) {
      ERR_clear_error();
      return fail("holds no certificate that can be read", path, "name a PEM or PKCS#12 file");
    }
    Contents apart;
    if (!private_key.empty()) {
      auto read = read_file(private_key);
      if (!read) return tl::unexpected(read.error());
      apart = std::move(*read);
    }
    auto key = private_key.empty() ? pem_key(*file, path, password)
                                   : pem_key(apart, private_key, password);
    if (!key) return tl::unexpected(key.error());
    parts->key = std::move(*key);
  }
  if (X509_check_private_key(parts->certificate.get(), parts->key.get()) != 1) {
    ERR_clear_error();
    return fail("the private key is not this certificate's", path, "name the pair that belongs");
  }
  if (EVP_PKEY_base_id(parts->key.get()) != EVP_PKEY_RSA) {
    return fail("is no RSA key, which signing in needs", path,
                "make one: openssl req -x509 -newkey rsa:2048 …");
  }
  const UnixTime end = end_of(parts->certificate.get());
  if (end != 0 && end <= now) {
    return fail(fmt::format("expired on {}", format_date(end)), path,
                "make a new one and upload it to the app registration");
  }
  return Certificate(std::move(parts));
}

Result<Secret> Certificate::assertion(const std::string& client_id, const std::string& audience,
                                      const std::string& id, UnixTime now) const {
  using Json = nlohmann::json;
  const std::string print = fingerprint(parts_->certificate.get(), EVP_sha256());
  const Json head = {{"alg", "PS256"}, {"typ", "JWT"}, {"x5t#S256", encode_base64url(print)}};
  const Json claims = {{"aud", audience}, {"iss", client_id}, {"sub", client_id}, {"jti", id},
                       {"nbf", now},      {"iat", now},       {"exp", now + 300}};
  const std::string signed_part =
      encode_base64url(one_line(head)) + "." + encode_base64url(one_line(claims));

  // RFC 7518, 3.5: RSASSA-PSS with SHA-256, MGF1 with SHA-256, a salt as long as the digest.
  const Digest context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* how = nullptr;
  std::string signature;
  std::size_t length = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(signed_part.data());
  bool fine = context != nullptr &&
              EVP_DigestSignInit_ex(context.get(), &how, "SHA256", nullptr, nullptr,
                                    parts_->key.get(), nullptr) == 1 &&
              EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING) == 1 &&
              EVP_PKEY_CTX_set_rsa_pss_saltlen(how, RSA_PSS_SALTLEN_DIGEST) == 1 &&
              EVP_DigestSign(context.get(), nullptr, &length, bytes, signed_part.size()) == 1;
  if (fine) {
    signature.resize(length);
    fine = EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()),
                          &length, bytes, signed_part.size()) == 1;
    signature.resize(length);
  }
  if (!fine) {
    ERR_clear_error();
    return fail("the certificate's key can't sign", "sign-in",
                "use an RSA key of 2048 bits or more");
  }
  return Secret(signed_part + "." + encode_base64url(signature));
}

UnixTime Certificate::not_after() const noexcept {
  return end_of(parts_->certificate.get());
}

std::string Certificate::thumbprint() const {
  return to_hex(fingerprint(parts_->certificate.get(), EVP_sha1()));
}

}  // namespace postern::exchange
