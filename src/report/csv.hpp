// CSV records; what a cell may hold: CsvCell of written.hpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/style.hpp"

namespace postern::report {

/// One cell, quoted where needed. Control characters are made safe to show.
std::string csv_cell(std::string_view text);

/// A number with so many decimal places, as the style writes it.
std::string csv_number(double number, int places, const Style&);

/// One record with CRLF, its cells apart as the style has it.
std::string csv_line(const std::vector<std::string>& cells, const Style&);

}  // namespace postern::report
