#include "base/ascii.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/unprintable.hpp"

namespace postern {
namespace {

struct CodePoint {
  std::uint32_t value;
  std::size_t length;  // 0: malformed
};

CodePoint next_code_point(std::string_view s) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(s[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  std::size_t length = 0;
  std::uint32_t value = 0;
  std::uint32_t least = 0;
  if ((lead & 0xe0) == 0xc0) {
    length = 2, value = lead & 0x1fu, least = 0x80;
  } else if ((lead & 0xf0) == 0xe0) {
    length = 3, value = lead & 0x0fu, least = 0x800;
  } else if ((lead & 0xf8) == 0xf0) {
    length = 4, value = lead & 0x07u, least = 0x10000;
  } else {
    return {0, 0};
  }
  if (s.size() < length) return {0, 0};
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {0, 0};
    value = (value << 6) | (byte(i) & 0x3fu);
  }
  if (value < least || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return {0, 0};
  return {value, length};
}

// Controls, what turns the direction of writing, and what is not seen at all: tags and the further
// variation selectors (U+E0000 to U+E0FFF) can carry a text that nobody reads but a program.
bool is_unsafe_to_show(std::uint32_t c) noexcept {
  return (c >= 0xe0000 && c <= 0xe0fff) || c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c ||
         c == 0x200e || c == 0x200f || c == 0x2028 || c == 0x2029 || (c >= 0x202a && c <= 0x202e) ||
         (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

std::string escaped(std::uint32_t value, std::string_view prefix, unsigned digits) {
  constexpr std::string_view hexadecimal = "0123456789abcdef";
  std::string out(prefix);
  while (digits-- > 0)
    out += hexadecimal[(value >> (4 * digits)) & 15u];
  return out;
}

std::string escaped_json(std::uint32_t value) {
  if (value < 0x10000) return escaped(value, "\\u", 4);
  const std::uint32_t rest = value - 0x10000;  // RFC 8259, 7: as a surrogate pair
  return escaped(0xd800 + (rest >> 10), "\\u", 4) + escaped(0xdc00 + (rest & 0x3ff), "\\u", 4);
}

}  // namespace

std::string to_lower(std::string_view s) {
  std::string out(s);
  for (char& c : out)
    c = ascii_lower(c);
  return out;
}

std::vector<std::string_view> split(std::string_view s, char separator) {
  std::vector<std::string_view> pieces;
  for (;;) {
    const std::size_t at = s.find(separator);
    pieces.push_back(s.substr(0, at));
    if (at == std::string_view::npos) return pieces;
    s.remove_prefix(at + 1);
  }
}

bool is_valid_utf8(std::string_view s) noexcept {
  while (!s.empty()) {
    const CodePoint c = next_code_point(s);
    if (c.length == 0) return false;
    s.remove_prefix(c.length);
  }
  return true;
}

std::string printable(std::string_view s) {
  std::string out;
  out.reserve(s.size());
  while (!s.empty()) {
    if (s[0] == '\t' || s[0] == '\n' || s[0] == '\r') {
      out += ' ';
      s.remove_prefix(1);
      continue;
    }
    const CodePoint c = next_code_point(s);
    if (c.length == 0 || is_unsafe_to_show(c.value)) {
      out += "\xef\xbf\xbd";
      s.remove_prefix(c.length == 0 ? 1 : c.length);
      continue;
    }
    out.append(s.substr(0, c.length));
    s.remove_prefix(c.length);
  }
  return out;
}

std::string escape_unprintable_json(std::string json) {
  const auto plain = [](char c) { return static_cast<unsigned char>(c) < 0x7f; };
  const auto first = std::find_if_not(json.begin(), json.end(), plain);
  if (first == json.end()) return json;
  std::string out(json.begin(), first);
  for (std::string_view rest = std::string_view(json).substr(out.size()); !rest.empty();) {
    const CodePoint c = next_code_point(rest);
    const std::size_t length = std::max<std::size_t>(c.length, 1);
    // Controls below that stand outside of strings, as line breaks do, or are escaped already.
    if (c.length > 0 && c.value >= 0x7f && is_unsafe_to_show(c.value)) {
      out += escaped_json(c.value);
    } else {
      out += rest.substr(0, length);
    }
    rest.remove_prefix(length);
  }
  return out;
}

std::string escape_unprintable_toml(const std::string& text) {
  std::string out;
  out.reserve(text.size());
  for (std::string_view rest = text; !rest.empty();) {
    const CodePoint c = next_code_point(rest);
    const std::size_t length = std::max<std::size_t>(c.length, 1);
    if (c.length == 0) {
      out += "\xef\xbf\xbd";
    } else if (!is_unsafe_to_show(c.value)) {
      out += rest.substr(0, length);
    } else {
      out += c.value < 0x10000 ? escaped(c.value, "\\u", 4) : escaped(c.value, "\\U", 8);
    }
    rest.remove_prefix(length);
  }
  return out;
}

std::string_view nearest_word(std::string_view name, const std::vector<std::string_view>& words) {
  // A short word is near to anything by three letters.
  const std::size_t too_far = std::min<std::size_t>(4, 2 + name.size() / 5);
  constexpr std::size_t longest = 64;
  std::string_view nearest;
  std::size_t least = too_far;
  if (name.size() > longest) return nearest;
  for (const std::string_view word : words) {
    // Edit distance, a row at a time; two letters swapped are one slip.
    std::vector<std::size_t> row(word.size() + 1);
    for (std::size_t j = 0; j <= word.size(); ++j)
      row[j] = j;
    std::vector<std::size_t> above = row;
    std::vector<std::size_t> two_above;
    for (std::size_t i = 1; i <= name.size(); ++i) {
      two_above = std::exchange(above, row);
      row[0] = i;
      for (std::size_t j = 1; j <= word.size(); ++j) {
        const std::size_t changed = name[i - 1] == word[j - 1] ? 0 : 1;
        row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + changed});
        if (i > 1 && j > 1 && name[i - 1] == word[j - 2] && name[i - 2] == word[j - 1]) {
          row[j] = std::min(row[j], two_above[j - 2] + 1);
        }
      }
    }
    if (row.back() < least) {
      least = row.back();
      nearest = word;
    }
  }
  return nearest;
}

}  // namespace postern
