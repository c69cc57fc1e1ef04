// What Exchange takes as a connector's address block.
#pragma once

#include <string_view>

#include "base/ip.hpp"

namespace postern::policy {

/// Set-InboundConnector -SenderIPAddresses takes IPv4 alone, single addresses or /24 to /32. What
/// is the matter with the block ("IPv6", "wider than /24") and what to do; both empty where
/// Exchange takes it. Other mail systems (Cloud::none) have no such limit.
struct AddressLimit {
  std::string_view what;
  std::string_view remedy;
};

inline AddressLimit address_limit(const Prefix& block) noexcept {
  if (!block.is_v4()) return {"IPv6", "name IPv4 addresses"};
  if (block.length() < 24) return {"wider than /24", "split it into /24 blocks"};
  return {};
}

}  // namespace postern::policy
