#include "gate/testing/identities.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace postern::gate {
namespace {

struct Free {
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const noexcept { X509_free(certificate); }
  void operator()(X509_EXTENSION* extension) const noexcept { X509_EXTENSION_free(extension); }
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;
using Certificate = std::unique_ptr<X509, Free>;

void extend(X509* certificate, X509* issuer, int what, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Free> extension(
      X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str()));
  if (!extension || X509_add_ext(certificate, extension.get(), -1) != 1) {
    throw std::runtime_error("an extension of a certificate can't be made");
  }
}

// `issuer` nullptr: signs itself, as an authority does.
Certificate certify(const std::string& name, EVP_PKEY* key, X509* issuer, EVP_PKEY* signer) {
  static long serial = 0;
  Certificate made(X509_new());
  X509_set_version(made.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), 86400);
  X509_set_pubkey(made.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509* by = issuer != nullptr ? issuer : made.get();
  X509_set_issuer_name(made.get(), X509_get_subject_name(by));
  extend(made.get(), by, NID_basic_constraints,
         issuer == nullptr ? "critical,CA:TRUE" : "critical,CA:FALSE");
  extend(made.get(), by, NID_key_usage,
         issuer == nullptr ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
  extend(made.get(), by, NID_subject_key_identifier, "hash");
  if (issuer != nullptr) extend(made.get(), by, NID_subject_alt_name, "DNS:" + name);
  if (X509_sign(made.get(), signer, EVP_sha256()) == 0) {
    throw std::runtime_error("a certificate can't be signed");
  }
  return made;
}

}  // namespace

struct Authority::Keys {
  Key key{EVP_EC_gen("P-256")};
  Certificate certificate = certify("Test authority", key.get(), nullptr, key.get());
};

Authority::Authority()
    : folder_(std::filesystem::temp_directory_path() / "postern-authority-XXXXXX"),
      keys_(std::make_unique<Keys>()) {
  if (::mkdtemp(folder_.data()) == nullptr) throw std::runtime_error("no folder for an authority");
  const std::unique_ptr<std::FILE, Free> file(std::fopen(bundle().c_str(), "w"));
  if (!file || PEM_write_X509(file.get(), keys_->certificate.get()) != 1) {
    throw std::runtime_error("the authority can't be written");
  }
}

Authority::~Authority() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string Authority::identity(const std::string& name) const {
  const Key key(EVP_EC_gen("P-256"));
  const Certificate made = certify(name, key.get(), keys_->certificate.get(), keys_->key.get());
  std::string path = folder_ + "/" + name + ".pem";
  const std::unique_ptr<std::FILE, Free> file(std::fopen(path.c_str(), "w"));
  if (!file || PEM_write_X509(file.get(), made.get()) != 1 ||
      PEM_write_PrivateKey(file.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    throw std::runtime_error("an identity can't be written");
  }
  return path;
}

}  // namespace postern::gate
