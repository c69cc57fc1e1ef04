// A large table cut at the ends of rows, so that several threads read its pieces while the sink is
// told everything in order. Internal to the room.
//
// A piece is cut at a line end. Where quotes may hold line ends that is a guess, which the thread
// that reads the piece finds right or wrong: what begins with a row and ends outside quotes ends
// with a row. After a wrong one, what was cut is put together and cut anew by a look into it.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "evidence/bytes/byte_source.hpp"
#include "evidence/tables/row.hpp"
#include "evidence/tables/table_rows.hpp"
#include "evidence/teller.hpp"

namespace postern::evidence {

/// What a thread reads with: a format of its own, and the rows by it.
struct PieceReader {
  std::unique_ptr<TableFormat> format;
  Tally tally;  ///< for remarks, which a piece never adds
  std::unique_ptr<TableRows> rows;
};

/// A table that can be read in pieces: its rows stand alone (TableFormat::rows_stand_alone).
struct Sliced {
  /// How much of a text that begins with a row is whole rows; 0: none. Null where a line end is the
  /// end of a row.
  std::function<std::size_t(std::string_view text)> whole_rows;
  /// Makes what another thread reads with; called once the file's first rows were read.
  std::function<std::unique_ptr<PieceReader>()> reader;
};

/// Reads all of `first` and `source` with `table`, whose format is `format`, as if by one call of
/// TableRows::read; on `options.threads` threads more where the text is long enough.
Result<RowsEnd> read_in_pieces(std::string first, ByteSource& source, Before& before,
                               TableRows& table, TableFormat& format, DatedRows& rows,
                               const Sliced& sliced, const Options& options, Teller& tell);

}  // namespace postern::evidence
