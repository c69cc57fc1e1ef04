// A second reader of what the fewest connectors are, from the rule alone.
//
// A connector is a list of blocks and a list of domains and lets in each with each. Connectors may
// let in together what was seen, and nothing else. Every set of pairs that some connectors let in
// is gone through, with the fewest blocks that it takes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/ip.hpp"

namespace postern::plan::testing {

constexpr std::size_t most_addresses = 5;
constexpr std::size_t most_domains = 3;
/// Bit address * most_domains + domain.
using Pairs = std::uint32_t;

/// 203.0.113.FIRST and the four behind it are all addresses that there are.
inline IpAddress address_at(unsigned first_octet, unsigned i) {
  return IpAddress::from_v4(0xcb007100u + first_octet + i);
}
inline std::string domain_at(unsigned i) {
  return "d" + std::to_string(i) + ".example";
}

/// What one connector lets in.
inline Pairs pairs_of(const std::vector<Prefix>& blocks, const std::vector<std::string>& domains,
                      unsigned first_octet) {
  Pairs out = 0;
  for (unsigned i = 0; i < most_addresses; ++i) {
    const bool held = std::any_of(blocks.begin(), blocks.end(), [&](const Prefix& block) {
      return block.contains(address_at(first_octet, i));
    });
    for (unsigned d = 0; held && d < most_domains; ++d) {
      if (std::find(domains.begin(), domains.end(), domain_at(d)) != domains.end()) {
        out |= Pairs{1} << (i * most_domains + d);
      }
    }
  }
  return out;
}

/// Of addresses as a set of bits: a block is aligned, and all of it is there.
inline std::size_t blocks_of(unsigned set, unsigned from, unsigned size, unsigned first_octet) {
  unsigned there = 0;
  for (unsigned i = 0; i < most_addresses; ++i) {
    const unsigned at = first_octet + i;
    if ((set >> i & 1) != 0 && at >= from && at < from + size) ++there;
  }
  if (there == 0) return 0;
  if (there == size) return 1;
  return blocks_of(set, from, size / 2, first_octet) +
         blocks_of(set, from + size / 2, size / 2, first_octet);
}

/// The fewest connectors for these pairs, and the fewest blocks in so many.
inline std::pair<std::size_t, std::size_t> fewest(Pairs seen, unsigned first_octet) {
  std::map<Pairs, std::size_t> rectangles;  // what one connector lets in, and its blocks
  for (unsigned addresses = 1; addresses < 1u << most_addresses; ++addresses) {
    for (unsigned domains = 1; domains < 1u << most_domains; ++domains) {
      Pairs in = 0;
      for (unsigned i = 0; i < most_addresses; ++i)
        in |= (addresses >> i & 1) != 0 ? domains << i * most_domains : 0;
      if ((in & ~seen) == 0) rectangles[in] = blocks_of(addresses, 0, 256, first_octet);
    }
  }
  std::map<Pairs, std::size_t> reached = {{0, 0}};
  for (std::size_t count = 0;; ++count) {
    if (const auto whole = reached.find(seen); whole != reached.end()) {
      return {count, whole->second};
    }
    std::map<Pairs, std::size_t> next;
    for (const auto& [pairs, cost] : reached) {
      for (const auto& [rectangle, more] : rectangles) {
        if ((rectangle & ~pairs) == 0) continue;
        const auto [at, is_new] = next.emplace(pairs | rectangle, cost + more);
        if (!is_new) at->second = std::min(at->second, cost + more);
      }
    }
    reached = std::move(next);
  }
}

}  // namespace postern::plan::testing
