// What a careful reader must know of the evidence. Internal to the room.
#pragma once

#include <array>
#include <cstdint>

#include "impact/impact.hpp"
#include "impact/merge.hpp"
#include "impact/spf_questions.hpp"

namespace postern::impact {

/// What was counted while the evidence was read and stands nowhere else in the report.
struct ReadingNotes {
  std::uint64_t without_reverse_path = 0;
  std::uint64_t uncertain_external = 0;  ///< of these, with a foreign From
  std::array<std::uint64_t, evidence::claims_kinds>
      by_claims{};                           ///< messages, indexed by evidence::Claims
  std::uint64_t refused_as_direct_send = 0;  ///< with 5.7.68, when they came
  std::uint64_t refused_by_restriction = 0;  ///< with 5.7.51
  std::uint64_t hiding_domain = 0;           ///< hides_its_domain()
  std::uint64_t passed_unlisted = 0;         ///< SPF passed from what the record does not list
  std::uint64_t rows_not_joined = 0;         ///< that could not wait for rows of the same message
  std::uint64_t contradicted = 0;            ///< messages that two rows tell otherwise
  Contradiction contradictions = Contradiction::none;  ///< in what
};

/// Adds the remarks to a report that is whole but for them.
void add_remarks(Report&, const ReadingNotes&, const SpfQuestions&, const Context&);

}  // namespace postern::impact
