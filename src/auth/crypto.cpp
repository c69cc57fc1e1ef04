#include "auth/crypto.hpp"

#include <new>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <unordered_map>
#include <utility>

#include "auth/tag_list.hpp"
#include "base/base64.hpp"

namespace postern::auth {
namespace {

template <class T, void (*release)(T*)>
struct Release {
  void operator()(T* object) const noexcept { release(object); }
};
using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY, EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Release<EVP_PKEY_CTX, EVP_PKEY_CTX_free>>;
using HashContext = std::unique_ptr<EVP_MD_CTX, Release<EVP_MD_CTX, EVP_MD_CTX_free>>;
using Hash = std::unique_ptr<EVP_MD, Release<EVP_MD, EVP_MD_free>>;
using Number = std::unique_ptr<BIGNUM, Release<BIGNUM, BN_free>>;

const unsigned char* octets_of(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// OpenSSL answers null only where it has no memory or no providers: nothing to go on with.
template <class T>
T* must(T* made) {
  if (made == nullptr) throw std::bad_alloc();
  return made;
}

// One DER element of that tag at the front of `der`, taken off it (X.690, 8.1). nullopt where it
// isn't there whole.
std::optional<std::string_view> take_der(std::string_view& der, unsigned char tag) {
  if (der.size() < 2 || static_cast<unsigned char>(der[0]) != tag) return std::nullopt;
  std::size_t length = static_cast<unsigned char>(der[1]);
  std::size_t head = 2;
  if (length >= 0x80) {
    const std::size_t octets = length & 0x7f;
    if (octets == 0 || octets > 3 || der.size() < 2 + octets) return std::nullopt;
    length = 0;
    for (std::size_t i = 0; i < octets; ++i) {
      length = (length << 8) | static_cast<unsigned char>(der[2 + i]);
    }
    head += octets;
  }
  if (der.size() - head < length) return std::nullopt;
  const std::string_view content = der.substr(head, length);
  der.remove_prefix(head + length);
  return content;
}

constexpr unsigned char der_sequence = 0x30;
constexpr unsigned char der_integer = 0x02;
constexpr unsigned char der_bit_string = 0x03;
constexpr std::string_view rsa_encryption{"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", 11};

// SubjectPublicKeyInfo of an RSA key, or RSAPublicKey itself: the two integers.
bool take_rsa_numbers(std::string_view der, std::string_view& modulus, std::string_view& exponent) {
  const auto outer = take_der(der, der_sequence);
  if (!outer) return false;
  std::string_view rest = *outer;
  if (!rest.empty() && static_cast<unsigned char>(rest.front()) == der_sequence) {
    const auto algorithm = take_der(rest, der_sequence);
    if (!algorithm || !algorithm->starts_with(rsa_encryption)) return false;
    const auto bits = take_der(rest, der_bit_string);
    if (!bits || bits->empty() || bits->front() != '\0') return false;
    std::string_view inner = bits->substr(1);
    const auto numbers = take_der(inner, der_sequence);
    if (!numbers) return false;
    rest = *numbers;
  }
  const auto n = take_der(rest, der_integer);
  const auto e = take_der(rest, der_integer);
  if (!n || !e || n->empty() || e->empty()) return false;
  modulus = *n;
  exponent = *e;
  return true;
}

Number number(std::string_view octets) {
  return Number(must(BN_bin2bn(octets_of(octets), static_cast<int>(octets.size()), nullptr)));
}

}  // namespace

class PublicKey {
 public:
  KeyType type = KeyType::rsa;
  unsigned bits = 0;
  Key key;
  KeyContext verifying;  // rsa: set up once, verifies any number of times
};

class PrivateKey {
 public:
  KeyType type = KeyType::rsa;
  Key key;
};

struct Crypto::Fetched {
  struct Kept {
    std::shared_ptr<const PublicKey> key;
    std::uint64_t last_use = 0;
  };
  Hash sha256{must(EVP_MD_fetch(nullptr, "SHA256", nullptr))};
  HashContext hashing{must(EVP_MD_CTX_new())};
  KeyContext making_rsa{must(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr))};
  std::unordered_map<std::string, Kept> keys;
  std::uint64_t uses = 0;

