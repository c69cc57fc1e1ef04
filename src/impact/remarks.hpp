// What a careful reader must know of the evidence. Internal to the room.
#pragma once

#include <array>
#include <cstdint>

#include "impact/impact.hpp"
#include "impact/spf_questions.hpp"

namespace postern::impact {

/// What was counted while the evidence was read and stands nowhere else in the report.
struct ReadingNotes {
  std::uint64_t without_reverse_path = 0;
  std::uint64_t uncertain_external = 0;      ///< of these, with a foreign From
  std::uint64_t refused_already = 0;         ///< under the tenant as it is
  std::array<std::uint64_t, 5> by_claims{};  ///< messages, indexed by evidence::Claims
  std::uint64_t halves_dropped = 0;          ///< rows that could not wait for their other half
  bool joining_full = false;                 ///< more messages than could be remembered
};

/// Adds the remarks to a report that is whole but for them.
void add_remarks(Report&, const ReadingNotes&, const SpfQuestions&, const Options&);

}  // namespace postern::impact
