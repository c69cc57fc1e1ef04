#include "base/shell_word.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace postern {

std::string shell_word(std::string_view text) {
  constexpr std::string_view harmless = "_-./:@%+=,";
  const bool plain = !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return is_ascii_alpha(c) || is_ascii_digit(c) || harmless.find(c) != std::string_view::npos;
  });
  if (plain) return std::string(text);
  std::string out = "'";
  for (const char c : printable(text)) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

}  // namespace postern
