// The DKIM-Signature field (RFC 6376, 3.5) and its key record (3.6.1), read strictly; and the
// octets of the header that a signature covers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/canonical.hpp"
#include "auth/crypto.hpp"
#include "auth/tag_list.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "message/header.hpp"

namespace postern::auth {

enum class Algorithm : std::uint8_t { rsa_sha256, ed25519_sha256, rsa_sha1, unknown };

struct DkimSignature {
  std::string algorithm_name;  ///< a=, lower case
  Algorithm algorithm = Algorithm::unknown;
  std::string signature;  ///< b=, decoded
  std::string signature_start;
  std::string body_hash;  ///< bh=, decoded
  Canonicalisation header = Canonicalisation::simple;
  Canonicalisation body = Canonicalisation::simple;
  std::string domain;                      ///< d=, normal form
  std::vector<std::string> signed_fields;  ///< h=, as written
  std::string identity;                    ///< i=, decoded
  std::optional<std::uint64_t> body_length;
  std::string selector;
  std::optional<UnixTime> signed_at;
  std::optional<UnixTime> expires_at;
};

/// Which rule a signature field breaks.
struct SignatureFault {
  enum class Kind : std::uint8_t { malformed, unsupported, from_not_signed, identity_mismatch };
  Kind kind = Kind::malformed;
  std::string what;
};

/// `tags` of a DKIM-Signature. What could be read before a fault is found stays in `signature`.
std::optional<SignatureFault> read_signature(const TagList& tags, DkimSignature& signature);
/// The tags that DKIM-Signature, ARC-Message-Signature and ARC-Seal share: a, b, d, s, t.
std::optional<SignatureFault> read_common_tags(const TagList& tags, DkimSignature& signature);
/// bh, c, h, l of a DKIM-Signature and an ARC-Message-Signature (which need not sign From).
std::optional<SignatureFault> read_body_tags(const TagList& tags, DkimSignature& signature);

/// RFC 6376, 3.7: hash of the fields that h= names (the lowest first where a name repeats, RFC
/// 6376, 5.4.2), then of the signature's own field with an empty b=.
Digest hash_signed_header(const Crypto& crypto, const message::HeaderBlock& header,
                          const message::Field& own, Canonicalisation canonicalisation,
                          const std::vector<std::string>& signed_fields);

struct KeyRecord {
  KeyType type = KeyType::rsa;
  bool known_type = true;
  bool allows_sha256 = true;
  bool allows_mail = true;
  bool testing = false;         ///< t=y
  bool exact_identity = false;  ///< t=s: i= must be d= itself
  std::string public_key;       ///< p=, base64; empty: revoked
};
/// A TXT record at selector._domainkey.domain. Errors: tag faults, a version other than DKIM1,
/// no p=.
Result<KeyRecord> parse_key_record(std::string_view text);

}  // namespace postern::auth
