#include "message/encoded_word.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/ascii.hpp"
#include "base/base64.hpp"

namespace postern::message {
namespace {

// Windows-1252 0x80 to 0x9f; 0 where the code page has no character.
constexpr std::array<std::uint16_t, 32> windows_1252 = {
    0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178};

void append_code_point(std::string& out, std::uint32_t c) {
  // Single-byte sets reach no further than U+20AC, three octets.
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xc0 | (c >> 6));
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else {
    out += static_cast<char>(0xe0 | (c >> 12));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  }
}

enum class Charset { utf8, latin1, latin9, windows };

std::optional<Charset> charset_of(std::string_view name) noexcept {
  name = name.substr(0, name.find('*'));  // RFC 2231, 5: a language may follow
  if (iequals(name, "utf-8") || iequals(name, "utf8") || iequals(name, "us-ascii")) {
    return Charset::utf8;
  }
  if (iequals(name, "iso-8859-1") || iequals(name, "latin1")) return Charset::latin1;
  if (iequals(name, "iso-8859-15")) return Charset::latin9;
  if (iequals(name, "windows-1252") || iequals(name, "cp1252")) return Charset::windows;
  return std::nullopt;
}

std::uint32_t latin9(unsigned char c) noexcept {
  switch (c) {
    case 0xa4:
      return 0x20ac;
    case 0xa6:
      return 0x0160;
    case 0xa8:
      return 0x0161;
    case 0xb4:
      return 0x017d;
    case 0xb8:
      return 0x017e;
    case 0xbc:
      return 0x0152;
    case 0xbd:
      return 0x0153;
    case 0xbe:
      return 0x0178;
    default:
      return c;
  }
}

std::optional<std::string> to_utf8(std::string_view octets, Charset charset) {
  if (charset == Charset::utf8) {
    if (!is_valid_utf8(octets)) return std::nullopt;
    return std::string(octets);
  }
  std::string out;
  for (const char raw : octets) {
    const auto c = static_cast<unsigned char>(raw);
    if (charset == Charset::windows && c >= 0x80 && c < 0xa0) {
      const std::uint16_t code = windows_1252[c - 0x80u];
      append_code_point(out, code != 0 ? code : 0xfffd);
    } else {
      append_code_point(out, charset == Charset::latin9 ? latin9(c) : c);
    }
  }
  return out;
}

int hex_value(char c) noexcept {
  if (is_ascii_digit(c)) return c - '0';
  c = ascii_lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// RFC 2047, 4.2. A stray "=" stays, as every reader does it.
std::string decode_q(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '_') {
      out += ' ';
      continue;
    }
    if (text[i] == '=' && i + 2 < text.size()) {
      const int high = hex_value(text[i + 1]);
      const int low = hex_value(text[i + 2]);
      if (high >= 0 && low >= 0) {
        out += static_cast<char>(high * 16 + low);
        i += 2;
        continue;
      }
    }
    out += text[i];
  }
  return out;
}

// RFC 2047, 2 allows 75 octets; some writers pass that. The bound keeps decoding linear.
constexpr std::size_t longest_word = 4000;

struct Word {
  Charset charset;
  std::string octets;
  std::size_t length;  // in the text, with both delimiters
};

// The encoded word that `text` begins with.
std::optional<Word> encoded_word(std::string_view text) {
  if (!text.starts_with("=?")) return std::nullopt;
  text = text.substr(0, longest_word);
  const std::size_t set_end = text.find('?', 2);
  if (set_end == std::string_view::npos || set_end + 2 >= text.size()) return std::nullopt;
  const char encoding = ascii_lower(text[set_end + 1]);
  if (text[set_end + 2] != '?') return std::nullopt;
  const std::size_t content = set_end + 3;
  const std::size_t end = text.find("?=", content);
  if (end == std::string_view::npos) return std::nullopt;
  const auto charset = charset_of(text.substr(2, set_end - 2));
  if (!charset) return std::nullopt;
  const std::string_view coded = text.substr(content, end - content);
  if (encoding == 'q') return Word{*charset, decode_q(coded), end + 2};
  if (encoding != 'b') return std::nullopt;
  auto octets = decode_loose_base64(coded);
  if (!octets) return std::nullopt;
  return Word{*charset, std::move(*octets), end + 2};
}

}  // namespace

std::string decode_words(std::string_view text) {
  std::string out;
  std::size_t i = 0;
  while (i < text.size()) {
    auto word = encoded_word(text.substr(i));
    if (!word) {
      // Up to the next place where a word could start; one octet at least.
      const std::size_t next = text.find("=?", i + 1);
      out += text.substr(i, next - i);
      i = next == std::string_view::npos ? text.size() : next;
      continue;
    }
    // Many writers split a character between two words (against RFC 2047, 5): octets of
    // neighbouring words in one character set are joined before they are decoded.
    const std::size_t start = i;
    std::string octets = std::move(word->octets);
    i += word->length;
    while (true) {
      std::size_t next = i;
      while (next < text.size() && is_ascii_space(text[next]))
        ++next;
      auto neighbour = encoded_word(text.substr(next));
      if (!neighbour) break;
      if (neighbour->charset != word->charset) {
        i = next;  // the space between them goes all the same
        break;
      }
      octets += neighbour->octets;
      i = next + neighbour->length;
    }
    if (auto decoded = to_utf8(octets, word->charset)) {
      out += *decoded;
    } else {
      out += text.substr(start, i - start);
    }
  }
  return out;
}

}  // namespace postern::message
