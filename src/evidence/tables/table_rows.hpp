// The rows of one table, read in one go or a piece at a time. Internal to the room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "evidence/bytes/byte_source.hpp"
#include "evidence/tables/dated_rows.hpp"

namespace postern::evidence {

/// The place of a column that a table does not have.
inline constexpr std::size_t no_column = static_cast<std::size_t>(-1);
/// How often Options::progress is called.
inline constexpr std::uint64_t rows_between_reports = 1 << 14;

/// Where text begins in its file: what lies before it.
struct Before {
  std::uint64_t rows = 0;
  std::uint64_t lines = 0;
};

/// Why reading came back without an error.
enum class RowsEnd : std::uint8_t {
  read,            ///< all of the text was read
  of_table,        ///< the table is over, whatever follows
  needs_the_file,  ///< a row can't be understood without those before it
};

class TableRows {
 public:
  virtual ~TableRows() = default;
  /// Reads the rows of `text` and then of `rest`, to the end. `before` is moved past the rows that
  /// were read, its lines stay.
  virtual Result<RowsEnd> read(std::string text, ByteSource& rest, Before& before,
                               DatedRows& rows) = 0;
  /// Reads the rows of a piece of the file without what comes before it. `text` is as it was then,
  /// and `before` is moved past its rows and lines.
  virtual Result<RowsEnd> read_alone(std::string& text, Before& before, DatedRows& rows) = 0;
  /// Counts the headers that were read and that differ from the one before.
  [[nodiscard]] virtual std::uint64_t headers() const noexcept { return 0; }
};

}  // namespace postern::evidence
