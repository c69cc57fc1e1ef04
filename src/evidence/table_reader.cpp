#include "evidence/table_reader.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/ascii.hpp"
#include "evidence/csv_reader.hpp"
#include "evidence/detect.hpp"
#include "evidence/json_objects.hpp"

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

// What else the row tells of.
void deliver_others(const RowOutcome& first, TableFormat& format, Message& message,
                    std::uint64_t row, std::uint64_t line, Sink& sink, Tally& tally) {
  if (first.kind != RowKind::message) return;
  while (const auto other = format.another(message))
    deliver(*other, message, row, line, sink, tally);
}

Error missing_column(const std::string& name, const std::string& column) {
  return {fmt::format("has no column {}", column), name + ":1",
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

// Where each column of the format stands in the header.
std::vector<std::size_t> columns_in(CsvReader& csv, const TableFormat& format,
                                    std::vector<bool>& present) {
  std::vector<std::size_t> places(format.columns().size(), no_column);
  present.assign(places.size(), false);
  for (std::size_t field = 0; field < csv.field_count(); ++field) {
    const std::string_view header = trim(csv.field(field));
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

  std::vector<bool> present;
  const std::vector<std::size_t> places = columns_in(csv, format, present);
  const std::string missing = format.missing_columns(present);
  if (!missing.empty()) return tl::unexpected(missing_column(tally.file, missing));
  const std::size_t field_count = csv.field_count();
  std::vector<Cell> cells(places.size());

  for (std::uint64_t row = 1;; ++row) {
    more = csv.next();
    if (!more) return tl::unexpected(more.error());
    if (!*more) return {};
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
    const std::uint64_t line = outcome.kind == RowKind::bad ? csv.line() + lines_before : 0;
    deliver(outcome, message, row, line, sink, tally);
    deliver_others(outcome, format, message, row, csv.line() + lines_before, sink, tally);
    if (options.progress && row % rows_between_reports == 0) options.progress(source.bytes_read());
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
    if (!json.read(*text)) {
      outcome = {RowKind::bad, {}, {"", "is no JSON object"}};
    } else {
      std::vector<bool> present;
      for (const Cell& cell : json.cells())
        present.push_back(cell.present);
      const std::string missing = format.missing_columns(present);
      outcome = missing.empty() ? format.convert(json.cells(), message)
                                : RowOutcome{RowKind::bad, {}, {"", "has no " + missing}};
    }
    deliver(outcome, message, objects.row(), objects.line(), sink, tally);
    deliver_others(outcome, format, message, objects.row(), objects.line(), sink, tally);
    if (options.progress && objects.row() % rows_between_reports == 0) {
      options.progress(source.bytes_read());
    }
  }
}

}  // namespace postern::evidence
