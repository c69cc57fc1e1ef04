// CSV records; what a cell may hold: CsvCell of written.hpp.
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
