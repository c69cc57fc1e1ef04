#include "message/lexical.hpp"

#include "base/ascii.hpp"

namespace postern::message {

std::size_t after_comment(std::string_view text, std::size_t at) noexcept {
  std::size_t depth = 0;
  for (; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '(') {
      ++depth;
    } else if (text[at] == ')' && --depth == 0) {
      return at + 1;
    }
  }
  return text.size();
}

std::size_t after_quoted(std::string_view text, std::size_t at) noexcept {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      return at + 1;
    }
  }
  return text.size();
}

std::string_view inside(std::string_view text) noexcept {
  if (text.empty()) return text;
  const char close = text.front() == '(' ? ')' : text.front();
  text.remove_prefix(1);
  if (!text.empty() && text.back() == close) text.remove_suffix(1);
  return text;
}

std::string unquoted(std::string_view text) {
  if (text.empty() || text.front() != '"') return std::string(text);
  const std::string_view content = inside(text);
  std::string out;
  out.reserve(content.size());
  for (std::size_t i = 0; i < content.size(); ++i) {
    if (content[i] == '\\' && i + 1 < content.size()) ++i;
    out += content[i];
  }
  return out;
}

std::vector<std::string_view> split_structured(std::string_view text, char separator,
                                               std::size_t most) {
  std::vector<std::string_view> pieces;
  std::size_t start = 0;
  std::size_t i = 0;
  while (i < text.size() && pieces.size() < most) {
    if (text[i] == '(') {
      i = after_comment(text, i);
    } else if (text[i] == '"') {
      i = after_quoted(text, i);
    } else {
      if (text[i] == separator) {
        pieces.push_back(text.substr(start, i - start));
        start = i + 1;
      }
      ++i;
    }
  }
  if (pieces.size() < most) pieces.push_back(text.substr(start));
  return pieces;
}

std::vector<Token> tokenise(std::string_view text, std::size_t most) {
  std::vector<Token> tokens;
  std::size_t i = 0;
  while (i < text.size() && tokens.size() < most) {
    if (is_ascii_space(text[i])) {
      ++i;
      continue;
    }
    const std::size_t start = i;
    if (text[i] == '(') {
      i = after_comment(text, i);
      tokens.push_back({inside(text.substr(start, i - start)), true});
      continue;
    }
    while (i < text.size() && !is_ascii_space(text[i]) && text[i] != '(') {
      i = text[i] == '"' ? after_quoted(text, i) : i + 1;
    }
    tokens.push_back({text.substr(start, i - start), false});
  }
  return tokens;
}

}  // namespace postern::message
