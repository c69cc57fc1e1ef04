// Changing a header without touching a single octet of what stays.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "judge/settings.hpp"
#include "message/header.hpp"
#include "smtp/message_octets.hpp"

namespace postern::auth {
struct MessageAuthentication;
}

namespace postern::judge {

/// One change of the header. Removals count among fields of the same name, from 1 at the top, in
/// the header as it came.
struct HeaderEdit {
  enum class Kind : std::uint8_t { remove, prepend };
  Kind kind = Kind::remove;
  std::string name;
  unsigned occurrence = 0;  ///< remove
  std::size_t field = 0;    ///< remove: index into HeaderBlock::fields()
  std::string value;        ///< prepend: folded with CRLF TAB, no line break at its end
};

/// The header of mail under way, which has no line of an mbox in front: read once, and handed on to
/// whoever looks at it. Its views end with `octets`.
message::HeaderBlock whole_header(const smtp::MessageOctets& octets);

/// What the settings take out and put in: forged results of ours, the results (nullptr: none), and
/// fields of Exchange's own where `strip`.
std::vector<HeaderEdit> edits_of(const message::HeaderBlock& header, const Settings& settings,
                                 bool strip, const auth::MessageAuthentication* results);

/// Applies edits to a header as it came (CRLF; with or without its empty line). Octets of fields
/// that are not touched stay as they are.
smtp::MessageOctets edited_header(const smtp::MessageOctets& octets,
                                  const message::HeaderBlock& header,
                                  std::span<const HeaderEdit> edits);

/// "dkim=pass header.d=contoso.com …": the value of an Authentication-Results field (RFC 8601),
/// folded.
std::string authentication_results_value(std::string_view authserv_id,
                                         const auth::MessageAuthentication& results);

}  // namespace postern::judge
