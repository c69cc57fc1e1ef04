#include "message/authentication_results.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/ascii.hpp"
#include "message/lexical.hpp"

namespace postern::message {
namespace {

constexpr std::size_t most_methods = 100;
constexpr std::size_t most_properties = 50;

// "dkim / 1 = pass" may hold space around "=" and "/" (RFC 8601, 2.2): the words are put together
// again, and comments taken out, so that one "key=value" is one word.
std::vector<std::string> words_of(std::string_view piece, std::string& comment) {
  std::vector<std::string> words;
  bool joins = false;
  for (const Token& token : tokenise(piece, 3 * most_properties)) {
    if (token.comment) {
      if (comment.empty()) comment = std::string(trim(token.text));
      continue;
    }
    const bool opens = token.text.front() == '=' || token.text.front() == '/';
    if (!words.empty() && (joins || opens)) {
      words.back() += token.text;
    } else {
      words.emplace_back(token.text);
    }
    joins = token.text.back() == '=' || token.text.back() == '/';
  }
  return words;
}

std::string unquote_value(std::string_view value) {
  return value.starts_with('"') ? unquoted(value) : std::string(value);
}

}  // namespace

AuthResult parse_auth_result(std::string_view word) noexcept {
  struct Name {
    std::string_view word;
    AuthResult result;
  };
  static constexpr std::array<Name, 15> names = {
      {{"pass", AuthResult::pass},
       {"fail", AuthResult::fail},
       {"hardfail", AuthResult::fail},
       {"softfail", AuthResult::soft_fail},
       {"none", AuthResult::none},
       {"neutral", AuthResult::neutral},
       {"temperror", AuthResult::temp_error},
       {"permerror", AuthResult::perm_error},
       // RFC 8601, 2.7.1: signed, but not acceptably.
       {"policy", AuthResult::fail},
       {"bestguesspass", AuthResult::none},
       {"softpass", AuthResult::none},
       // Exchange's, where a key's look-up took too long.
       {"timeout", AuthResult::temp_error},
       // RFC 4408, before RFC 7208 renamed them.
       {"error", AuthResult::temp_error},
       {"unknown", AuthResult::perm_error},
       {"discard", AuthResult::fail}}};
  for (const Name& name : names) {
    if (iequals(word, name.word)) return name.result;
  }
  return AuthResult::unknown;
}

std::string_view MethodResult::property(std::string_view name) const noexcept {
  for (const auto& [key, value] : properties) {
    if (key == name) return value;
  }
  return {};
}

const MethodResult* AuthenticationResults::find(std::string_view method) const noexcept {
  for (const MethodResult& result : methods) {
    if (result.method == method) return &result;
  }
  return nullptr;
}

AuthResult AuthenticationResults::outcome(std::string_view method) const noexcept {
  AuthResult outcome = AuthResult::unknown;
  for (const MethodResult& result : methods) {
    if (result.method != method) continue;
    if (result.result == AuthResult::pass) return AuthResult::pass;
    if (outcome == AuthResult::unknown) outcome = result.result;
  }
  return outcome;
}

AuthenticationResults parse_authentication_results(std::string_view text) {
  AuthenticationResults out;
  bool first = true;
  for (const std::string_view piece : split_structured(text, ';', 4 * most_methods)) {
    MethodResult result;
    const std::vector<std::string> words = words_of(piece, result.comment);
    const bool opens_field = first;
    first = false;
    if (words.empty()) continue;
    const std::string_view head = words.front();
    const std::size_t equals = head.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      // The authserv-id; older Exchange Online puts the recipient's domain between methods.
      if (opens_field) out.server = to_lower(unquote_value(head));
      continue;
    }
    result.method = to_lower(head.substr(0, std::min(equals, head.find('/'))));
    result.result = parse_auth_result(head.substr(equals + 1));
    for (std::size_t i = 1; i < words.size() && result.properties.size() < most_properties; ++i) {
      const std::string_view word = words[i];
      const std::size_t at = word.find('=');
      if (at == std::string_view::npos || at == 0) continue;
      std::string key = to_lower(word.substr(0, at));
      std::string value = unquote_value(word.substr(at + 1));
      if (key == "reason") {
        result.reason = std::move(value);
      } else {
        result.properties.emplace_back(std::move(key), std::move(value));
      }
    }
    out.methods.push_back(std::move(result));
    if (out.methods.size() == most_methods) break;
  }
  return out;
}

}  // namespace postern::message
