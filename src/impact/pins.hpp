// senders.toml: what the administrator knows of a sender, and what he decided. A pin wins over
// every reading of the evidence, and is shown as a pin.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.hpp"
#include "base/place.hpp"
#include "base/result.hpp"
#include "impact/kind.hpp"

namespace postern::impact {

/// What the administrator answered about a sender.
enum class Decision : std::uint8_t {
  none,          ///< there is no `answer`: what it is (kind) says it
  unanswered,    ///< "?": changes nothing
  keep,          ///< legitimate: it must not break
  refuse,        ///< not legitimate: let it be refused
  let_it_break,  ///< legitimate, and nobody minds that it is refused
};
std::string_view name_of(Decision) noexcept;  ///< as `answer` has it; "" where there is none

struct Pin {
  std::string name;
  /// Empty: holds for mail alone whose client address no evidence tells.
  std::vector<Prefix> addresses;
  /// Empty: whatever it sends as; otherwise only this: an address, or "@contoso.com".
  std::vector<std::string> envelope_senders;
  Kind kind = Kind::unknown;
  bool kind_is_given = false;
  Decision decision = Decision::none;
  /// That it presents, where the evidence records none; in normal form.
  std::string certificate;
  std::string owner;
  std::string note;
  Place where;  ///< file:line:column
};

/// Errors: neither address nor envelope sender (a pin on a name alone would vouch for whoever
/// writes that name), no such kind or answer, neither kind nor answer, an address that is none, a
/// certificate of a sender that is not kept or that has no address;
/// each with file:line:column.
Result<std::vector<Pin>> parse_pins(std::string_view toml, const std::string& file);

/// The table of the keys in Markdown (docs/senders.md).
std::string describe_pin_keys();

/// Whether the pin holds an address (nothing: one that no evidence tells) and every one of the
/// envelope senders. Answered or not.
bool holds(const Pin&, std::optional<IpAddress> address,
           const std::vector<std::string>& envelope_senders) noexcept;

/// What the entry comes to, whether by `answer` or by its kind.
Decision outcome_of(const Pin&) noexcept;

/// Of IPv4, what no connector can name; of IPv6, more than one site has.
bool is_too_wide(const Prefix&);

/// Of the pins that hold them and are answered the most exact one: by the length of the prefix,
/// then one that names envelope senders, then one that refuses, then the first. nullptr if none;
/// what is too wide to be one sender's decides about nobody.
const Pin* find_pin(const std::vector<Pin>&, std::optional<IpAddress> address,
                    const std::vector<std::string>& envelope_senders);

}  // namespace postern::impact
