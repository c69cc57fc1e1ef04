// What rows that record the attribution of a message say of the rule. Internal to the room.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "impact/impact.hpp"
#include "impact/shape.hpp"
#include "policy/lessons.hpp"

namespace postern::impact {

/// What rows recorded otherwise than the rule has it.
class Contradictions {
 public:
  /// The policy must outlive this.
  explicit Contradictions(const policy::Policy& policy) : policy_(policy) {}
  void add(const std::vector<Shape>& shapes);
  [[nodiscard]] std::vector<std::string> sentences() const;

 private:
  const policy::Policy& policy_;
  std::map<std::pair<std::string, std::string>, std::uint64_t>
      messages_;  // by what speaks against what
};

class RecordedAttribution {
 public:
  /// `readings` are of the tenant as it is; they must outlive this.
  explicit RecordedAttribution(const policy::Readings& readings)
      : readings_(readings), lessons_(readings), contradictions_(readings.chosen()) {}

  void add(const std::vector<Shape>& shapes);
  /// The readings with what is settled; tells the report of it and of the contradictions.
  [[nodiscard]] policy::Readings learn(Report&) const;

 private:
  [[nodiscard]] ChoiceTally tally_of(const policy::Lessons::Lesson&) const;

  const policy::Readings& readings_;
  policy::Lessons lessons_;
  Contradictions contradictions_;
  std::uint64_t attributed_ = 0;  // messages
};

}  // namespace postern::impact