  Result<std::shared_ptr<const PublicKey>> make_rsa(std::string_view der);
  static Result<std::shared_ptr<const PublicKey>> make_ed25519(std::string_view octets);
};

Crypto::Crypto() : fetched_(std::make_unique<Fetched>()) {
  if (EVP_PKEY_fromdata_init(fetched_->making_rsa.get()) != 1) throw std::bad_alloc();
}
Crypto::~Crypto() = default;

Digest Crypto::sha256(std::string_view bytes) const {
  Digest digest;
  EVP_MD_CTX* context = fetched_->hashing.get();
  EVP_DigestInit_ex2(context, fetched_->sha256.get(), nullptr);
  EVP_DigestUpdate(context, bytes.data(), bytes.size());
  EVP_DigestFinal_ex(context, digest.data(), nullptr);
  return digest;
}

Result<std::shared_ptr<const PublicKey>> Crypto::Fetched::make_rsa(std::string_view der) {
  std::string_view modulus;
  std::string_view exponent;
  if (!take_rsa_numbers(der, modulus, exponent)) return fail("p= holds no RSA public key");
  if ((static_cast<unsigned char>(modulus.front()) & 0x80) != 0 ||
      (static_cast<unsigned char>(exponent.front()) & 0x80) != 0) {
    return fail("p= holds an RSA key with a negative number");
  }
  if (modulus.size() > most_key_bits / 8 + 1) {
    return fail("p= holds an RSA key of more than 4096 bits");
  }
  if (exponent.size() > most_exponent_bits / 8 + 1) {
    return fail("p= holds an RSA key with a huge exponent");
  }
  const Number n = number(modulus);
  const Number e = number(exponent);
  auto made = std::make_shared<PublicKey>();
  made->bits = static_cast<unsigned>(BN_num_bits(n.get()));
  if (made->bits > most_key_bits) return fail("p= holds an RSA key of more than 4096 bits");
  if (static_cast<unsigned>(BN_num_bits(e.get())) > most_exponent_bits) {
    return fail("p= holds an RSA key with a huge exponent");
  }
  if (made->bits < 512 || BN_is_odd(n.get()) == 0 || BN_is_odd(e.get()) == 0 ||
      BN_is_one(e.get()) != 0) {
    return fail("p= holds numbers that are no RSA key");
  }
  using Builder = std::unique_ptr<OSSL_PARAM_BLD, Release<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>>;
  using Parameters = std::unique_ptr<OSSL_PARAM, Release<OSSL_PARAM, OSSL_PARAM_free>>;
  const Builder builder(must(OSSL_PARAM_BLD_new()));
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
  const Parameters parameters(must(OSSL_PARAM_BLD_to_param(builder.get())));
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_fromdata(making_rsa.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    return fail("p= holds an RSA key that OpenSSL refuses");
  }
  made->key.reset(key);
  made->verifying.reset(must(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr)));
  if (EVP_PKEY_verify_init(made->verifying.get()) != 1 ||
      EVP_PKEY_CTX_set_rsa_padding(made->verifying.get(), RSA_PKCS1_PADDING) != 1 ||
      EVP_PKEY_CTX_set_signature_md(made->verifying.get(), sha256.get()) != 1) {
    return fail("p= holds an RSA key that OpenSSL refuses");
  }
  return made;
}

Result<std::shared_ptr<const PublicKey>> Crypto::Fetched::make_ed25519(std::string_view octets) {
  if (octets.size() != 32) return fail("p= holds no Ed25519 key (32 octets)");
  auto made = std::make_shared<PublicKey>();
  made->type = KeyType::ed25519;
  made->bits = 256;
  made->key.reset(EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr, octets_of(octets),
                                                 octets.size()));
  if (!made->key) return fail("p= holds an Ed25519 key that OpenSSL refuses");
  return made;
}

Result<std::shared_ptr<const PublicKey>> Crypto::public_key(KeyType type, std::string_view base64) {
  std::string name = without_space(base64);
  name += type == KeyType::rsa ? 'r' : 'e';
  ++fetched_->uses;
  if (const auto found = fetched_->keys.find(name); found != fetched_->keys.end()) {
    found->second.last_use = fetched_->uses;
    return found->second.key;
  }
  const auto octets = decode_base64(base64);
  if (!octets) return fail("p= is no base64");
  auto made = type == KeyType::rsa ? fetched_->make_rsa(*octets) : Fetched::make_ed25519(*octets);
  if (!made) return made;
  if (fetched_->keys.size() >= most_keys) {
    auto oldest = fetched_->keys.begin();
    for (auto it = fetched_->keys.begin(); it != fetched_->keys.end(); ++it) {
      if (it->second.last_use < oldest->second.last_use) oldest = it;
    }
    fetched_->keys.erase(oldest);
  }
  fetched_->keys.emplace(std::move(name), Fetched::Kept{*made, fetched_->uses});
  return made;
}

bool Crypto::verify(const PublicKey& key, const Digest& digest, std::string_view signature) const {
  if (key.type == KeyType::rsa) {
    return EVP_PKEY_verify(key.verifying.get(), octets_of(signature), signature.size(),
                           digest.data(), digest.size()) == 1;
  }
  const HashContext context(must(EVP_MD_CTX_new()));
  return EVP_DigestVerifyInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr, key.key.get(),
                                 nullptr) == 1 &&
         EVP_DigestVerify(context.get(), octets_of(signature), signature.size(), digest.data(),
                          digest.size()) == 1;
}

