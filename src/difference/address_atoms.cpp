#include "difference/address_atoms.hpp"

#include <algorithm>
#include <unordered_map>

#include "policy/tables.hpp"

namespace postern::difference {
namespace {

const IpAddress plainest = IpAddress::from_v4(0xc0000201);  // 192.0.2.1

// Connectors of all sides that hold an address, as one key.
std::vector<std::uint64_t> holders(Policies policies, IpAddress address) {
  std::vector<std::uint64_t> out;
  for (std::size_t side = 0; side < policies.size(); ++side) {
    for (const std::uint32_t connector :
         policy::tables_of(*policies[side]).tenants[0].addresses.find(address)) {
      out.push_back(std::uint64_t{side} << 32 | connector);
    }
  }
  return out;
}

}  // namespace

AddressAtoms::AddressAtoms(Policies policies) : held_by_(policies.size()) {
  cut(policies);
  classify(policies);
}

void AddressAtoms::cut(Policies policies) {
  // The first addresses of intervals. IPv4 stands apart: an IPv6 block that spans ::ffff:0:0/96 by
  // number holds no IPv4 address.
  constexpr uint128 v4_first = static_cast<uint128>(0xffff) << 32;
  std::vector<uint128> starts = {0, v4_first, v4_first + (uint128{1} << 32)};
  for (const policy::Policy* policy : policies) {
    for (const policy::InboundConnector& connector : policy::tables_of(*policy).connectors) {
      if (!connector.enabled) continue;
      for (const Prefix& prefix : connector.sender_ip_addresses) {
        starts.push_back(prefix.first().key());
        starts.push_back(prefix.last().key() + 1);  // 0 after the last of all: no new start
      }
    }
  }
  std::sort(starts.begin(), starts.end());
  starts.erase(std::unique(starts.begin(), starts.end()), starts.end());
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const uint128 next = i + 1 < starts.size() ? starts[i + 1] : 0;
    intervals_.push_back({IpAddress::from_key(starts[i]), IpAddress::from_key(next - 1), 0});
  }
}

void AddressAtoms::classify(Policies policies) {
  std::unordered_map<std::vector<std::uint64_t>, std::size_t, WordsHash> classes;
  for (Interval& interval : intervals_) {
    const auto [found, added] = classes.emplace(holders(policies, interval.first), classes.size());
    interval.of_class = found->second;
    if (added) representatives_.push_back(interval.first);
    if (interval.first <= plainest && plainest <= interval.last) {
      representatives_[interval.of_class] = plainest;
    }
  }
  // Nearly every host is IPv4: where a class has such addresses, one of them stands for it.
  for (const Interval& interval : intervals_) {
    IpAddress& representative = representatives_[interval.of_class];
    if (!representative.is_v4() && interval.first.is_v4()) representative = interval.first;
  }
  for (std::size_t side = 0; side < policies.size(); ++side) {
    held_by_[side].assign(policy::tables_of(*policies[side]).connectors.size(),
                          Bits(classes.size()));
  }
  for (const auto& [key, of_class] : classes) {
    for (const std::uint64_t holder : key)
      held_by_[holder >> 32][holder & 0xffffffff].set(of_class);
  }
}

std::size_t AddressAtoms::class_of(IpAddress address) const {
  const auto after = std::upper_bound(
      intervals_.begin(), intervals_.end(), address,
      [](const IpAddress& wanted, const Interval& interval) { return wanted < interval.first; });
  return (after - 1)->of_class;
}

}  // namespace postern::difference
