// Signs messages: DKIM-Signature (RFC 6376, 5), and ARC sets (RFC 8617, 5.1).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/body_hash.hpp"
#include "auth/canonical.hpp"
#include "auth/crypto.hpp"
#include "base/time.hpp"

namespace postern::auth {

struct SigningChoices {
  std::string domain;
  std::string selector;
  std::string identity;  ///< i=; empty: left out
  Canonicalisation header = Canonicalisation::relaxed;
  Canonicalisation body = Canonicalisation::relaxed;
  /// In this order; a name may stand once more than the message has it (RFC 6376, 8.15).
  std::vector<std::string> fields = {"from",
                                     "from",
                                     "to",
                                     "cc",
                                     "subject",
                                     "date",
                                     "message-id",
                                     "reply-to",
                                     "in-reply-to",
                                     "references",
                                     "mime-version",
                                     "content-type",
                                     "content-transfer-encoding"};
  std::optional<std::uint64_t> body_length;  ///< l=
  std::optional<UnixTime> signed_at;
  std::optional<UnixTime> expires_at;
};

/// Takes the body in pieces, then gives the field.
class DkimSigner {
 public:
  DkimSigner(const Crypto& crypto, std::shared_ptr<const PrivateKey> key, SigningChoices choices);

  void add_body(std::string_view piece) { body_.add(piece); }
  /// "DKIM-Signature: …" folded, with CRLF at the end, to stand in front of `header` (the header
  /// block's bytes). Once.
  std::string finish(std::string_view header);
  /// "ARC-Message-Signature: i=…" the same way (RFC 8617, 4.1.2). Once, in place of finish().
  std::string finish_arc(std::string_view header, unsigned instance);

 private:
  std::string sign(std::string_view header, std::string field);
  const Crypto& crypto_;
  std::shared_ptr<const PrivateKey> key_;
  SigningChoices choices_;
  BodyCanonicaliser body_;
};

/// "ARC-Seal: …" over the sets that `header` holds and the new ARC-Authentication-Results and
/// ARC-Message-Signature in front of them (RFC 8617, 5.1.1). `cv` is "none", "pass" or "fail".
std::string seal_arc(const Crypto& crypto, const PrivateKey& key, std::string_view domain,
                     std::string_view selector, unsigned instance, std::string_view cv,
                     std::string_view header);

}  // namespace postern::auth
