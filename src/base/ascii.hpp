// Locale-free ASCII text operations: mail protocols fold case in ASCII only (RFC 5321, 2.4).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace postern {

constexpr char ascii_lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

constexpr bool is_ascii_space(char c) noexcept {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v';
}

constexpr bool is_ascii_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

constexpr bool is_ascii_alpha(char c) noexcept {
  return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z';
}

/// WSP of RFC 5234: space and tab.
constexpr bool is_ascii_blank(char c) noexcept {
  return c == ' ' || c == '\t';
}

/// Space and what is visible: no control, nothing above 0x7e.
constexpr bool is_ascii_printable(char c) noexcept {
  return c >= 0x20 && c < 0x7f;
}

/// Case-insensitive equality over ASCII.
constexpr bool iequals(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (ascii_lower(a[i]) != ascii_lower(b[i])) return false;
  }
  return true;
}

constexpr bool istarts_with(std::string_view text, std::string_view prefix) noexcept {
  return text.size() >= prefix.size() && iequals(text.substr(0, prefix.size()), prefix);
}

constexpr bool iends_with(std::string_view text, std::string_view suffix) noexcept {
  return text.size() >= suffix.size() && iequals(text.substr(text.size() - suffix.size()), suffix);
}

/// Case-insensitive search over ASCII; npos when absent.
constexpr std::size_t ifind(std::string_view text, std::string_view needle) noexcept {
  if (needle.size() > text.size()) return std::string_view::npos;
  for (std::size_t i = 0; i + needle.size() <= text.size(); ++i) {
    if (iequals(text.substr(i, needle.size()), needle)) return i;
  }
  return std::string_view::npos;
}

constexpr std::string_view trim(std::string_view s) noexcept {
  while (!s.empty() && is_ascii_space(s.front()))
    s.remove_prefix(1);
  while (!s.empty() && is_ascii_space(s.back()))
    s.remove_suffix(1);
  return s;
}

std::string to_lower(std::string_view s);

/// Splits at every separator; always returns at least one (possibly empty) piece.
std::vector<std::string_view> split(std::string_view s, char separator);

/// The word that `name` is likely to be a slip of, for "did you mean"; empty where none is near.
std::string_view nearest_word(std::string_view name, const std::vector<std::string_view>& words);

/// True where the bytes are well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates).
bool is_valid_utf8(std::string_view s) noexcept;

/// Makes text from outside safe to show: C0, DEL and C1 controls (which carry terminal escape
/// sequences, CVE-2003-0063 and its many successors), bidirectional overrides and malformed UTF-8
/// become U+FFFD. Newlines and tabs become spaces.
std::string printable(std::string_view s);

/// JSON text with what printable() would replace written as \uXXXX, which means the same: a
/// document goes to a terminal too. For text that is well-formed JSON in UTF-8.
std::string escape_unprintable_json(std::string json);

}  // namespace postern
