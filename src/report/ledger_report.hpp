// Rows of the gate's ledger, and their summary, as text, JSON lines and CSV.
#pragma once

#include <span>
#include <string>

#include "ledger/row.hpp"
#include "ledger/summary.hpp"
#include "report/style.hpp"

namespace postern::report {

/// One object on a line.
std::string ledger_json_line(const ledger::Row&);

/// The line of titles, and the line of one row.
std::string ledger_csv_head();
std::string ledger_csv_line(const ledger::Row&);

/// A row as it is followed: one line; with steps, indented lines behind it.
std::string ledger_text_line(const ledger::Row&, bool steps);

/// Rows as a table; nothing where there are none.
std::string ledger_table(std::span<const ledger::Row>, const Style&);

std::string ledger_summary_text(const ledger::Summary&, const Style&);
/// One object a line, one a group.
std::string ledger_summary_json(const ledger::Summary&);
std::string ledger_summary_csv(const ledger::Summary&);

}  // namespace postern::report
