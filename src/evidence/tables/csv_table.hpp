// The rows of a CSV by the columns that its header names. Internal to the room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evidence/reader.hpp"
#include "evidence/tables/csv_reader.hpp"
#include "evidence/tables/row.hpp"
#include "evidence/tables/table_rows.hpp"

namespace postern::evidence {

class CsvTable final : public TableRows {
 public:
  /// `tally` takes remarks on the header.
  CsvTable(TableFormat& format, char separator, const Options& options, Tally& tally)
      : format_(format), separator_(separator), options_(options), tally_(tally) {}
  /// The same columns for another thread.
  CsvTable(const CsvTable& table, TableFormat& format, Tally& tally)
      : format_(format),
        separator_(table.separator_),
        options_(table.options_),
        tally_(tally),
        header_(table.header_),
        places_(table.places_),
        field_count_(table.field_count_),
        cells_(places_.size()) {}

  [[nodiscard]] bool has_header() const noexcept { return field_count_ > 0; }
  /// The first record is the header, as long as there is none.
  Result<RowsEnd> read(std::string text, ByteSource& rest, Before& before,
                       DatedRows& rows) override;
  Result<RowsEnd> read_alone(std::string& text, Before& before, DatedRows& rows) override;
  [[nodiscard]] std::uint64_t headers() const noexcept override { return headers_; }

 private:
  Result<RowsEnd> read_rows(CsvReader&, const ByteSource& rest, Before&, DatedRows&, bool alone);
  Result<void> read_header(CsvReader&);
  [[nodiscard]] bool is_known_header(CsvReader&) const;
  RowOutcome convert(CsvReader&, Message&);

  TableFormat& format_;
  char separator_;
  const Options& options_;
  Tally& tally_;
  std::vector<std::string> header_;
  std::uint64_t headers_ = 0;
  std::vector<std::size_t> places_;  // of the format's columns among the fields
  std::size_t field_count_ = 0;      // 0: no header yet
  std::vector<Cell> cells_;
  ByteSource nothing_ = ByteSource::of({});
  std::optional<CsvReader> piece_;  // what reads pieces: its room is used again
};

}  // namespace postern::evidence
