#include "report/written.hpp"

#include <algorithm>
#include <cstddef>

#include <fmt/format.h>

#include "base/ascii.hpp"

namespace postern::report {
namespace {

// Well-formed UTF-8 without control characters but for white space, which is one space. C0 and DEL
// are shown by their pictures (U+2400 and on), what else must not be shown by U+FFFD.
std::string shown(std::string_view text) {
  std::string pictured;
  pictured.reserve(text.size());
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet < 0x20 && !is_ascii_space(c)) {
      pictured += "\xe2\x90";
      pictured += static_cast<char>(0x80 + octet);
    } else if (octet == 0x7f) {
      pictured += "\xe2\x90\xa1";
    } else {
      pictured += c;
    }
  }
  return printable(pictured);
}

void escape_markup(std::string_view text, std::string& out) {
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
}

// U+FFFE and U+FFFF are well-formed UTF-8, and no characters of XML.
std::string xml_characters(std::string_view text) {
  std::string out = printable(text);
  for (const std::string_view forbidden : {"\xef\xbf\xbe", "\xef\xbf\xbf"}) {
    for (std::size_t at = 0; (at = out.find(forbidden, at)) != std::string::npos;)
      out.replace(at, forbidden.size(), "\xef\xbf\xbd");
  }
  return out;
}

// What ends an address's local part on its left, in running text.
bool is_local_part(char c) {
  return is_ascii_alpha(c) || is_ascii_digit(c) ||
         std::string_view("!#$%&*+-/=?^_`{|}~.").find(c) != std::string_view::npos ||
         static_cast<unsigned char>(c) >= 0x80;
}

// Spreadsheets skip leading space and quotes before they look for a formula, and take the
// full-width signs for the others.
bool is_formula(std::string_view text) {
  if (text.empty()) return false;
  if (std::string_view("\t\r\n").find(text[0]) != std::string_view::npos || text[0] == '\0') {
    return true;
  }
  const std::size_t first = text.find_first_not_of(std::string_view(" \t\r\n\"'\0", 7));
  if (first == std::string_view::npos) return false;
  text.remove_prefix(first);
  return std::string_view("=+-@").find(text[0]) != std::string_view::npos ||
         text.starts_with("\xef\xbc\x9d") || text.starts_with("\xef\xbc\x8b") ||
         text.starts_with("\xef\xbc\x8d") || text.starts_with("\xef\xbc\xa0");
}

}  // namespace

std::string Redaction::operator()(std::string_view text) const {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t sign = text.find('@', at);
    if (sign == std::string_view::npos) return out.append(text.substr(at));
    std::size_t first = sign;
    while (first > at && is_local_part(text[first - 1]))
      --first;
    // "a b"@contoso.com
    if (first == sign && sign > at && text[sign - 1] == '"') {
      const std::size_t quote = sign < 2 ? std::string_view::npos : text.rfind('"', sign - 2);
      if (quote != std::string_view::npos && quote >= at) first = quote;
    }
    out.append(text.substr(at, first - at));
    if (first < sign) {
      out += fmt::format("x{:08x}",
                         hash_folded(seed_, text.substr(first, sign - first)) & 0xffffffffu);
    }
    out += '@';
    at = sign + 1;
  }
  return out;
}

void HtmlText::escape(std::string_view text, std::string& out) {
  escape_markup(shown(text), out);
}

void HtmlText::Attribute::escape(std::string_view text, std::string& out) {
  escape_markup(shown(text), out);
}

void XmlText::escape(std::string_view text, std::string& out) {
  escape_markup(xml_characters(text), out);
}

void XmlText::Attribute::escape(std::string_view text, std::string& out) {
  escape_markup(xml_characters(text), out);
}

void ScriptJsonText::escape(std::string_view text, std::string& out) {
  // What must not be shown, U+2028 and U+2029 with it, is gone by then.
  for (const char c : printable(text)) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '<' || c == '>' || c == '&') {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
}

void CsvCell::escape(std::string_view raw, std::string& out) {
  std::string text;
  if (is_formula(raw)) text = "'";
  text += printable(raw);
  if (text.find_first_of(",\"; ") == std::string::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

// CommonMark 0.31, 6.1: a span ends at as many backticks as it began with.
void MarkdownCode::escape(std::string_view raw, std::string& out) {
  const std::string text = printable(raw);
  if (trim(text).empty()) return;
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(longest + 1, '`');
  const bool padded =
      text.starts_with('`') || text.ends_with('`') || text.starts_with(' ') || text.ends_with(' ');
  out += fence;
  if (padded) out += ' ';
  for (const char c : text) {
    // A table is split at | before spans are seen (GFM, 4.10).
    if (c == '|') out += '\\';
    out += c;
  }
  if (padded) out += ' ';
  out += fence;
}

void TerminalText::escape(std::string_view text, std::string& out) {
  out += printable(text);
}

}  // namespace postern::report
