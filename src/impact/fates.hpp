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
  explicit Fates(const policy::Readings& now)
      : now_(now), rejecting_(now.with_reject_direct_send(true)) {}

  /// Counts so many messages like this one to the unit.
  void add(Unit&, const policy::Submission&, std::uint64_t messages) const;
  /// Counts the messages of the unit's shapes.
  void add_shapes(Unit&) const;

 private:
  policy::Readings now_;
  policy::Readings rejecting_;
};

}  // namespace postern::impact
