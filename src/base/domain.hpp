// Domain names in the one form that the rest of the program compares: A-labels, lower case, no
// trailing dot.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace postern {

/// The normal form of a domain name: surrounding space and one trailing dot removed, U-labels
/// turned into A-labels (IDNA2008 with UTS #46 mapping), ASCII lower case. Underscores are let
/// through (they occur in MAIL FROM domains); an empty label, a label over 63 or a name over 253
/// octets (RFC 1035, 2.3.4), spaces and control characters are errors.
Result<std::string> normalise_domain(std::string_view name);

/// The same for the common all-ASCII case, without allocation: writes at most 253 octets to `out`
/// and returns their number; 0 where the name is not valid or not ASCII (then ask
/// normalise_domain).
std::size_t normalise_ascii_domain(std::string_view name, char* out) noexcept;

/// True where `name` is `parent` or below it. Both in normal form.
constexpr bool is_same_or_subdomain(std::string_view name, std::string_view parent) noexcept {
  if (name.size() == parent.size()) return name == parent;
  return name.size() > parent.size() && name.ends_with(parent) &&
         name[name.size() - parent.size() - 1] == '.';
}

/// "mail.example.com" gives "example.com"; empty where there is no dot.
constexpr std::string_view parent_domain(std::string_view name) noexcept {
  const std::size_t dot = name.find('.');
  return dot == std::string_view::npos ? std::string_view{} : name.substr(dot + 1);
}

/// What follows the last '@'; empty where there is none. A quoted local part may hold '@'
/// (RFC 5321, 4.1.2), the domain can't.
constexpr std::string_view domain_of_address(std::string_view address) noexcept {
  const std::size_t at = address.rfind('@');
  return at == std::string_view::npos ? std::string_view{} : address.substr(at + 1);
}

/// The Unicode form for people to read; the input where it can't be converted.
std::string display_domain(std::string_view name);

}  // namespace postern
