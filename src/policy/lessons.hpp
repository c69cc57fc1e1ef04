// What a tenant's own mail says of the choices: rows that record how Exchange attributed a message,
// held against the rule under each value of each choice.
#pragma once

#include <cstdint>
#include <vector>

#include "policy/readings.hpp"

namespace postern::policy {

class Lessons {
 public:
  /// So many messages must speak against every other value before one is taken as settled.
  static constexpr std::uint64_t enough = 5;

  struct Value {
    Choices choices;               ///< with that value
    std::uint64_t agree = 0;       ///< messages that the rule attributes as recorded with it
    std::uint64_t contradict = 0;  ///< messages that it does not, and with another value does
  };
  struct Lesson {
    Choice choice = Choice::none;
    std::vector<Value> values;
    /// The one value that nothing contradicts, the others being contradicted often enough; null
    /// where the evidence does not settle it.
    [[nodiscard]] const Value* settled() const noexcept;
  };

  /// For the choices that are open in these readings, which must outlive this.
  explicit Lessons(const Readings& readings);

  /// So many messages like this one.
  void add(const Submission&, std::uint64_t messages);

  [[nodiscard]] const std::vector<Lesson>& lessons() const noexcept { return lessons_; }
  /// The tenant's readings with what is settled.
  [[nodiscard]] Readings learnt() const;

 private:
  const Readings& readings_;
  std::vector<Lesson> lessons_;
};

}  // namespace postern::policy
