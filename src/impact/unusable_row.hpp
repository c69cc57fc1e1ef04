// A row of evidence that can't be used, as a report keeps it.
#pragma once

#include <cstdint>
#include <string>

#include "base/place.hpp"

namespace postern::impact {

struct UnusableRow {
  Place place;            ///< file, and the line where the row starts
  std::uint64_t row = 0;  ///< from 1 for the first behind the header; 0: the file as a whole
  std::string column;     ///< name of the column or header field; may be empty
  std::string what;

  /// "trace.csv:4: row 3: Timestamp is no time", safe to show.
  [[nodiscard]] std::string text() const;
};

}  // namespace postern::impact
