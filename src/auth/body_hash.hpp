// Hashes of a message's body, canonicalised as it streams by (RFC 6376, 3.4.3 to 3.4.5).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "auth/canonical.hpp"
#include "auth/crypto.hpp"

namespace postern::auth {

/// One canonical form of one body. The size of the pieces does not matter. A bare LF is a line
/// break as CRLF is: files keep mail so, and no bare LF comes through SMTP (RFC 5321, 2.3.8).
class BodyCanonicaliser {
 public:
  /// `most`: only so many octets of the canonical form are hashed (l=).
  BodyCanonicaliser(const Crypto& crypto, Canonicalisation form, std::optional<std::uint64_t> most);

  void add(std::string_view piece);
  void finish();

  [[nodiscard]] Canonicalisation form() const noexcept { return form_; }
  [[nodiscard]] std::optional<std::uint64_t> most() const noexcept { return most_; }
  /// After finish().
  [[nodiscard]] const Digest& digest() const noexcept { return digest_; }
  /// After finish(): whether the body is the one that was signed.
  [[nodiscard]] bool is(std::string_view signed_hash) const noexcept;
  /// Octets of the whole canonical body, also those beyond `most`.
  [[nodiscard]] std::uint64_t octets() const noexcept { return octets_; }

 private:
  void octet(char c);
  void run(std::string_view text);
  void write_pending();
  void break_line();
  void write(std::string_view text);
  void flush();

  Canonicalisation form_;
  std::optional<std::uint64_t> most_;
  Sha256 hash_;
  std::unique_ptr<char[]> buffer_;  ///< short stretches, to be hashed together
  std::size_t buffered_ = 0;
  std::uint64_t octets_ = 0;
  std::uint64_t pending_breaks_ = 0;  ///< line breaks that may turn out to be trailing
  bool pending_space_ = false;        ///< relaxed: white space that may turn out to be trailing
  bool pending_cr_ = false;           ///< may be half of a line break
  Digest digest_{};
};

/// All the forms that the signatures of a message ask for, each computed once.
class BodyHashes {
 public:
  /// Each further form costs as much as reading the body again: simple, relaxed, and one with l=.
  static constexpr std::size_t most_forms = 3;

  explicit BodyHashes(const Crypto& crypto) : crypto_(crypto) {}

  /// Before the first add(): the number under which at() answers; nullopt where it would be one
  /// form too many.
  std::optional<std::size_t> want(Canonicalisation form, std::optional<std::uint64_t> most);
  void add(std::string_view piece);
  /// Once, at the end.
  void finish();
  [[nodiscard]] bool finished() const noexcept { return finished_; }
  [[nodiscard]] const BodyCanonicaliser& at(std::size_t number) const { return forms_[number]; }

 private:
  const Crypto& crypto_;
  bool finished_ = false;
  std::vector<BodyCanonicaliser> forms_;
};

}  // namespace postern::auth
