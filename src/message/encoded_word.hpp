// Encoded words (RFC 2047) for text that is shown to people: subjects and display names. Character
// sets are those that charset.hpp knows; other words stay as written, so that nothing false is
// shown.
#pragma once

#include <string>
#include <string_view>

namespace postern::message {

/// Replaces every encoded word by its UTF-8; white space between two of them goes (RFC 2047, 6.2).
/// Words with an unknown character set, bad base64 or malformed UTF-8 stay as they are. The result
/// is not yet fit for a terminal: show it through printable().
std::string decode_words(std::string_view text);

}  // namespace postern::message
