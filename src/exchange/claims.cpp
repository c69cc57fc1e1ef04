#include "exchange/claims.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <nlohmann/json.hpp>

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "exchange/json_text.hpp"

namespace postern::exchange {
namespace {

using Json = nlohmann::json;

std::string first_of(const Json& payload, const char* claim, const char* otherwise) {
  std::string text = text_of(payload, claim);
  return text.empty() ? text_of(payload, otherwise) : text;
}

}  // namespace

bool Claims::has_role(std::string_view role) const noexcept {
  return std::any_of(roles.begin(), roles.end(), [&](auto& each) { return iequals(each, role); });
}

bool Claims::has_scope(std::string_view scope) const noexcept {
  return std::any_of(scopes.begin(), scopes.end(),
                     [&](auto& each) { return iequals(each, scope); });
}

Result<Claims> read_claims(std::string_view token) {
  const auto parts = split(token, '.');
  if (parts.size() != 3) return fail("is no readable token (not three parts)", "token");
  const auto bytes = decode_base64url(parts[1]);
  if (!bytes) return fail("is no readable token (its middle is no base64url)", "token");
  const Json payload = Json::parse(*bytes, nullptr, false);
  if (!payload.is_object()) return fail("is no readable token (its middle is no JSON)", "token");
  Claims claims;
  claims.audience = text_of(payload, "aud");
  claims.tenant_id = to_lower(text_of(payload, "tid"));
  claims.app_id = first_of(payload, "appid", "azp");
  claims.user = first_of(payload, "upn", "preferred_username");
  if (const auto roles = payload.find("roles"); roles != payload.end() && roles->is_array()) {
    for (const Json& role : *roles) {
      if (role.is_string()) claims.roles.push_back(role.get<std::string>());
    }
  }
  const std::string scopes = text_of(payload, "scp");
  for (const std::string_view scope : split(scopes, ' ')) {
    if (!scope.empty()) claims.scopes.emplace_back(scope);
  }
  if (const auto expires = payload.find("exp");
      expires != payload.end() && expires->is_number_integer()) {
    claims.expires = expires->get<UnixTime>();
  }
  return claims;
}

bool is_guid(std::string_view text) noexcept {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = ascii_lower(text[i]);
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? c != '-' : !is_ascii_digit(c) && (c < 'a' || c > 'f')) return false;
  }
  return true;
}

}  // namespace postern::exchange
