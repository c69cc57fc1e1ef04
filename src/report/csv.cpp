#include "report/csv.hpp"

#include <cstddef>
#include <utility>

#include "report/written.hpp"

namespace postern::report {

std::string csv_cell(std::string_view text) {
  Csv out;
  return std::move(out.text(text)).take();
}

std::string csv_line(const std::vector<std::string>& cells) {
  Csv line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) line << ",";
    line.text(cells[i]);
  }
  line << "\r\n";
  return std::move(line).take();
}

}  // namespace postern::report
