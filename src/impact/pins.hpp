// senders.toml: what the administrator knows of a sender. A pin wins over every reading of the
// evidence, and is shown as a pin.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/ip.hpp"
#include "base/place.hpp"
#include "base/result.hpp"
#include "impact/kind.hpp"

namespace postern::impact {

struct Pin {
  std::string name;
  std::vector<Prefix> addresses;  ///< never empty
  /// Empty: whatever it sends as; otherwise only this: an address, or "@contoso.com".
  std::vector<std::string> envelope_senders;
  Kind kind = Kind::unknown;
  bool loss_accepted = false;  ///< legitimate, and nobody minds that it is refused
  std::string owner;
  std::string note;
  Place where;  ///< file:line:column
};

/// Errors: no address (a pin on a name alone would vouch for whoever writes that name), no such
/// kind, an address that is none; each with file:line:column.
Result<std::vector<Pin>> parse_pins(std::string_view toml, const std::string& file);

/// The table of the keys in Markdown (docs/senders.md).
std::string describe_pin_keys();

/// The first pin that holds an address and every one of the envelope senders; nullptr if none.
const Pin* find_pin(const std::vector<Pin>&, IpAddress address,
                    const std::vector<std::string>& envelope_senders) noexcept;

}  // namespace postern::impact
