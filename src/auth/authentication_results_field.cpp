#include "auth/authentication_results_field.hpp"

#include <algorithm>
#include <cstddef>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/domain.hpp"
#include "message/encoded_word.hpp"

namespace postern::auth {
namespace {

constexpr std::size_t longest_line = 78;      // RFC 5322, 2.1.1
constexpr std::size_t longest_written = 700;  // of one value; the line's limit is 998
constexpr std::size_t longest_keyword = 63;

bool is_letter_or_digit(char c) noexcept {
  return is_ascii_digit(c) || is_ascii_alpha(c);
}

// RFC 2045, 5.1.
bool is_token_octet(char c) noexcept {
  return c > 0x20 && c < 0x7f &&
         std::string_view("()<>@,;:\\\"/[]?=").find(c) == std::string_view::npos;
}

bool is_token(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_octet);
}

// RFC 5321, 4.1.2; underscores stand in some names of the registry.
bool is_keyword(std::string_view text) noexcept {
  return !text.empty() && text.size() <= longest_keyword && is_letter_or_digit(text.back()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_letter_or_digit(c) || c == '-' || c == '_'; });
}

bool is_property_name(std::string_view name) noexcept {
  const std::size_t dot = name.find('.');
  return dot != std::string_view::npos && is_keyword(name.substr(0, dot)) &&
         is_keyword(name.substr(dot + 1));
}

// A domain, or an address whose local part needs no quotes: pvalue lets them stand bare.
bool is_bare_address(std::string_view text) noexcept {
  const std::size_t at = text.find('@');
  if (at == std::string_view::npos) return false;
  const std::string_view local = text.substr(0, at);
  const std::string_view domain = text.substr(at + 1);
  return (local.empty() || is_token(local)) && !domain.empty() &&
         std::all_of(domain.begin(), domain.end(),
                     [](char c) { return is_letter_or_digit(c) || c == '-' || c == '.'; });
}

// `specials` get a backslash before them.
std::string escaped(std::string_view text, std::string_view specials) {
  std::string out;
  for (const char c : text) {
    if (out.size() >= longest_written) break;
    const char safe = is_ascii_printable(c) ? c : '?';
    if (specials.find(safe) != std::string_view::npos) out += '\\';
    out += safe;
  }
  return out;
}

std::string written_value(std::string_view text) {
  if (text.size() <= longest_written && (is_token(text) || is_bare_address(text))) {
    return std::string(text);
  }
  return '"' + escaped(text, "\"\\") + '"';
}

// Words with a space or a fold between them.
class Folding {
 public:
  explicit Folding(std::size_t column) : column_(column) {}

  void word(std::string_view text) {
    if (out_.empty()) {
      append(text);
    } else if (column_ + 1 + text.size() + 1 > longest_line) {  // a semicolon may follow
      line(text);
    } else {
      append(" ");
      append(text);
    }
  }
  void line(std::string_view text) {
    out_ += "\r\n\t";
    column_ = 1;
    append(text);
  }
  void append(std::string_view text) {
    out_ += text;
    column_ += text.size();
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
  std::size_t column_;
};

std::vector<std::string> words_of(const MethodStatement& statement) {
  std::vector<std::string> words;
  words.push_back(
      statement.method_version
          ? fmt::format("{}/{}={}", statement.method, *statement.method_version, statement.result)
          : statement.method + "=" + statement.result);
  if (!statement.comment.empty()) words.push_back("(" + escaped(statement.comment, "()\\") + ")");
  if (!statement.reason.empty()) words.push_back("reason=" + written_value(statement.reason));
  for (const StatedProperty& property : statement.properties) {
    if (is_property_name(property.name)) {
      words.push_back(property.name + "=" + written_value(property.value));
    }
  }
  return words;
}

// What a field's first piece says, read as leniently as anybody might.
struct FirstPiece {
  std::string text;                  // lower case; comments, quotes and what is no token gone
  std::vector<std::size_t> borders;  // sizes that `text` had where something was left out
  std::string with_others;           // the same, but octets beyond ASCII stay
  bool unclosed = false;             // a comment or quoted string of the whole field

  void border() {
    if (borders.empty() || borders.back() != text.size()) borders.push_back(text.size());
  }
};

FirstPiece first_piece_of(std::string_view field) {
  FirstPiece out;
  bool first = true;
  bool quoted = false;
  std::size_t depth = 0;
  for (std::size_t i = 0; i < field.size(); ++i) {
    char c = field[i];
    const bool pair = c == '\\' && i + 1 < field.size();
    if (pair) c = field[++i];
    if (!pair && depth > 0) {
      depth += c == '(' ? 1 : c == ')' ? std::size_t(-1) : 0;
      continue;
    }
    if (depth > 0) continue;
    if (!pair && c == '"') {
      quoted = !quoted;
    } else if (!pair && !quoted && c == '(') {
      depth = 1;
    } else if (!pair && !quoted && c == ';') {
      first = false;
    } else if (first && is_token_octet(c)) {
      out.text += ascii_lower(c);
      out.with_others += c;
      continue;
    } else if (first && static_cast<unsigned char>(c) >= 0x80) {
      out.with_others += c;
    }
    if (first) out.border();
  }
  out.border();
  out.unclosed = quoted || depth > 0;
  return out;
}

std::string tokens_of(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_token_octet(c)) out += ascii_lower(c);
  }
  return out;
}

void drop_last_dot(std::string& name) {
  if (name.ends_with('.')) name.pop_back();
}

bool claims(std::string_view field, const std::string& ours, std::string_view ours_as_written) {
  const FirstPiece piece = first_piece_of(field);
  if (piece.unclosed && tokens_of(field).find(ours) != std::string::npos) return true;
  // The id ends at a border: what follows may be a version, or something that only some pass over.
  if (piece.text.starts_with(ours)) {
    const bool dot = piece.text.size() > ours.size() && piece.text[ours.size()] == '.';
    for (const std::size_t border : piece.borders) {
      if (border == ours.size() || (dot && border == ours.size() + 1)) return true;
    }
  }
  if (piece.with_others.size() == piece.text.size()) return false;
  const auto id = normalise_domain(piece.with_others);
  const auto own = normalise_domain(ours_as_written);
  return id && own && *id == *own;
}

}  // namespace

std::string write_authentication_results(const AuthenticationResultsField& field) {
  Folding out(field.arc_instance ? std::string_view("ARC-Authentication-Results: ").size()
                                 : std::string_view("Authentication-Results: ").size());
  if (field.arc_instance) out.word(fmt::format("i={};", *field.arc_instance));
  out.word(written_value(field.authserv_id));
  if (field.version) out.word(std::to_string(*field.version));
  bool any = false;
  for (const MethodStatement& statement : field.methods) {
    if (!is_keyword(statement.method) || !is_keyword(statement.result)) continue;
    any = true;
    out.append(";");
    const std::vector<std::string> words = words_of(statement);
    out.line(words.front());
    for (std::size_t i = 1; i < words.size(); ++i)
      out.word(words[i]);
  }
  if (!any) {
    out.append(";");
    out.word("none");
  }
  return out.take();
}

bool forges_us(std::string_view field_text, std::string_view our_authserv_id) {
  std::string ours = tokens_of(our_authserv_id);
  drop_last_dot(ours);
  if (ours.empty()) return false;
  if (claims(field_text, ours, our_authserv_id)) return true;
  // Some readers decode these everywhere, though RFC 2047, 5 lets them stand in text only.
  return field_text.find("=?") != std::string_view::npos &&
         claims(message::decode_words(field_text), ours, our_authserv_id);
}

}  // namespace postern::auth
