// What sources write where the envelope sender stands. Internal to the room.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/ascii.hpp"
#include "base/domain.hpp"
#include "policy/submission.hpp"

namespace postern::evidence {

struct EnvelopeSender {
  policy::ReversePath::State state = policy::ReversePath::State::unknown;
  std::string_view address;  ///< as written, without brackets; empty unless it is one
  std::string_view domain;   ///< as written; empty for an address literal
};

/// "" and "<>" are the null path, what has a domain is an address, with or without brackets.
/// Anything else names nobody: what stands in place of a value that was not there or was taken out
/// ("N/A", "null", "-", "REDACTED"), and a name without a domain, to which a server appends one.
inline EnvelopeSender envelope_sender(std::string_view text) noexcept {
  using State = policy::ReversePath::State;
  text = trim(text);
  if (text.starts_with('<') && text.ends_with('>')) text = trim(text.substr(1, text.size() - 2));
  if (text.empty()) return {State::null, {}, {}};
  const std::string_view domain = domain_of_address(text);
  if (domain.empty()) return {};
  return {State::address, text, domain.starts_with('[') ? std::string_view{} : domain};
}

/// Whether a text that should be a domain may be one: nobody's mail comes from "null" or
/// "unknown".
constexpr bool may_be_domain(std::string_view text) noexcept {
  const std::size_t dot = text.find('.');
  return dot != std::string_view::npos && dot > 0 && dot + 1 < text.size();
}

}  // namespace postern::evidence
