#include "evidence/tables/table_reader.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/numbers.hpp"
#include "evidence/detect.hpp"
#include "evidence/registry.hpp"
#include "evidence/tables/csv_scanner.hpp"
#include "evidence/tables/csv_table.hpp"
#include "evidence/tables/dated_rows.hpp"
#include "evidence/tables/json_table.hpp"
#include "evidence/tables/line_ends.hpp"
#include "evidence/tables/pieces.hpp"

namespace postern::evidence {
namespace {

// JSON lines are written by whoever puts answers together, so that their number says nothing.
void mind_most_rows(std::uint64_t rows, const Reading& reading) {
  const Encoding encoding = reading.format.encoding();
  if (encoding != Encoding::csv && encoding != Encoding::json) return;
  const auto& most = reading.format.row()->most_rows;
  if (std::find(most.begin(), most.end(), rows) == most.end()) return;
  Tally& tally = reading.tell.tally();
  tally.incomplete = true;
  tally.remarks.push_back(
      fmt::format("it holds exactly {} rows, at which the service cuts: ask for shorter periods",
                  grouped(rows)));
}

// To the end of the source, by one thread or several.
Result<void> read_rows(std::string first, ByteSource& source, Before before, TableRows& table,
                       TableFormat& format, const Reading& reading, const Sliced& sliced) {
  DatedRows rows(format, reading.tell);
  const bool in_pieces = reading.options.threads > 0 && sliced.reader && format.rows_stand_alone();
  const auto read = in_pieces ? read_in_pieces(std::move(first), source, before, table, format,
                                               rows, sliced, reading.options, reading.tell)
                              : table.read(std::move(first), source, before, rows);
  if (!read) return tl::unexpected(read.error());
  rows.finish();
  mind_most_rows(before.rows, reading);
  format.conclude(reading.tell.tally());
  return {};
}

// What another thread reads the same table with.
template <class Table>
std::unique_ptr<PieceReader> reader_beside(const Table& table, const Reading& reading) {
  auto out = std::make_unique<PieceReader>();
  out->format = reading.format.row()->table(reading.options);
  out->rows = std::make_unique<Table>(table, *out->format, out->tally);
  return out;
}

std::size_t whole_records(std::string_view text, char separator) {
  constexpr std::size_t width = CsvScanner::octets_at_once;
  std::array<CsvScanner::Masks, 64> masks;
  CsvScanner scanner(separator);
  std::size_t end = 0;
  const std::size_t blocks = text.size() / width;
  for (std::size_t block = 0; block < blocks;) {
    const std::size_t count = std::min(masks.size(), blocks - block);
    scanner.look(text.data() + block * width, count, masks.data());
    for (std::size_t i = 0; i < count; ++i, ++block) {
      const auto cuts = scanner.pass(masks[i]);
      if (cuts.records != 0) {
        end = block * width + static_cast<std::size_t>(std::bit_width(cuts.records));
      }
    }
  }
  return end;
}

}  // namespace

Result<void> read_csv(ByteSource& source, TableFormat& format, const Reading& reading) {
  std::string first;
  if (const auto got = source.append_to(first); !got) return tl::unexpected(got.error());
  const char separator = separator_of(first);
  const std::string_view text = skip_preamble(first);
  Before before;
  before.lines = line_ends_in(std::string_view(first).substr(0, first.size() - text.size()));
  Tally& tally = reading.tell.tally();
  CsvTable table(format, separator, reading.options, tally);
  Sliced sliced;
  sliced.whole_rows = [separator](std::string_view piece) {
    return whole_records(piece, separator);
  };
  sliced.reader = [&] { return reader_beside(table, reading); };
  auto done = read_rows(std::string(text), source, before, table, format, reading, sliced);
  if (done && !table.has_header())
    return fail("is empty", source.name(), "export the evidence again");
  return done;
}

Result<void> read_json(ByteSource& source, TableFormat& format, const Reading& reading) {
  std::string first;
  if (const auto got = source.append_to(first); !got) return tl::unexpected(got.error());
  const JsonObjects::Shape shape = reading.format.encoding() == Encoding::json_lines
                                       ? JsonObjects::Shape::lines
                                       : shape_of(first);
  JsonTable table(format, shape, reading.options, reading.tell.tally());
  Sliced sliced;
  if (shape == JsonObjects::Shape::lines) {
    sliced.reader = [&] { return reader_beside(table, reading); };
  }
  return read_rows(std::move(first), source, {}, table, format, reading, sliced);
}

}  // namespace postern::evidence
