// From a survey to what an administrator reads. Internal to the room.
#pragma once

#include <cstddef>
#include <vector>

#include "difference/difference.hpp"
#include "difference/survey.hpp"
#include "difference/words.hpp"

namespace postern::difference {

/// More of one kind of change than this are told by cause.
constexpr std::size_t most_statements = 12;

/// What a statement says, and where it stands: for the tests that hold it against decide().
struct Told {
  Meaning meaning;
  Statement statement;
  Code code = nothing;
  Box classes;  ///< of the region, or the frame of a cause
  std::vector<Box> left_out;
};

/// The largest first, of each kind of change; newly refused before newly accepted before another
/// reply. Attribution alone is not among them.
std::vector<Told> statements_of(const Survey&, const Wording&);

/// Every cause, with Azure Communication Services as the meanings of its code say.
std::vector<Remark> remarks_of(const Survey&, const Wording&);

/// Names of the connectors that attribution alone moves mail to or from, and how much.
void count_attribution(const Survey&, Difference&);

}  // namespace postern::difference
