// The gate's page for a terminal: the same, in the same order, from what the page is told.
#pragma once

#include <string>

#include "base/result.hpp"
#include "report/style.hpp"

namespace postern::page {

/// What was answered to /api/state, /api/senders, /api/rows and /api/changes.
struct Told {
  std::string state, senders, rows, changes;
};

/// Errors: an answer that is none of ours.
Result<std::string> terminal_page(const Told&, const report::Style&);

}  // namespace postern::page
