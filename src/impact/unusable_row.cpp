#include "impact/unusable_row.hpp"

#include <fmt/format.h>

#include "base/ascii.hpp"

namespace postern::impact {

std::string UnusableRow::text() const {
  std::string out = place.text();
  if (row > 0) out += fmt::format(": row {}", row);
  if (!column.empty()) out += ": " + column;
  return printable(out + " " + what);
}

}  // namespace postern::impact
