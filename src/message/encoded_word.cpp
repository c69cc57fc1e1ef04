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

// RFC 2047, 2 allows 75 octets; some writers pass that.
constexpr std::size_t longest_word = 4000;

struct Word {
  std::string_view charset;
  std::string octets;
  std::size_t length;  // in the text, with both delimiters
};

// Finds encoded words in one text. Asked from left to right, it passes over the text once for each
// of the marks that it looks for, however many words begin and never end.
class WordReader {
 public:
  explicit WordReader(std::string_view text) : text_(text) {}

  /// The encoded word that begins at `start`. Where one may begin, `start` is never less than
  /// before.
  std::optional<Word> at(std::size_t start) {
    if (!text_.substr(start).starts_with("=?")) return std::nullopt;
    const std::size_t set_end = mark_.from(text_, start + 2);
    if (set_end == std::string_view::npos || set_end + 2 >= text_.size()) return std::nullopt;
    const char encoding = ascii_lower(text_[set_end + 1]);
    if (text_[set_end + 2] != '?') return std::nullopt;
    const std::size_t content = set_end + 3;
    const std::size_t end = close_.from(text_, content);
    if (end == std::string_view::npos || end + 2 - start > longest_word) return std::nullopt;
    const std::string_view charset = text_.substr(start + 2, set_end - start - 2);
    const std::string_view coded = text_.substr(content, end - content);
    if (encoding == 'q') return Word{charset, decode_q(coded), end + 2 - start};
    // Base64 has no '?', and a text without one holds the start of no other word.
    if (encoding != 'b' || coded.find('?') != std::string_view::npos) return std::nullopt;
    auto octets = decode_loose_base64(coded);
    if (!octets) return std::nullopt;
    return Word{charset, std::move(*octets), end + 2 - start};
  }

 private:
  // The first place of a mark at or behind another: looked for only behind where it was last.
  struct Mark {
    std::string_view what;
    std::size_t found = 0;
    bool looked = false;
    std::size_t from(std::string_view text, std::size_t at) {
      if (!looked || found < at) found = text.find(what, at);
      looked = true;
      return found;
    }
  };

  std::string_view text_;
  Mark mark_{"?"};
  Mark close_{"?="};
};

}  // namespace

std::string decode_words(std::string_view text) {
  std::string out;
  WordReader words(text);
  std::size_t i = 0;
  while (i < text.size()) {
    auto word = words.at(i);
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
      auto neighbour = words.at(next);
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
