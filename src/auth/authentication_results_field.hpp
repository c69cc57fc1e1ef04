// Authentication-Results as written by us (RFC 8601, 2.2), and the question that keeps it honest:
// whether a field that came with the mail claims to be ours. Reading is
// message::parse_authentication_results().
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postern::auth {

/// "smtp.mailfrom", "smtp.helo", "header.d", "header.i", "header.b", "header.from", "policy.…", …
struct StatedProperty {
  std::string name;   ///< ptype "." property; left out where it is none
  std::string value;  ///< any octets
};

/// What one method found.
struct MethodStatement {
  std::string method;                      ///< "spf", "dkim", "dmarc", "arc", …
  std::optional<unsigned> method_version;  ///< not written where it is not told
  std::string result;                      ///< "pass", "temperror", …
  std::string comment;                     ///< for people; any octets, empty: none
  std::string reason;                      ///< any octets, empty: none
  std::vector<StatedProperty> properties;
};

struct AuthenticationResultsField {
  std::string authserv_id;
  std::optional<unsigned> version;       ///< 1 is the only one, and need not be told
  std::optional<unsigned> arc_instance;  ///< i=: the field is ARC-Authentication-Results (RFC 8617)
  std::vector<MethodStatement> methods;  ///< empty: "none"
};

/// The field's value, one method a line, folded with CRLF TAB where a line would be longer than 78
/// octets with the field's name before it, no line break at the end. No line is longer than 998
/// octets: longer values are cut. Values from mail may hold anything: what is no printable ASCII
/// becomes '?', so that no value can end the line or the quotes that it stands in. A method or
/// property whose name is no keyword is left out.
std::string write_authentication_results(const AuthenticationResultsField& field);

/// True where the field (its text after the colon, folded or not) may be taken by anybody for one
/// with our authserv-id, so that it must go (RFC 8601, 5). Comments, white space, quotes, case,
/// a version, and encoded words hide nothing; a field with a comment or quote that is not closed
/// claims our id where it holds it anywhere, since nobody knows how others read it.
bool forges_us(std::string_view field_text, std::string_view our_authserv_id);

}  // namespace postern::auth
