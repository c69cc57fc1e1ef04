// Rows of the gate's ledger, and their summary, as text, JSON lines and CSV.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "ledger/row.hpp"
#include "ledger/summary.hpp"
#include "report/style.hpp"

namespace postern::report {

/// One row of many, which are written as they come.
struct LedgerLine {
  const ledger::Row& row;
  bool steps = false;  ///< each decision's steps too, where the format does not hold them anyway
};
/// One line; with steps, indented lines behind it.
std::string ledger_line_text(const LedgerLine&, const Style&);
/// One object on a line.
std::string ledger_line_json(const LedgerLine&, const Style&);
std::string ledger_line_csv(const LedgerLine&, const Style&);

/// What comes before the first line of them all.
struct LedgerHead {};
/// The line of titles.
std::string ledger_head_csv(const LedgerHead&, const Style&);

/// The newest rows, oldest first, for those who look.
struct LedgerTable {
  std::span<const ledger::Row> newest;
  std::size_t all = 0;  ///< how many there are
  bool steps = false;
};
std::string ledger_table_text(const LedgerTable&, const Style&);

std::string ledger_summary_text(const ledger::Summary&, const Style&);
/// One object a line, one a group.
std::string ledger_summary_json(const ledger::Summary&, const Style&);
std::string ledger_summary_csv(const ledger::Summary&, const Style&);

}  // namespace postern::report
