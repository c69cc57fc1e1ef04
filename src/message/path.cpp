#include "message/path.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/domain.hpp"
#include "base/ip.hpp"
#include "message/encoded_word.hpp"
#include "message/lexical.hpp"

namespace postern::message {
namespace {

// RFC 5321 allows 256 octets; VERP and SRS pass that in practice. A line holds 998.
constexpr std::size_t longest_path = 998;

bool is_control(char c) noexcept {
  return static_cast<unsigned char>(c) < 32 || c == 127;
}

// RFC 5321, 4.1.3: "[192.0.2.1]", "[IPv6:2001:db8::1]", or another tag that we don't know. A name
// in brackets is none: it may be a domain to the next reader.
bool is_address_literal(std::string_view text) noexcept {
  if (text.size() < 3 || text.front() != '[' || text.back() != ']') return false;
  text = text.substr(1, text.size() - 2);
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return IpAddress::parse(text).has_value();
  const std::string_view tag = text.substr(0, colon);
  const std::string_view content = text.substr(colon + 1);
  if (iequals(tag, "IPv6")) {
    return content.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos &&
           content.find(':') != std::string_view::npos && IpAddress::parse(content).has_value();
  }
  const auto is_let_dig = [](char c) { return is_ascii_alpha(c) || is_ascii_digit(c); };
  return !tag.empty() && is_let_dig(tag.back()) && !content.empty() &&
         std::all_of(tag.begin(), tag.end(), [&](char c) { return is_let_dig(c) || c == '-'; }) &&
         std::all_of(content.begin(), content.end(), [](char c) {
           return c > 32 && c < 127 && c != '[' && c != '\\' && c != ']' && c != '@';
         });
}

// A local part as dot-string or quoted string. Dots in odd places are let through: mobile carriers
// gave out "name..x@" for years.
bool is_local_part(std::string_view text) noexcept {
  if (text.empty()) return false;
  if (text.front() == '"') {
    return text.size() >= 2 && after_quoted(text, 0) == text.size() && text.back() == '"' &&
           std::none_of(text.begin(), text.end(), is_control);
  }
  return std::none_of(text.begin(), text.end(), [](char c) {
    return is_ascii_space(c) || is_control(c) ||
           std::string_view("()<>[]:;@\\,\"").find(c) != std::string_view::npos;
  });
}

// The text without comments and, outside of quoted strings, without space.
std::string without_comments(std::string_view text) {
  std::string out;
  std::size_t i = 0;
  while (i < text.size()) {
    const std::size_t start = i;
    if (text[i] == '(') {
      i = after_comment(text, i);
    } else if (text[i] == '"') {
      i = after_quoted(text, i);
      out += text.substr(start, i - start);
    } else {
      if (!is_ascii_space(text[i])) out += text[i];
      ++i;
    }
  }
  return out;
}

// RFC 5321, appendix C: "@a,@b:user@c" means user@c.
std::string_view without_route(std::string_view text) noexcept {
  if (!text.starts_with('@')) return text;
  const std::size_t colon = text.find(':');
  return colon == std::string_view::npos ? text : text.substr(colon + 1);
}

// Splits a display phrase off: words, quoted strings, encoded words, one space between them.
std::string display(std::string_view phrase) {
  std::string out;
  std::string plain;
  const auto flush = [&] {
    if (plain.empty()) return;
    if (!out.empty()) out += ' ';
    out += decode_words(plain);
    plain.clear();
  };
  for (const Token& token : tokenise(phrase, 200)) {
    if (token.comment) continue;
    if (token.text.starts_with('"')) {
      flush();
      if (!out.empty()) out += ' ';
      // Encoded words inside quotes are against RFC 2047, 5 (3), and common all the same.
      out += decode_words(unquoted(token.text));
    } else {
      if (!plain.empty()) plain += ' ';
      plain += token.text;
    }
  }
  flush();
  return out;
}

}  // namespace

std::optional<Address> parse_address(std::string_view text) {
  if (text.size() > longest_path || !is_valid_utf8(text)) return std::nullopt;
  const std::size_t at = text.rfind('@');
  if (at == std::string_view::npos || !is_local_part(text.substr(0, at))) return std::nullopt;
  const std::string_view domain = text.substr(at + 1);
  if (is_address_literal(domain)) return Address{std::string(text), {}};
  // normalise_domain() trims; an address must not rely on that.
  if (domain.empty() || is_ascii_space(domain.front()) || is_ascii_space(domain.back())) {
    return std::nullopt;
  }
  auto normal = normalise_domain(domain);
  if (!normal) return std::nullopt;
  return Address{std::string(text), std::move(*normal)};
}

std::optional<Path> parse_path(std::string_view text) {
  text = trim(text);
  if (text.empty() || text.size() > longest_path) return std::nullopt;
  if (text.front() == '<') {
    std::size_t close = 1;
    while (close < text.size() && text[close] != '>') {
      close = text[close] == '"' ? after_quoted(text, close) : close + 1;
    }
    if (close >= text.size()) return std::nullopt;
    // Only comments may follow: "<a@b.example> (sender)".
    if (!without_comments(text.substr(close + 1)).empty()) return std::nullopt;
    text = trim(text.substr(1, close - 1));
    if (text.empty()) return Path{true, {}};
  }
  text = without_route(text);
  if (auto address = parse_address(text)) return Path{false, std::move(*address)};
  if (text.find('@') == std::string_view::npos && is_local_part(text) && is_valid_utf8(text)) {
    return Path{false, Address{std::string(text), {}}};
  }
  return std::nullopt;
}

std::vector<Mailbox> parse_address_list(std::string_view text, std::size_t most) {
  std::vector<Mailbox> found;
  std::size_t start = 0;      // of the current mailbox
  std::size_t angle = 0;      // where its "<" stands
  std::size_t angle_end = 0;  // after its ">"
  bool has_angle = false;
  const auto flush = [&](std::size_t end) {
    const std::string_view piece = text.substr(start, end - start);
    if (has_angle) {
      if (auto path = parse_path(text.substr(angle, angle_end - angle));
          path && !path->null && path->address.text.find('@') != std::string::npos) {
        found.push_back({display(text.substr(start, angle - start)), std::move(path->address)});
      }
    } else if (piece.find('@') != std::string_view::npos) {
      if (auto address = parse_address(without_comments(piece))) {
        found.push_back({{}, std::move(*address)});
      }
    }
    has_angle = false;
  };
  std::size_t i = 0;
  while (i < text.size() && found.size() < most) {
    const char c = text[i];
    if (c == '(') {
      i = after_comment(text, i);
    } else if (c == '"') {
      i = after_quoted(text, i);
    } else if (c == '<' && !has_angle) {
      has_angle = true;
      angle = i;
      while (i < text.size() && text[i] != '>') {
        i = text[i] == '"' ? after_quoted(text, i) : i + 1;
      }
      i = std::min(i + 1, text.size());
      angle_end = i;
    } else if (c == '[') {
      // A colon in an address literal opens no group.
      while (i < text.size() && text[i] != ']')
        ++i;
    } else {
      if (c == ',' || c == ';') {
        flush(i);
        start = i + 1;
      } else if (c == ':' && !has_angle) {
        start = i + 1;  // the name of a group ends here
      }
      ++i;
    }
  }
  if (found.size() < most) flush(text.size());
  return found;
}

}  // namespace postern::message
