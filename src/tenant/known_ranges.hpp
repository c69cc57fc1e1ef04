// Addresses of which it is published whose they are (data/ranges): reserved ones, Exchange Online's
// own, those of services that send for many customers, those of large clouds. Whoever asks what an
// address may vouch for asks here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.hpp"

namespace postern::tenant {

/// In the order in which they win where they overlap.
enum class RangeKind : std::uint8_t {
  reserved,         ///< no mail from the Internet comes from there
  exchange_online,  ///< every tenant sends from there
  shared_sender,    ///< every customer of a service does
  cloud,            ///< whoever rents a machine there does
};
std::string_view name_of(RangeKind) noexcept;  ///< as in the files: "reserved", "shared sender", …

struct KnownRange {
  std::string name;  ///< for people: whose, or what for
  RangeKind kind = RangeKind::cloud;
  std::string source;  ///< where it is published
  std::string date;    ///< of the list that was looked at
  std::string note;    ///< may be empty
  std::vector<Prefix> prefixes;
};

const std::vector<KnownRange>& known_ranges();

/// The range that an address is in; null for one that may be anybody's own.
const KnownRange* known_range(IpAddress);
/// The first range of that kind that has addresses in common with the prefix; null if none.
const KnownRange* known_range(const Prefix&, RangeKind);

/// "192.0.2.7 is Amazon SES's, which every customer of it sends from": why no connector may name
/// the address.
std::string why_not_by_address(IpAddress, const KnownRange&);

}  // namespace postern::tenant
