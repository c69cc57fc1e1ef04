// Authentication-Results (RFC 8601), and the form that Exchange Online writes instead: without the
// name of the server, with comments, with "compauth" as one more method.
//
//   spf=fail (sender IP is 203.0.113.7) smtp.mailfrom=contoso.com; dkim=none (message not signed)
//     header.d=none;dmarc=fail action=oreject header.from=contoso.com;compauth=fail reason=001
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postern::message {

enum class AuthResult : std::uint8_t {
  unknown,  ///< not recorded
  none,
  pass,
  fail,
  soft_fail,
  neutral,
  temp_error,
  perm_error,
};

/// "pass", "SoftFail", "hardfail", … without case. Exchange's own words are the receiver's guess,
/// not a statement of the domain's owner: "bestguesspass" (no DMARC record exists) and "softpass"
/// are none. unknown for other words.
AuthResult parse_auth_result(std::string_view word) noexcept;

struct MethodResult {
  std::string method;  ///< lower case, without version: "spf", "dkim", "dmarc", "compauth", "arc"
  AuthResult result = AuthResult::unknown;
  std::string reason;   ///< "reason=" as written; for compauth the three-digit code
  std::string comment;  ///< first comment: "sender IP is 203.0.113.7"
  std::vector<std::pair<std::string, std::string>> properties;  ///< "smtp.mailfrom", "action", …

  /// Empty where there is no such property. Names in lower case.
  [[nodiscard]] std::string_view property(std::string_view name) const noexcept;
};

struct AuthenticationResults {
  std::string server;  ///< authserv-id; empty in Exchange Online's form
  std::vector<MethodResult> methods;

  /// The first result of a method; nullptr where there is none.
  [[nodiscard]] const MethodResult* find(std::string_view method) const noexcept;
  /// The outcome of a method that may occur several times (one DKIM result a signature): pass if
  /// any passed, else the first.
  [[nodiscard]] AuthResult outcome(std::string_view method) const noexcept;
};

/// `text` is unfolded. Never fails; at most 100 methods and 50 properties each.
AuthenticationResults parse_authentication_results(std::string_view text);

}  // namespace postern::message
