#include "evidence/tables/table_reader.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/ascii.hpp"
#include "evidence/detect.hpp"
#include "evidence/tables/csv_reader.hpp"
#include "evidence/tables/json_objects.hpp"

namespace postern::evidence {
namespace {

constexpr std::size_t no_column = static_cast<std::size_t>(-1);
constexpr std::uint64_t rows_between_reports = 1 << 14;

// Counts the row and hands it on. The only place where a row is counted.
void deliver(const RowOutcome& outcome, const Message& message, std::uint64_t row,
             std::uint64_t line, Sink& sink, Tally& tally) {
  ++tally.rows;
  switch (outcome.kind) {
    case RowKind::message:
      ++tally.messages;
      sink.message(message);
      return;
    case RowKind::not_relevant:
      ++tally.not_relevant[static_cast<std::size_t>(outcome.why)];
      sink.not_relevant(outcome.why);
      return;
    case RowKind::bad:
      ++tally.bad;
      sink.bad({tally.file, row, line, outcome.fault.column, outcome.fault.what});
      return;
  }
}

// What else the row tells of. Lines are counted only where one is asked for.
template <class LineOf>
void deliver_others(TableFormat& format, Message& message, std::uint64_t row, LineOf line_of,
                    Sink& sink, Tally& tally) {
  while (const auto other = format.another(message)) {
    const std::uint64_t line = other->kind == RowKind::bad ? line_of() : 0;
    deliver(*other, message, row, line, sink, tally);
  }
}

Error missing_column(const std::string& name, std::uint64_t line, const std::string& column) {
  return {fmt::format("has no column {}", column), fmt::format("{}:{}", name, line),
          fmt::format("add {} to the query or export all columns", column)};
}

// Whether two names are the same but for case, spaces and signs; an empty one is no name.
bool same_letters(std::string_view a, std::string_view b) noexcept {
  const auto next = [](std::string_view& text) {
    while (!text.empty()) {
      char c = text.front();
      text.remove_prefix(1);
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
      if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) return c;
    }
    return '\0';
  };
  if (a.empty() || b.empty()) return false;
  for (;;) {
    const char left = next(a);
    if (left != next(b)) return false;
    if (left == '\0') return true;
  }
}

constexpr std::string_view log_fields = "#Fields: ";

// Where each column of the format stands in the header.
std::vector<std::size_t> columns_in(CsvReader& csv, const TableFormat& format,
                                    std::vector<bool>& present) {
  std::vector<std::size_t> places(format.columns().size(), no_column);
  present.assign(places.size(), false);
  for (std::size_t field = 0; field < csv.field_count(); ++field) {
    std::string_view header = trim(csv.field(field));
    if (field == 0 && header.starts_with(log_fields)) header.remove_prefix(log_fields.size());
    for (std::size_t column = 0; column < places.size(); ++column) {
      if (places[column] == no_column && format.columns()[column].is(header)) {
        places[column] = field;
        present[column] = true;
      }
    }
  }
  return places;
}

}  // namespace

bool Column::is(std::string_view header) const noexcept {
  if (loosely) {
    return same_letters(header, name) || same_letters(header, other_name) ||
           same_letters(header, third_name);
  }
  return iequals(header, name) || (!other_name.empty() && iequals(header, other_name)) ||
         (!third_name.empty() && iequals(header, third_name));
}