Result<std::shared_ptr<const PrivateKey>> Crypto::private_key(std::string_view pem) const {
  using Memory = std::unique_ptr<BIO, Release<BIO, BIO_free_all>>;
  const Memory memory(must(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))));
  auto made = std::make_shared<PrivateKey>();
  bool encrypted = false;
  // Without a callback OpenSSL asks at the terminal, and a service would wait there for ever.
  const auto no_password = [](char*, int, int, void* asked) {
    *static_cast<bool*>(asked) = true;
    return -1;
  };
  made->key.reset(PEM_read_bio_PrivateKey(memory.get(), nullptr, no_password, &encrypted));
  if (encrypted) {
    return fail("is encrypted", {}, "decrypt it (openssl pkey), readable by the service alone");
  }
  if (!made->key) return fail("is no PEM private key", {}, "make one with openssl genpkey");
  if (EVP_PKEY_is_a(made->key.get(), "ED25519") == 1) {
    made->type = KeyType::ed25519;
  } else if (EVP_PKEY_is_a(made->key.get(), "RSA") != 1) {
    return fail("is neither an RSA nor an Ed25519 key", {}, "make one with openssl genpkey");
  }
  return made;
}

Result<std::shared_ptr<const PrivateKey>> Crypto::ed25519_private_key(std::string_view seed) const {
  auto made = std::make_shared<PrivateKey>();
  made->type = KeyType::ed25519;
  made->key.reset(
      EVP_PKEY_new_raw_private_key_ex(nullptr, "ED25519", nullptr, octets_of(seed), seed.size()));
  if (!made->key) return fail("is no Ed25519 seed of 32 octets");
  return made;
}

Result<std::shared_ptr<const PrivateKey>> Crypto::generate(KeyType type, unsigned bits) const {
  auto made = std::make_shared<PrivateKey>();
  made->type = type;
  made->key.reset(type == KeyType::rsa
                      ? EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<std::size_t>(bits))
                      : EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  if (!made->key) return fail("OpenSSL makes no such key");
  return made;
}

std::string Crypto::sign(const PrivateKey& key, const Digest& digest) const {
  std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(key.key.get())), '\0');
  auto* out = reinterpret_cast<unsigned char*>(signature.data());
  std::size_t size = signature.size();
  bool done = false;
  if (key.type == KeyType::rsa) {
    const KeyContext context(must(EVP_PKEY_CTX_new_from_pkey(nullptr, key.key.get(), nullptr)));
    done = EVP_PKEY_sign_init(context.get()) == 1 &&
           EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) == 1 &&
           EVP_PKEY_CTX_set_signature_md(context.get(), fetched_->sha256.get()) == 1 &&
           EVP_PKEY_sign(context.get(), out, &size, digest.data(), digest.size()) == 1;
  } else {
    const HashContext context(must(EVP_MD_CTX_new()));
    done = EVP_DigestSignInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr, key.key.get(),
                                 nullptr) == 1 &&
           EVP_DigestSign(context.get(), out, &size, digest.data(), digest.size()) == 1;
  }
  signature.resize(done ? size : 0);
  return signature;
}

Sha256::Sha256(const Crypto& crypto) : context_(must(EVP_MD_CTX_new())) {
  EVP_DigestInit_ex2(static_cast<EVP_MD_CTX*>(context_), crypto.fetched_->sha256.get(), nullptr);
}
Sha256::~Sha256() {
  EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context_));
}
Sha256::Sha256(Sha256&& other) noexcept : context_(std::exchange(other.context_, nullptr)) {}

void Sha256::add(std::string_view bytes) {
  EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_), bytes.data(), bytes.size());
}

Digest Sha256::finish() {
  Digest digest;
  EVP_DigestFinal_ex(static_cast<EVP_MD_CTX*>(context_), digest.data(), nullptr);
  return digest;
}

unsigned bits_of(const PublicKey& key) noexcept {
  return key.bits;
}
KeyType type_of(const PublicKey& key) noexcept {
  return key.type;
}
KeyType type_of(const PrivateKey& key) noexcept {
  return key.type;
}

std::string public_part(const PrivateKey& key) {
  if (key.type == KeyType::ed25519) {
    std::string octets(32, '\0');
    std::size_t size = octets.size();
    EVP_PKEY_get_raw_public_key(key.key.get(), reinterpret_cast<unsigned char*>(octets.data()),
                                &size);
    return encode_base64(octets);
  }
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key.key.get(), &der);
  std::string out;
  if (size > 0) {
    out = encode_base64({reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)});
  }
  OPENSSL_free(der);
  return out;
}

}  // namespace postern::auth
