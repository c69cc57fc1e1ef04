// The fewest connectors by address, and in these the fewest address blocks, that let in what some
// sources send and nothing else. Internal to the room.
#pragma once

#include <string>
#include <vector>

#include "base/ip.hpp"

namespace postern::plan {

/// The fewest blocks of /24 to /32 that hold these IPv4 addresses and no other (Exchange takes no
/// wider block and no IPv6; Set-InboundConnector -SenderIPAddresses).
std::vector<Prefix> exact_blocks(std::vector<IpAddress> addresses);

/// A source: any of its addresses may send as any of its domains.
struct SourceNeeds {
  std::vector<IpAddress> addresses;  ///< IPv4
  std::vector<std::string> domains;
};

/// What one connector lists. It lets in each of its addresses as each of its domains.
struct Listed {
  std::vector<Prefix> blocks;
  std::vector<std::string> domains;
};

/// Connectors that together let in each address as each domain that some source has with it, and no
/// other pair: as few as can be, and of so many those with the fewest blocks. Both are exact where
/// the search ends within its bound, as it does for a few dozen kinds of sources; beyond it there
/// is a connector for each set of domains that an address may send as. In a fixed order.
std::vector<Listed> fewest_connectors(const std::vector<SourceNeeds>&);

}  // namespace postern::plan
