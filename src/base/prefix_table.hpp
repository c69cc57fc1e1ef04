// Which of many prefixes hold an address: a sorted table of disjoint intervals, each with the list
// of values whose prefixes cover it. A look-up is one binary search and allocates nothing.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "base/ip.hpp"

namespace postern {

class PrefixTable {
 public:
  using Value = std::uint32_t;

  PrefixTable() = default;
  /// Values may repeat over prefixes, prefixes may overlap. O(n log n) plus the size of the
  /// overlaps.
  explicit PrefixTable(const std::vector<std::pair<Prefix, Value>>& entries);

  /// Values of all prefixes that hold `address`, ascending, without repeats. The span lives as
  /// long as the table.
  [[nodiscard]] std::span<const Value> find(IpAddress address) const noexcept {
    if (address.is_v4()) return v4_.find(address.v4(), values_);
    return v6_.find(address.key(), values_);
  }
  [[nodiscard]] bool empty() const noexcept { return v4_.starts.empty() && v6_.starts.empty(); }

 private:
  struct Slice {
    std::uint32_t offset = 0;
    std::uint32_t length = 0;
  };
  template <class Key>
  struct Intervals {
    std::vector<Key> starts;    // interval i runs from starts[i] up to starts[i + 1]
    std::vector<Slice> slices;  // parallel to starts

    [[nodiscard]] std::span<const Value> find(Key key,
                                              const std::vector<Value>& values) const noexcept {
      const auto after = std::upper_bound(starts.begin(), starts.end(), key);
      if (after == starts.begin()) return {};
      const Slice slice = slices[static_cast<std::size_t>(after - starts.begin() - 1)];
      return {values.data() + slice.offset, slice.length};
    }
  };
  template <class Key>
  struct Range {
    Key first;
    Key last;
    Value value;
  };
  template <class Key>
  void build(std::vector<Range<Key>> ranges, Intervals<Key>& out);

  Intervals<std::uint32_t> v4_;
  Intervals<uint128> v6_;
  std::vector<Value> values_;
};

}  // namespace postern
