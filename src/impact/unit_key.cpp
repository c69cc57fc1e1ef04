#include "impact/unit_key.hpp"

#include <cstdint>

#include "base/ip.hpp"

namespace postern::impact {
namespace {

IpAddress grouping_address(IpAddress address) {
  return address.is_v4() ? address : Prefix(address, 64).first();
}

}  // namespace

std::uint64_t address_key(IpAddress address) noexcept {
  const uint128 key = grouping_address(address).key();
  return static_cast<std::uint64_t>(key) ^ static_cast<std::uint64_t>(key >> 64);
}

std::uint64_t unit_key(const evidence::Message& m, const Marks& marks, bool is_proved) noexcept {
  const std::uint64_t key =
      m.submission.client_ip ? address_key(*m.submission.client_ip) : marks.path_hash;
  // No address of the Internet has that bit.
  return is_proved ? key ^ (std::uint64_t{1} << 63) : key;
}

}  // namespace postern::impact
