#include "report/csv.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "report/written.hpp"

namespace postern::report {

std::string csv_cell(std::string_view text) {
  Csv out;
  return std::move(out.text(text)).take();
}

std::string csv_number(double number, int places, const Style& style) {
  std::string out = fmt::format("{:.{}f}", number, places);
  std::replace(out.begin(), out.end(), '.', style.csv_decimal);
  return out;
}

std::string csv_line(const std::vector<std::string>& cells, const Style& style) {
  Csv line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) line << (style.csv_separator == ';' ? Own(";") : Own(","));
    line.text(cells[i]);
  }
  line << "\r\n";
  return std::move(line).take();
}

}  // namespace postern::report
