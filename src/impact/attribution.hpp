// What rows that record the attribution of a message say of the rule. Internal to the room.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "impact/impact.hpp"
#include "impact/shape.hpp"
#include "policy/lessons.hpp"

namespace postern::impact {

class RecordedAttribution {
 public:
  /// `readings` are of the tenant as it is; they must outlive this.
  explicit RecordedAttribution(const policy::Readings& readings)
      : readings_(readings), lessons_(readings) {}

  void add(const std::vector<Shape>& shapes);
  /// The readings with what is settled; tells the report of it and of the contradictions.
  [[nodiscard]] policy::Readings learn(Report&) const;

 private:
  const policy::Readings& readings_;
  policy::Lessons lessons_;
  std::map<std::string, std::uint64_t> contradicted_;  // messages by what speaks against what
};

}  // namespace postern::impact
