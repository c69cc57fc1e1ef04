// All client addresses there can be, as the intervals between the block ends of some tenants, and
// the classes of those that lie in blocks of the same connectors under each.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/ip.hpp"
#include "difference/bits.hpp"
#include "policy/policy.hpp"

namespace postern::difference {

/// The two tenants that are compared, each compiled alone.
using Pair = std::array<const policy::Policy*, 2>;
/// All tenants that are looked at together: a pair, or a pair and one that it is held against.
using Policies = std::span<const policy::Policy* const>;

class AddressAtoms {
 public:
  struct Interval {
    IpAddress first, last;
    std::size_t of_class = 0;
  };

  explicit AddressAtoms(Policies);

  /// In ascending order, without gaps. None holds both IPv4 and IPv6 addresses.
  [[nodiscard]] std::span<const Interval> intervals() const { return intervals_; }
  [[nodiscard]] std::size_t class_count() const { return representatives_.size(); }
  /// An address of the class: 192.0.2.1 (RFC 5737) where that is one.
  [[nodiscard]] IpAddress representative(std::size_t of_class) const {
    return representatives_[of_class];
  }
  [[nodiscard]] std::size_t class_of(IpAddress) const;
  /// The classes that lie in a block of the connector.
  [[nodiscard]] const Bits& held_by(std::size_t side, std::size_t connector) const {
    return held_by_[side][connector];
  }

 private:
  void cut(Policies);
  void classify(Policies);

  std::vector<Interval> intervals_;
  std::vector<IpAddress> representatives_;
  std::vector<std::vector<Bits>> held_by_;  ///< by side and connector; empty sets for disabled ones
};

}  // namespace postern::difference
