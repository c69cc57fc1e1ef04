#include "evidence/tables/csv_table.hpp"

#include <cstdint>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "evidence/tables/further_rows.hpp"

namespace postern::evidence {
namespace {

Error missing_column(const std::string& name, std::uint64_t line, const std::string& column) {
  return {fmt::format("has no column {}", column), fmt::format("{}:{}", name, line),
          fmt::format("add {} to the query or export all columns", column)};
}

constexpr std::string_view log_fields = "#Fields: ";

// What the header calls a field.
std::string_view name_in_header(CsvReader& csv, std::size_t field) {
  std::string_view name = trim(csv.field(field));
  if (field == 0 && name.starts_with(log_fields)) name.remove_prefix(log_fields.size());
  return name;
}

// Where each column of the format stands in the header.
std::vector<std::size_t> columns_in(CsvReader& csv, TableFormat& format, Tally& tally,
                                    std::vector<bool>& present) {
  std::vector<std::size_t> places(format.columns().size(), no_column);
  present.assign(places.size(), false);
  for (std::size_t field = 0; field < csv.field_count(); ++field) {
    const std::string_view header = name_in_header(csv, field);
    for (std::size_t column = 0; column < places.size(); ++column) {
      if (places[column] == no_column && format.columns()[column].is(header)) {
        places[column] = field;
        present[column] = true;
        mind_zone(header, format.times(), tally.remarks);
      }
    }
  }
  return places;
}

// The first name of a column of the format that two fields of the header have; empty: none. Two
// names of one column are no fault: Log Analytics has TimeGenerated beside Timestamp.
std::string_view name_of_two(CsvReader& csv, const std::vector<std::size_t>& places) {
  for (const std::size_t place : places) {
    if (place == no_column) continue;
    const std::string_view name = name_in_header(csv, place);
    for (std::size_t field = place + 1; field < csv.field_count(); ++field) {
      if (iequals(name_in_header(csv, field), name)) return name;
    }
  }
  return {};
}

}  // namespace

Result<void> CsvTable::read_header(CsvReader& csv) {
  std::vector<bool> present;
  places_ = columns_in(csv, format_, tally_, present);
  const std::string missing = format_.missing_columns(present);
  if (!missing.empty()) return tl::unexpected(missing_column(tally_.file, csv.line(), missing));
  if (const std::string_view name = name_of_two(csv, places_); !name.empty()) {
    return fail(fmt::format("has two columns {}", printable(name)),
                fmt::format("{}:{}", tally_.file, csv.line()), "keep the one that is meant");
  }
  field_count_ = csv.field_count();
  cells_.assign(places_.size(), {});
  if (is_known_header(csv)) return {};
  header_.clear();
  for (std::size_t field = 0; field < field_count_; ++field)
    header_.emplace_back(csv.field(field));
  ++headers_;
  return {};
}

bool CsvTable::is_known_header(CsvReader& csv) const {
  if (csv.field_count() != header_.size()) return false;
  for (std::size_t field = 0; field < header_.size(); ++field) {
    if (csv.field(field) != header_[field]) return false;
  }
  return true;
}

RowOutcome CsvTable::convert(CsvReader& csv, Message& message) {
  if (csv.field_count() != field_count_) {
    return {RowKind::bad,
            {},
            {"", fmt::format("has {} fields where the header has {}", csv.field_count(),
                             field_count_)}};
  }
  for (std::size_t column = 0; column < places_.size(); ++column) {
    if (places_[column] != no_column) cells_[column] = {csv.field(places_[column]), true};
  }
  return format_.convert(cells_, message);
}

Result<RowsEnd> CsvTable::read(std::string text, ByteSource& rest, Before& before,
                               DatedRows& rows) {
  CsvReader csv(rest, options_.longest_row, separator_);
  csv.prepend(std::move(text));
  csv.begin_after(before.lines);
  return read_rows(csv, rest, before, rows, false);
}

Result<RowsEnd> CsvTable::read_alone(std::string& text, Before& before, DatedRows& rows) {
  if (!has_header()) return RowsEnd::needs_the_file;
  if (!piece_) piece_.emplace(nothing_, options_.longest_row, separator_);
  piece_->begin_with_all(std::move(text), before.lines);
  auto read = read_rows(*piece_, nothing_, before, rows, true);
  before.lines = piece_->lines_passed();
  text = piece_->take_text();
  return read;
}

Result<RowsEnd> CsvTable::read_rows(CsvReader& csv, const ByteSource& rest, Before& before,
                                    DatedRows& rows, bool alone) {
  const auto line_of_row = [&] { return csv.line(); };
  const bool is_log = format_.is_log();
  for (;;) {
    const auto more = csv.next();
    if (!more) return tl::unexpected(more.error());
    if (!*more) return RowsEnd::read;
    const bool is_comment = is_log && csv.field(0).starts_with('#');
    if (field_count_ == 0 || (is_comment && csv.field(0).starts_with(log_fields))) {
      if (alone && !is_known_header(csv)) return RowsEnd::needs_the_file;
      if (alone) continue;
      if (auto header = read_header(csv); !header) return tl::unexpected(header.error());
      continue;
    }
    if (is_comment) continue;
    const bool is_whole = csv.field_count() == field_count_;
    if (!is_whole && format_.ends_at(csv.field(0))) return RowsEnd::of_table;
    Message message;
    const RowOutcome outcome = convert(csv, message);
    if (alone && format_.times().hung_on_the_file()) return RowsEnd::needs_the_file;
    const std::uint64_t row = ++before.rows;
    const std::uint64_t line = outcome.kind == RowKind::bad ? line_of_row() : 0;
    bool taken = rows.take(outcome, message, row, line);
    if (is_whole) taken = taken && take_further(format_, message, row, line_of_row, rows);
    if (!taken) return tl::unexpected(rows.undecided());
    if (options_.progress && rest.bytes_read() > 0 && row % rows_between_reports == 0) {
      options_.progress(rest.bytes_read());
    }
  }
}

}  // namespace postern::evidence
