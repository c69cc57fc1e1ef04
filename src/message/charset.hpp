// Text in the character sets that mail comes in, as UTF-8, by the C library's iconv: what it knows
// is known here. Where its tables are not installed (Fedora's glibc-gconv-extra), fewer are.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace postern::message {

/// `charset` as mail names it (RFC 2047, 2; a language after '*' is passed over), in any case. Some
/// labels mean more than they say, as every mail program takes them: GB2312 is read as GB18030,
/// KS_C_5601-1987 as CP949, Shift_JIS as CP932
/// (https://encoding.spec.whatwg.org/#names-and-labels). Octets that the set does not have become
/// U+FFFD. nullopt for a set that is not known, and for malformed text that is said to be UTF-8.
std::optional<std::string> to_utf8(std::string_view octets, std::string_view charset);

}  // namespace postern::message
