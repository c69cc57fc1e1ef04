// The difference of two tenants, over all mail.
#pragma once

#include <string>
#include <vector>

#include "difference/difference.hpp"
#include "report/style.hpp"

namespace postern::report {

struct DiffDocument {
  std::string before, after;         ///< as they were given, with the tenant's name
  std::vector<std::string> changes;  ///< of --if
  difference::Difference difference;
};

std::string diff_text(const DiffDocument&, const Style&);
/// Document "postern/diff/1" (docs/schema/diff-1.json).
std::string diff_json(const DiffDocument&, const Style&);

/// The result, its statements, what nobody expects and what hangs on choices, for reports that hold
/// a difference beside other things.
std::string difference_text(const difference::Difference&, const Style&);
/// What was not examined, and what an export lacked.
std::string notes_text(const difference::Difference&, const Style&);

}  // namespace postern::report