Result<void> read_csv(ByteSource& source, TableFormat& format, const Options& options, Sink& sink,
                      Tally& tally) {
  std::string first;
  auto got = source.append_to(first);
  if (!got) return tl::unexpected(got.error());
  CsvReader csv(source, options.longest_row, separator_of(first));
  const std::string_view table = skip_preamble(first);
  const auto preamble = std::string_view(first).substr(0, first.size() - table.size());
  const auto lines_before =
      static_cast<std::uint64_t>(std::count(preamble.begin(), preamble.end(), '\n'));
  csv.prepend(std::string(table));
  auto more = csv.next();
  if (!more) return tl::unexpected(more.error());
  if (!*more) return fail("is empty", tally.file, "export the evidence again");

  std::vector<std::size_t> places;
  std::size_t field_count = 0;
  std::vector<Cell> cells;
  const auto read_header = [&]() -> Result<void> {
    std::vector<bool> present;
    places = columns_in(csv, format, present);
    const std::string missing = format.missing_columns(present);
    if (!missing.empty()) {
      return tl::unexpected(missing_column(tally.file, csv.line() + lines_before, missing));
    }
    field_count = csv.field_count();
    cells.assign(places.size(), {});
    return {};
  };
  if (auto header = read_header(); !header) return header;
  const auto line_of_row = [&] { return csv.line() + lines_before; };
  const bool is_log = format.is_log();

  for (std::uint64_t row = 1;;) {
    more = csv.next();
    if (!more) return tl::unexpected(more.error());
    if (!*more) return {};
    if (is_log && csv.field(0).starts_with('#')) {
      if (!csv.field(0).starts_with(log_fields)) continue;
      if (auto header = read_header(); !header) return header;
      continue;
    }
    Message message;
    RowOutcome outcome;
    if (csv.field_count() != field_count) {
      outcome = {RowKind::bad,
                 {},
                 {"", fmt::format("has {} fields where the header has {}", csv.field_count(),
                                  field_count)}};
    } else {
      for (std::size_t column = 0; column < places.size(); ++column) {
        if (places[column] != no_column) cells[column] = {csv.field(places[column]), true};
      }
      outcome = format.convert(cells, message);
    }
    const std::uint64_t line = outcome.kind == RowKind::bad ? line_of_row() : 0;
    deliver(outcome, message, row, line, sink, tally);
    if (csv.field_count() == field_count) {
      deliver_others(format, message, row, line_of_row, sink, tally);
    }
    if (options.progress && row % rows_between_reports == 0) options.progress(source.bytes_read());
    ++row;
  }
}

namespace {

// A row object's values as text; what is no text is written as JSON.
class JsonRow {
 public:
  explicit JsonRow(const TableFormat& format)
      : format_(format), cells_(format.columns().size()), texts_(cells_.size()) {}

  /// False where the text is no JSON object.
  bool read(std::string_view text) {
    simdjson::dom::element root;
    simdjson::dom::object object;
    if (parser_.parse(text.data(), text.size(), true).get(root) != simdjson::SUCCESS ||
        root.get(object) != simdjson::SUCCESS) {
      return false;
    }
    for (Cell& cell : cells_)
      cell = {};
    for (const auto [key, value] : object) {
      for (std::size_t column = 0; column < cells_.size(); ++column) {
        if (cells_[column].present || !format_.columns()[column].is(key)) continue;
        cells_[column].present = true;
        if (value.is_string()) {
          cells_[column].text = value.get_string().value();
        } else if (!value.is_null()) {
          texts_[column] = simdjson::minify(value);
          cells_[column].text = texts_[column];
        }
        break;
      }
    }
    return true;
  }
  [[nodiscard]] const std::vector<Cell>& cells() const noexcept { return cells_; }

 private:
  const TableFormat& format_;
  simdjson::dom::parser parser_;
  std::vector<Cell> cells_;
  std::vector<std::string> texts_;
};

}  // namespace

Result<void> read_json(ByteSource& source, TableFormat& format, const Options& options, Sink& sink,
                       Tally& tally, bool lines) {
  std::string first;
  auto got = source.append_to(first);
  if (!got) return tl::unexpected(got.error());
  JsonObjects objects(source, lines ? JsonObjects::Shape::lines : shape_of(first),
                      options.longest_row);
  objects.prepend(std::move(first));
  JsonRow json(format);
  for (;;) {
    const auto text = objects.next();
    if (!text) return tl::unexpected(text.error());
    if (text->empty()) {
      tally.incomplete = objects.more_elsewhere();
      return {};
    }
    Message message;
    RowOutcome outcome;
    bool converted = false;
    if (!json.read(*text)) {
      outcome = {RowKind::bad, {}, {"", "is no JSON object"}};
    } else {
      std::vector<bool> present;
      for (const Cell& cell : json.cells())
        present.push_back(cell.present);
      const std::string missing = format.missing_columns(present);
      converted = missing.empty();
      outcome = converted ? format.convert(json.cells(), message)
                          : RowOutcome{RowKind::bad, {}, {"", "has no " + missing}};
    }
    deliver(outcome, message, objects.row(), objects.line(), sink, tally);
    if (converted) {
      deliver_others(
          format, message, objects.row(), [&] { return objects.line(); }, sink, tally);
    }
    if (options.progress && objects.row() % rows_between_reports == 0) {
      options.progress(source.bytes_read());
    }
  }
}

}  // namespace postern::evidence
