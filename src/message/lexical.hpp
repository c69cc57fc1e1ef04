// The lexical ground of structured header fields (RFC 5322, 3.2): comments nest, quoted strings
// hide every special, a backslash quotes the next octet. All of it survives garbage: an unclosed
// comment or string runs to the end of the text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace postern::message {

/// The index just after the comment that opens at `text[at] == '('`.
std::size_t after_comment(std::string_view text, std::size_t at) noexcept;

/// The index just after the quoted string that opens at `text[at] == '"'`.
std::size_t after_quoted(std::string_view text, std::size_t at) noexcept;

/// What stands between the parentheses or quotation marks that `text` begins with; the closing one
/// may be missing.
std::string_view inside(std::string_view text) noexcept;

/// A quoted string's content with its backslashes resolved; other text unchanged.
std::string unquoted(std::string_view text);

/// Splits at `separator` outside of comments and quoted strings. At most `most` pieces; the rest
/// is dropped.
std::vector<std::string_view> split_structured(std::string_view text, char separator,
                                               std::size_t most);

/// One piece of a structured field: a run of octets without space, or one comment. A quoted string
/// belongs to the run that it stands in.
struct Token {
  std::string_view text;  ///< for a comment: its inside
  bool comment = false;
};

/// At most `most` tokens; the rest is dropped.
std::vector<Token> tokenise(std::string_view text, std::size_t most);

}  // namespace postern::message
