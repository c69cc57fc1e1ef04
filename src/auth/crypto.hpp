// Hashes and signatures over OpenSSL 3. Algorithms are fetched once and public keys are kept, since
// both look-ups cost more than the verification itself.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace postern::auth {

using Digest = std::array<std::uint8_t, 32>;

enum class KeyType : std::uint8_t { rsa, ed25519 };

class PublicKey;   // an entry of Crypto's cache
class PrivateKey;  // see Crypto::private_key

/// Not shared between threads: each event loop has its own.
class Crypto {
 public:
  /// Keys beyond this many push out the one used longest ago.
  static constexpr std::size_t most_keys = 512;
  /// Longer RSA keys are refused: their verification takes too long (RFC 8301, 3.2 asks for 4096).
  static constexpr unsigned most_key_bits = 4096;
  /// RSA exponents from 2^32 on are refused: the time is linear in their length, and 65537 is
  /// usual.
  static constexpr unsigned most_exponent_bits = 32;

  Crypto();
  ~Crypto();
  Crypto(const Crypto&) = delete;
  Crypto& operator=(const Crypto&) = delete;

  [[nodiscard]] Digest sha256(std::string_view bytes) const;

  /// The key in `base64` (p= of a key record, white space allowed): for rsa a SubjectPublicKeyInfo
  /// or a bare RSAPublicKey (both occur, RFC 6376, 3.6.1 and its erratum 3017), for ed25519 the 32
  /// octets (RFC 8463, 4.2). The error's `what` names the fault. Kept for the next caller.
  Result<std::shared_ptr<const PublicKey>> public_key(KeyType type, std::string_view base64);

  /// RSASSA-PKCS1-v1_5 with SHA-256, or Ed25519 over the digest's octets (RFC 8463, 3).
  [[nodiscard]] bool verify(const PublicKey& key, const Digest& digest,
                            std::string_view signature) const;

  /// A PEM private key, RSA or Ed25519. Errors: an encrypted one among others; nobody is asked for
  /// a password.
  Result<std::shared_ptr<const PrivateKey>> private_key(std::string_view pem) const;
  /// Ed25519 from its 32 octet seed (RFC 8463, appendix A.2).
  Result<std::shared_ptr<const PrivateKey>> ed25519_private_key(std::string_view seed) const;
  /// A fresh one. `bits` counts for rsa.
  Result<std::shared_ptr<const PrivateKey>> generate(KeyType type, unsigned bits) const;
  /// The signature's octets; empty where OpenSSL fails.
  [[nodiscard]] std::string sign(const PrivateKey& key, const Digest& digest) const;

 private:
  friend class Sha256;
  struct Fetched;
  std::unique_ptr<Fetched> fetched_;
};

/// SHA-256 of text that comes in pieces.
class Sha256 {
 public:
  explicit Sha256(const Crypto& crypto);
  ~Sha256();
  Sha256(Sha256&& other) noexcept;
  Sha256& operator=(Sha256&&) = delete;

  void add(std::string_view bytes);
  /// Once, at the end.
  Digest finish();

 private:
  void* context_;
};

unsigned bits_of(const PublicKey& key) noexcept;
KeyType type_of(const PublicKey& key) noexcept;
KeyType type_of(const PrivateKey& key) noexcept;
/// What a key record's p= holds.
std::string public_part(const PrivateKey& key);

}  // namespace postern::auth
