// UTF-16 to UTF-8: PowerShell's redirection and Exchange's historical search both write UTF-16.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace postern {

enum class TextEncoding { utf8, utf16_le, utf16_be };

struct DetectedEncoding {
  TextEncoding encoding = TextEncoding::utf8;
  std::size_t byte_order_mark = 0;  ///< bytes to skip
};

/// Looks at the first bytes of a text: a byte order mark, or, without one, zero bytes in every
/// second place (historical search writes UTF-16LE without a mark).
DetectedEncoding detect_encoding(std::string_view first_bytes) noexcept;

/// Appends the UTF-8 of whole UTF-16 code units. A lone surrogate becomes U+FFFD. Returns the
/// number of bytes used: an odd last byte, and a high surrogate whose partner has not arrived yet,
/// are left for the next call (with `last`, both become U+FFFD).
std::size_t append_utf8(std::string_view utf16, TextEncoding encoding, bool last, std::string& out);

/// The whole text as UTF-8 without a byte order mark.
std::string to_utf8(std::string_view bytes);

}  // namespace postern
