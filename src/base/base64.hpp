// Base64 (RFC 4648), written and read as strictly as each protocol has it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postern {

/// RFC 4648, 4; padded.
std::string encode_base64(std::string_view octets);

/// White space anywhere (RFC 6376, 2.10); padding may be missing, as it is in many key records.
/// nullopt for other octets, wrong padding, or bits left over.
std::optional<std::string> decode_base64(std::string_view text);

/// As mail programs and SMTP clients write it: any number of '=' at the end, and bits left over
/// are dropped. nullopt for other octets, white space too.
std::optional<std::string> decode_loose_base64(std::string_view text);

/// RFC 4648, 5, without padding (RFC 7515, 2).
std::string encode_base64url(std::string_view octets);
/// nullopt for other octets or an impossible length.
std::optional<std::string> decode_base64url(std::string_view text);

/// A body in base64 that comes in pieces. Characters outside the alphabet are ignored (RFC 2045,
/// 6.8).
class Base64Body {
 public:
  /// Appends what `text` completes.
  void decode(std::string_view text, std::string& out);

 private:
  std::uint32_t bits_ = 0;
  unsigned held_ = 0;
};

}  // namespace postern
