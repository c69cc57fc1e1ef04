#include "evidence/tables/field_values.hpp"

#include <cstddef>

#include "base/ascii.hpp"
#include "base/domain.hpp"
#include "message/authentication_results.hpp"

namespace postern::evidence {
namespace {

// The JSON text value that follows "key":, without decoding: the words in question are plain.
std::string_view json_word(std::string_view text, std::string_view key) {
  for (std::size_t at = ifind(text, key); at != std::string_view::npos;) {
    std::string_view rest = text.substr(at + key.size());
    const bool opens = at > 0 && text[at - 1] == '"';
    if (opens && rest.starts_with('"')) {
      rest = trim(rest.substr(1));
      if (rest.starts_with(':')) {
        rest = trim(rest.substr(1));
        if (rest.starts_with('"')) return rest.substr(1, rest.find('"', 1) - 1);
        return {};
      }
    }
    const std::size_t next = ifind(text.substr(at + 1), key);
    at = next == std::string_view::npos ? next : at + 1 + next;
  }
  return {};
}

}  // namespace

std::optional<std::string_view> DomainField::read(std::string_view text) {
  const Value& value = cache_.get(text, [](std::string_view from, Value& into) {
    into.valid = false;
    std::size_t length = normalise_ascii_domain(from, into.text.data());
    if (length == 0) {
      const auto slow = normalise_domain(from);
      if (!slow) return;
      length = slow->copy(into.text.data(), into.text.size());
    }
    into.length = static_cast<std::uint8_t>(length);
    into.valid = true;
  });
  if (!value.valid) return std::nullopt;
  return std::string_view(value.text.data(), value.length);
}

std::optional<IpAddress> AddressField::read(std::string_view text) {
  return cache_.get(text, [](std::string_view from, std::optional<IpAddress>& into) {
    into = IpAddress::parse(from);
  });
}

const AuthenticationField::Value& AuthenticationField::read(std::string_view text) {
  return cache_.get(text, [](std::string_view from, Value& into) {
    into = {};
    const std::string_view trimmed = trim(from);
    into.valid = trimmed.starts_with('{') && trimmed.ends_with('}');
    if (!into.valid) return;
    into.results.spf = message::parse_auth_result(json_word(trimmed, "SPF"));
    into.results.dkim = message::parse_auth_result(json_word(trimmed, "DKIM"));
    into.results.dmarc = message::parse_auth_result(json_word(trimmed, "DMARC"));
    into.results.compauth = message::parse_auth_result(json_word(trimmed, "CompAuth"));
  });
}

}  // namespace postern::evidence
