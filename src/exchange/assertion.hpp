// The signed statement with which an application proves that it holds its certificate's key
// (RFC 7523; Microsoft identity platform, "certificate credentials").
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "base/time.hpp"
#include "exchange/secret.hpp"

namespace postern::exchange {

/// A certificate and its RSA key, ready to sign.
class Certificate {
 public:
  /// `certificate` is PEM (key in the same file, or in `private_key`) or PKCS#12; `password` opens
  /// an encrypted key. Files that hold a key are refused where others can read them. Errors name
  /// the file: unreadable, neither form, wrong password, no key, key of another certificate, not
  /// RSA, expired.
  static Result<Certificate> load(const std::string& certificate, const std::string& private_key,
                                  const Secret& password, UnixTime now);

  Certificate(Certificate&&) noexcept;
  Certificate& operator=(Certificate&&) noexcept;
  ~Certificate();

  /// A JWT with alg PS256 and x5t#S256, for `client_id` at `audience` (the token address), from
  /// `now` on for five minutes; `id` is its jti.
  [[nodiscard]] Result<Secret> assertion(const std::string& client_id, const std::string& audience,
                                         const std::string& id, UnixTime now) const;

  /// When the certificate ends.
  [[nodiscard]] UnixTime not_after() const noexcept;
  /// Lower-case hex of the SHA-1 of the DER, as the Entra portal shows it.
  [[nodiscard]] std::string thumbprint() const;

 private:
  struct Parts;
  explicit Certificate(std::unique_ptr<Parts>);
  std::unique_ptr<Parts> parts_;
};

}  // namespace postern::exchange
