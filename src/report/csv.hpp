// CSV output (RFC 4180), guarded against formula injection: a cell that a spreadsheet would take
// for a formula gets an apostrophe in front (OWASP, "CSV Injection").
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace postern::report {

/// One cell, quoted where needed. Control characters are made safe to show.
std::string csv_cell(std::string_view text);

/// One record with CRLF.
std::string csv_line(const std::vector<std::string>& cells);

}  // namespace postern::report
