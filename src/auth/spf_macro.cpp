#include "auth/spf_macro.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"

namespace postern::auth {
namespace {

bool is_delimiter(char c) noexcept {
  return std::string_view(".-+,/_=").find(c) != std::string_view::npos;
}

// %{letter [digits] [r] [delimiters]}
struct Macro {
  char letter = 0;
  unsigned keep = 0;  // rightmost labels; 0: all
  bool reverse = false;
  std::string_view delimiters = ".";
  std::size_t length = 0;  // with "%{" and "}"; 0: not well formed
};

Macro read_macro(std::string_view text) noexcept {
  Macro macro;
  std::size_t i = 2;
  if (i >= text.size() || !is_ascii_alpha(text[i])) return macro;
  macro.letter = text[i++];
  if (i < text.size() && is_ascii_digit(text[i])) {
    unsigned digits = 0;
    for (; i < text.size() && is_ascii_digit(text[i]); ++i)
      digits = std::min(digits * 10 + static_cast<unsigned>(text[i] - '0'), 1000u);
    if (digits == 0) return macro;  // RFC 7208, 7.1: nonzero
    macro.keep = digits;
  }
  if (i < text.size() && ascii_lower(text[i]) == 'r') {
    macro.reverse = true;
    ++i;
  }
  const std::size_t begin = i;
  while (i < text.size() && is_delimiter(text[i]))
    ++i;
  if (i > begin) macro.delimiters = text.substr(begin, i - begin);
  if (i >= text.size() || text[i] != '}') return macro;
  macro.length = i + 1;
  return macro;
}

bool is_letter_of(char letter, SpfMacroPlace place) noexcept {
  const std::string_view always = "slodiphv";
  const std::string_view explaining = "crt";
  const char c = ascii_lower(letter);
  return always.find(c) != std::string_view::npos ||
         (place == SpfMacroPlace::explanation && explaining.find(c) != std::string_view::npos);
}

// A domain-end that is no macro is a top label: letters, digits and hyphens, not digits alone, no
// hyphen at its edges; a dot may follow (RFC 7208, 7.1).
std::string_view domain_end_fault(std::string_view text) noexcept {
  if (text.ends_with('.')) text.remove_suffix(1);
  const std::size_t dot = text.rfind('.');
  if (dot == std::string_view::npos) return "has no dot before its last label";
  const std::string_view label = text.substr(dot + 1);
  const bool sound = !label.empty() && label.front() != '-' && label.back() != '-' &&
                     std::all_of(label.begin(), label.end(), [](char c) {
                       return is_ascii_alpha(c) || is_ascii_digit(c) || c == '-';
                     });
  const bool has_letter =
      std::any_of(label.begin(), label.end(), [](char c) { return is_ascii_alpha(c) || c == '-'; });
  return sound && has_letter ? std::string_view{} : "does not end in a top-level label";
}

std::string dotted_nibbles(IpAddress ip) {
  std::string out;
  for (unsigned i = 0; i < 32; ++i) {
    if (i > 0) out += '.';
    out += "0123456789ABCDEF"[static_cast<unsigned>(ip.key() >> (4 * (31 - i))) & 0xf];
  }
  return out;
}

std::string value_of(char letter, const SpfMacroValues& v) {
  switch (ascii_lower(letter)) {
    case 's':
      return fmt::format("{}@{}", v.local_part, v.sender_domain);
    case 'l':
      return std::string(v.local_part);
    case 'o':
      return std::string(v.sender_domain);
    case 'd':
      return std::string(v.domain);
    case 'i':
      return v.ip.is_v4() ? v.ip.text() : dotted_nibbles(v.ip);
    case 'p':
      return v.validated.empty() ? "unknown" : std::string(v.validated);
    case 'v':
      return v.ip.is_v4() ? "in-addr" : "ip6";
    case 'h':
      return std::string(v.helo);
    case 'c':
      return v.ip.text();
    case 'r':
      return v.receiver.empty() ? "unknown" : std::string(v.receiver);
    case 't':
      return std::to_string(v.now);
    default:
      return {};
  }
}

std::string transformed(const Macro& macro, std::string value) {
  if (macro.keep == 0 && !macro.reverse && macro.delimiters == ".") return value;
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  const std::string_view text = value;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && macro.delimiters.find(text[i]) == std::string_view::npos) continue;
    parts.push_back(text.substr(begin, i - begin));
    begin = i + 1;
  }
  if (macro.reverse) std::reverse(parts.begin(), parts.end());
  const std::size_t from =
      macro.keep != 0 && parts.size() > macro.keep ? parts.size() - macro.keep : 0;
  std::string out;
  for (std::size_t i = from; i < parts.size(); ++i) {
    if (i > from) out += '.';
    out += parts[i];
  }
  return out;
}

// RFC 3986, 2.3: what is not unreserved is escaped.
std::string url_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_ascii_alpha(c) || is_ascii_digit(c) ||
        std::string_view("-._~").find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace

std::string_view spf_macro_fault(std::string_view text, SpfMacroPlace place) noexcept {
  bool ends_in_macro = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    ends_in_macro = c == '%';
    if (c != '%') {
      const bool space = c == ' ' && place == SpfMacroPlace::explanation;
      if ((c < 0x21 || c > 0x7e) && !space) return "holds a character that is not visible ASCII";
      continue;
    }
    if (i + 1 >= text.size()) return "ends in a lone '%'";
    const char next = text[i + 1];
    if (next == '%' || next == '_' || next == '-') {
      ++i;
      continue;
    }
    if (next != '{') return "holds a '%' that starts no macro";
    const Macro macro = read_macro(text.substr(i));
    if (macro.length == 0) return "holds a macro that is not well formed";
    if (!is_letter_of(macro.letter, place)) return "holds a macro with a letter not allowed here";
    i += macro.length - 1;
  }
  return place == SpfMacroPlace::domain && !ends_in_macro ? domain_end_fault(text)
                                                          : std::string_view{};
}

std::string expand_spf_macros(std::string_view text, const SpfMacroValues& values,
                              SpfMacroPlace place) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%' || i + 1 >= text.size()) {
      out += text[i];
      continue;
    }
    switch (text[++i]) {
      case '%':
        out += '%';
        break;
      case '_':
        out += ' ';
        break;
      case '-':
        out += "%20";
        break;
      default: {
        const Macro macro = read_macro(text.substr(i - 1));
        const std::string value = transformed(macro, value_of(macro.letter, values));
        out += macro.letter >= 'A' && macro.letter <= 'Z' ? url_escaped(value) : value;
        i += macro.length - 2;
      }
    }
    if (out.size() > 65536) break;  // a bound; nothing that long is a name or an explanation
  }
  if (place == SpfMacroPlace::domain) {
    if (out.ends_with('.')) out.pop_back();
    while (out.size() > 253) {
      const std::size_t dot = out.find('.');
      if (dot == std::string::npos) break;
      out.erase(0, dot + 1);
    }
  }
  return out;
}

bool uses_validated_name(std::string_view text) noexcept {
  for (std::size_t at = text.find("%{"); at != std::string_view::npos;
       at = text.find("%{", at + 2)) {
    if (at + 2 < text.size() && ascii_lower(text[at + 2]) == 'p') return true;
  }
  return false;
}

}  // namespace postern::auth
