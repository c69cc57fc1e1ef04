#include "message/encoded_word.hpp"

#include <cstddef>
#include <optional>
#include <utility>

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "message/charset.hpp"

namespace postern::message {
namespace {

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
  std::string_view charset;
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
  const std::string_view charset = text.substr(2, set_end - 2);
  const std::string_view coded = text.substr(content, end - content);
  if (encoding == 'q') return Word{charset, decode_q(coded), end + 2};
  if (encoding != 'b') return std::nullopt;
  auto octets = decode_loose_base64(coded);
  if (!octets) return std::nullopt;
  return Word{charset, std::move(*octets), end + 2};
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
      if (!iequals(neighbour->charset, word->charset)) {
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
