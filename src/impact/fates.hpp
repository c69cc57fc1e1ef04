// What becomes of mail: today, and with the switch on, under every reading of what Microsoft's
// documents leave open. Internal to the room.
#pragma once

#include <cstdint>

#include "impact/shape.hpp"
#include "impact/unit.hpp"
#include "policy/readings.hpp"

namespace postern::impact {

class Fates {
 public:
  /// `at_exchange`: Exchange Online does as the settings say. Where a gate stands instead, its mode
  /// decides whether it does, and no settings of a tenant tell that.
  Fates(const policy::Readings& now, bool at_exchange)
      : now_(now), rejecting_(now.with_reject_direct_send(true)), at_exchange_(at_exchange) {}

  /// Counts so many messages like this one to the unit.
  void add(Unit&, const policy::Submission&, std::uint64_t messages) const;
  /// Counts the messages of the unit's shapes.
  void add_shapes(Unit&) const;

 private:
  policy::Readings now_;
  policy::Readings rejecting_;
  bool at_exchange_;
};

}  // namespace postern::impact
