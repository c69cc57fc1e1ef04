#include "report/csv.hpp"

#include <cstddef>

#include "base/ascii.hpp"

namespace postern::report {

std::string csv_cell(std::string_view raw) {
  std::string text;
  // Spreadsheets skip leading space and quotes before they look for a formula.
  std::size_t first = raw.find_first_not_of(" \t\r\n\"'");
  if (first == std::string_view::npos) first = 0;
  const bool formula =
      !raw.empty() && (std::string_view("=+-@").find(raw[first]) != std::string_view::npos ||
                       raw[0] == '\t' || raw[0] == '\r');
  if (formula) text = "'";
  text += printable(raw);
  if (text.find_first_of(",\"; ") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

std::string csv_line(const std::vector<std::string>& cells) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) line += ',';
    line += csv_cell(cells[i]);
  }
  return line + "\r\n";
}

}  // namespace postern::report
