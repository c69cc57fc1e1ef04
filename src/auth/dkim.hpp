// DKIM verification (RFC 6376, with 8301 and 8463): every signature of a message is judged by
// itself, with the reason. The header is given whole, the body in pieces and never held.
//
//   BodyHashes body(crypto);
//   DkimVerification dkim(crypto, header, body, now);
//   while (more) body.add(piece);
//   body.finish();
//   const std::vector<DkimOutcome> outcomes = co_await dkim.finish(resolver);
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/body_hash.hpp"
#include "auth/crypto.hpp"
#include "auth/dkim_signature.hpp"
#include "auth/message_work.hpp"
#include "auth/resolver.hpp"
#include "auth/task.hpp"
#include "base/time.hpp"
#include "message/header.hpp"

namespace postern::auth {

/// The words of RFC 8601, 2.7.1.
enum class DkimResult : std::uint8_t {
  none,        ///< no signature
  pass,        ///< a valid signature
  fail,        ///< does not verify, or may not be trusted any more (RFC 8301)
  policy,      ///< not evaluated: too many signatures; or a From field that it does not cover
  neutral,     ///< the signature field can't be read
  temp_error,  ///< DNS may answer later; or it expired, perhaps only since the message came
  perm_error,  ///< never verifiable: no key, a broken key record
};

std::string_view word_of(DkimResult) noexcept;  ///< "pass", "temperror", …

enum class DkimReason : std::uint8_t {
  valid,
  body_changed,         ///< bh= differs: the body was changed (or the signer erred)
  header_changed,       ///< the body holds, the signature over the header does not
  expired,              ///< x= has passed
  weak_algorithm,       ///< rsa-sha1 (RFC 8301, 3.1)
  weak_key,             ///< RSA below 1024 bits (RFC 8301, 3.2)
  malformed_signature,  ///< tag faults
  unsupported,          ///< version, algorithm, canonicalisation or query method unknown
  from_not_signed,      ///< h= lacks From
  from_added,           ///< the header has more From fields than h= names
  identity_mismatch,    ///< i= is not within d=
  length_beyond_body,   ///< l= promises more body than there is
  no_key,               ///< no such name or no TXT record
  key_revoked,          ///< p= is empty
  malformed_key,        ///< tag faults in the key record, or p= holds no key
  key_not_applicable,   ///< h=, k= or s= of the key record exclude this use
  dns_failure,          ///< no answer, or none that can be trusted
  not_evaluated,        ///< beyond a limit
};

std::string_view name_of(DkimReason) noexcept;  ///< "body changed", …

struct DkimOutcome {
  DkimResult result = DkimResult::none;
  DkimReason reason = DkimReason::valid;
  std::string detail;    ///< one clause for people: what exactly
  std::size_t line = 0;  ///< of the signature field in the header block
  std::string domain;    ///< d=, normal form; empty where the field can't be read
  std::string selector;
  std::string identity;  ///< i=, "@domain" where absent
  std::string algorithm;
  std::string canonicalisation;  ///< "relaxed/simple"
  std::string signature_start;   ///< first 8 characters of b= (RFC 6008)
  unsigned key_bits = 0;         ///< 0 where no key was read
  std::optional<UnixTime> signed_at;
  std::optional<UnixTime> expires_at;
  /// l= was given: whatever follows may have been added by anyone (RFC 6376, 8.2).
  bool length_limited = false;
  std::uint64_t unsigned_octets = 0;  ///< of the canonical body behind l=
  bool testing = false;               ///< t=y in the key record
  /// The body differs, the header is as it was signed.
  bool header_holds = false;
  /// The body is as it was signed, which needs no DNS to tell; nullopt where it was not looked at.
  std::optional<bool> body_holds;
};

struct DkimLimits {
  std::size_t most_signatures = 10;  ///< evaluated; the rest is reported as not evaluated
  std::size_t most_reported = 100;
  std::size_t most_key_records = 4;  ///< tried at one name
};

class DkimVerification {
 public:
  /// Reads the signatures and asks `body` for the hashes that they need. `header` may go
  /// afterwards; `crypto` and `body` stay until finish() has answered. Without `arrival_known` the
  /// message came at `now` or before: a signature that has expired by then, and holds, is a
  /// temp_error.
  DkimVerification(Crypto& crypto, const message::HeaderBlock& header, BodyHashes& body,
                   UnixTime now, const DkimLimits& limits = {}, bool arrival_known = true);

  /// After body.finish(), once. In the order of the fields, the topmost first; empty where the
  /// message has no signature. `work` is what the message may still cost, and stays until it is
  /// done.
  Task<std::vector<DkimOutcome>> finish(Resolver& resolver, MessageWork& work);
  Task<std::vector<DkimOutcome>> finish(Resolver& resolver) { return finish(resolver, own_work_); }
  /// What is known before finish() has answered: signatures without a result are temporary errors.
  [[nodiscard]] std::vector<DkimOutcome> so_far() const;

 private:
  struct Pending {
    DkimSignature signature;
    std::size_t outcome = 0;
    std::size_t body_hash = 0;
    Digest header_digest{};
    bool may_have_expired = false;
  };
  /// What the body alone tells. True where that ends the matter.
  bool judge_body(const Pending& pending, DkimOutcome& outcome) const;

  Crypto& crypto_;
  MessageWork own_work_;
  BodyHashes& body_;
  DkimLimits limits_;
  std::vector<DkimOutcome> outcomes_;
  std::vector<Pending> pending_;
};

/// Whether h= names From at least as often as the header has it. A signature covers the lowest
/// fields of a name first (RFC 6376, 5.4.2), so that anyone may put another on top of those that it
/// names, and many a reader shows the topmost (8.15).
bool covers_every_from(const message::HeaderBlock& header, const DkimSignature& signature);

/// How the key records at one name judge a signature: shared with ARC (RFC 8617, 4.1.2).
struct SignatureJudgement {
  DkimResult result = DkimResult::perm_error;
  DkimReason reason = DkimReason::no_key;
  std::string detail;
  unsigned key_bits = 0;
  bool testing = false;
};
Task<SignatureJudgement> judge_signature(Crypto& crypto, Resolver& resolver,
                                         const DkimSignature& signature, Digest header_digest,
                                         std::size_t most_key_records, MessageWork& work);

}  // namespace postern::auth
