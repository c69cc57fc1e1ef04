// What an access token says of itself. Nothing is verified here: the service does that. It serves
// to tell a missing grant before the service answers with a bare 401.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace postern::exchange {

struct Claims {
  std::string audience;             ///< aud
  std::string tenant_id;            ///< tid
  std::string app_id;               ///< appid, or azp
  std::string user;                 ///< upn, or preferred_username; empty for an application
  std::vector<std::string> roles;   ///< roles: application permissions
  std::vector<std::string> scopes;  ///< scp: delegated permissions
  UnixTime expires = 0;             ///< exp; 0 where absent

  [[nodiscard]] bool is_delegated() const noexcept { return !scopes.empty(); }
  [[nodiscard]] bool has_role(std::string_view role) const noexcept;
  [[nodiscard]] bool has_scope(std::string_view scope) const noexcept;
};

/// Reads the payload of a JWT (RFC 7519, 3). Errors: not three parts, not base64url, not JSON. The
/// error does not quote the token.
Result<Claims> read_claims(std::string_view token);

/// "12345678-9abc-def0-1234-56789abcdef0".
bool is_guid(std::string_view text) noexcept;

}  // namespace postern::exchange
