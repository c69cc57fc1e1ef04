#include "evidence/tables/table_reader.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/ascii.hpp"
#include "evidence/detect.hpp"
#include "evidence/registry.hpp"
#include "evidence/tables/csv_reader.hpp"
#include "evidence/tables/dated_rows.hpp"
#include "evidence/tables/json_objects.hpp"

namespace postern::evidence {
namespace {

constexpr std::size_t no_column = static_cast<std::size_t>(-1);
constexpr std::uint64_t rows_between_reports = 1 << 14;

// What else the row tells of. Lines are counted only where one is asked for.
template <class LineOf>
bool take_others(TableFormat& format, Message& message, std::uint64_t row, LineOf line_of,
                 DatedRows& rows) {
  while (const auto other = format.another(message)) {
    const std::uint64_t line = other->kind == RowKind::bad ? line_of() : 0;
    if (!rows.take(*other, message, row, line)) return false;
  }
  return true;
}

// Times that name no zone are in the one that their header names.
void mind_zone(std::string_view header, TableFormat& format, Tally& tally) {
  const HeaderZone zone = zone_of_header(header);
  if (zone.name.empty()) return;
  if (zone.east) return format.times().set_zone(*zone.east);
  tally.remarks.push_back(
      fmt::format("times are in the zone '{}', which is not known here: they are taken as UTC",
                  printable(zone.name)));
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
std::vector<std::size_t> columns_in(CsvReader& csv, TableFormat& format, Tally& tally,
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
        mind_zone(header, format, tally);
      }
    }
  }
  return places;
}

}  // namespace

std::string_view plain_name(std::string_view name) noexcept {
  name = trim(name);
  if (name.size() >= 2 && name.front() == '"' && name.back() == '"') {
    name = trim(name.substr(1, name.size() - 2));
  }
  for (const auto& [open, close] : {std::pair{'[', ']'}, std::pair{'(', ')'}}) {
    const std::size_t at = name.rfind(open);
    if (name.ends_with(close) && at != std::string_view::npos && at > 0) {
      name = trim(name.substr(0, at));
    }
  }
  constexpr std::string_view types = "sgdbt";  // string, guid, double, boolean, date and time
  if (name.size() > 2 && name[name.size() - 2] == '_' && types.find(name.back()) != types.npos) {
    name.remove_suffix(2);
  }
  return name;
}

bool is_column(std::string_view header, std::string_view name) noexcept {
  header = plain_name(header);
  if (header.empty() || name.empty()) return false;
  const auto next = [](std::string_view& text) {
    while (text.starts_with(' '))
      text.remove_prefix(1);
    if (text.empty()) return '\0';
    const char c = ascii_lower(text.front());
    text.remove_prefix(1);
    return c;
  };
  for (;;) {
    const char left = next(header);
    if (left != next(name)) return false;
    if (left == '\0') return true;
  }
}

bool Column::is(std::string_view header) const noexcept {
  if (loosely) {
    header = plain_name(header);
    return same_letters(header, name) || same_letters(header, other_name) ||
           same_letters(header, third_name);
  }
  return is_column(header, name) || is_column(header, other_name) || is_column(header, third_name);
}

Result<void> read_csv(ByteSource& source, TableFormat& format, const Reading& reading) {
  const Options& options = reading.options;
  Teller& tell = reading.tell;
  const std::string& name = source.name();
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
  if (!*more) return fail("is empty", name, "export the evidence again");

  std::vector<std::size_t> places;
  std::size_t field_count = 0;
  std::vector<Cell> cells;
  const auto read_header = [&]() -> Result<void> {
    std::vector<bool> present;
    places = columns_in(csv, format, tell.tally(), present);
    const std::string missing = format.missing_columns(present);
    if (!missing.empty()) {
      return tl::unexpected(missing_column(name, csv.line() + lines_before, missing));
    }
    field_count = csv.field_count();
    cells.assign(places.size(), {});
    return {};
  };
  if (auto header = read_header(); !header) return header;
  const auto line_of_row = [&] { return csv.line() + lines_before; };
  const bool is_log = format.is_log();
  DatedRows rows(format.times(), tell);

  for (std::uint64_t row = 1;;) {
    more = csv.next();
    if (!more) return tl::unexpected(more.error());
    if (!*more) break;
    if (is_log && csv.field(0).starts_with('#')) {
      if (!csv.field(0).starts_with(log_fields)) continue;
      if (auto header = read_header(); !header) return header;
      continue;
    }
    Message message;
    RowOutcome outcome;
    if (csv.field_count() != field_count) {
      if (format.ends_at(csv.field(0))) break;
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
    bool taken = rows.take(outcome, message, row, line);
    if (csv.field_count() == field_count) {
      taken = taken && take_others(format, message, row, line_of_row, rows);
    }
    if (!taken) return tl::unexpected(rows.undecided());
    if (options.progress && row % rows_between_reports == 0) options.progress(source.bytes_read());
    ++row;
  }
  rows.finish();
  format.conclude(tell.tally());
  return {};
}

namespace {

// A row's values as text; what is no text is written as JSON. Rows have their keys in the same
// order mostly: where each was found is remembered by its place.
class JsonRow {
 public:
  enum class Kind : std::uint8_t { row, other_category, no_object };

  JsonRow(TableFormat& format, Tally& tally)
      : format_(format), tally_(tally), cells_(format.columns().size()), texts_(cells_.size()) {
    has_members_ = std::any_of(format.columns().begin(), format.columns().end(), [](const auto& c) {
      return c.name.find('.') != c.name.npos || c.other_name.find('.') != c.name.npos;
    });
  }

  /// `columns` lists the columns where the row is an array (JsonObjects::columns).
  Kind read(std::string_view text, const std::string& columns) {
    simdjson::dom::element root;
    if (parser_.parse(text.data(), text.size(), true).get(root) != simdjson::SUCCESS) {
      return Kind::no_object;
    }
    for (Cell& cell : cells_)
      cell = {};
    simdjson::dom::object object;
    if (root.get(object) == simdjson::SUCCESS) return read_object(object);
    simdjson::dom::array array;
    if (columns.empty() || root.get(array) != simdjson::SUCCESS) return Kind::no_object;
    if (names_.empty() && !read_names(columns)) return Kind::no_object;
    std::size_t place = 0;
    for (const simdjson::dom::element value : array) {
      if (place == names_.size()) break;
      take(names_[place], place, value);
      ++place;
    }
    return Kind::row;
  }
  [[nodiscard]] const std::vector<Cell>& cells() const noexcept { return cells_; }

 private:
  struct Key {
    std::string name;
    std::size_t column = no_column;
  };

  Kind read_object(simdjson::dom::object object) {
    // Microsoft Defender streams rows within an envelope of its own.
    // https://learn.microsoft.com/defender-xdr/streaming-api
    if (!enveloped_ || *enveloped_) {
      simdjson::dom::object inner;
      std::string_view category;
      const bool has_inner = object["properties"].get(inner) == simdjson::SUCCESS &&
                             object["category"].get(category) == simdjson::SUCCESS;
      if (!enveloped_) enveloped_ = has_inner;
      if (has_inner && !format_.is_category(category)) return Kind::other_category;
      if (has_inner) object = inner;
    }
    std::size_t place = 0;
    for (const auto [key, value] : object)
      take(key, place++, value);
    return Kind::row;
  }

  void take(std::string_view key, std::size_t place, const simdjson::dom::element& value) {
    const std::size_t column = column_of(key, place);
    if (column != no_column) return keep(column, value);
    simdjson::dom::object members;
    if (!has_members_ || value.get(members) != simdjson::SUCCESS) return;
    for (const auto [member, inner] : members) {
      const std::string path = fmt::format("{}.{}", key, member);
      for (std::size_t i = 0; i < cells_.size(); ++i) {
        if (format_.columns()[i].is(path)) keep(i, inner);
      }
    }
  }

  void keep(std::size_t column, const simdjson::dom::element& value) {
    if (cells_[column].present) return;
    cells_[column].present = true;
    if (value.is_string()) {
      cells_[column].text = value.get_string().value();
    } else if (!value.is_null()) {
      texts_[column] = simdjson::minify(value);
      cells_[column].text = texts_[column];
    }
  }

  // [{"name":"TimeGenerated","type":"datetime"}, …]
  bool read_names(const std::string& columns) {
    simdjson::dom::parser parser;
    simdjson::dom::array list;
    if (parser.parse(columns.data(), columns.size(), true).get(list) != simdjson::SUCCESS) {
      return false;
    }
    for (const simdjson::dom::element column : list) {
      std::string_view name;
      if (column["name"].get(name) != simdjson::SUCCESS) return false;
      names_.emplace_back(name);
    }
    return !names_.empty();
  }

  std::size_t column_of(std::string_view key, std::size_t place) {
    if (place >= keys_.size()) keys_.resize(place + 1);
    Key& known = keys_[place];
    if (known.name == key && !key.empty()) return known.column;
    known = {std::string(key), no_column};
    const auto& columns = format_.columns();
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (!columns[i].is(key)) continue;
      known.column = i;
      mind_zone(key, format_, tally_);
      break;
    }
    return known.column;
  }

  TableFormat& format_;
  Tally& tally_;
  simdjson::dom::parser parser_;
  std::vector<Cell> cells_;
  std::vector<std::string> texts_;
  std::vector<Key> keys_;
  std::vector<std::string> names_;  // of columns, where rows are arrays
  std::optional<bool> enveloped_;   // as the first row was
  bool has_members_ = false;        // a column is a member of an object
};

}  // namespace

Result<void> read_json(ByteSource& source, TableFormat& format, const Reading& reading) {
  const Options& options = reading.options;
  Teller& tell = reading.tell;
  const bool lines = reading.format.encoding() == Encoding::json_lines;
  std::string first;
  auto got = source.append_to(first);
  if (!got) return tl::unexpected(got.error());
  JsonObjects objects(source, lines ? JsonObjects::Shape::lines : shape_of(first),
                      options.longest_row);
  objects.prepend(std::move(first));
  JsonRow json(format, tell.tally());
  DatedRows rows(format.times(), tell);
  std::vector<bool> present, now_present;  // columns of the row before, and of this one
  std::string missing;
  for (;;) {
    const auto text = objects.next();
    if (!text) return tl::unexpected(text.error());
    if (text->empty()) {
      tell.tally().incomplete = objects.more_elsewhere();
      rows.finish();
      format.conclude(tell.tally());
      return {};
    }
    Message message;
    RowOutcome outcome;
    bool converted = false;
    const JsonRow::Kind kind = json.read(*text, objects.columns());
    if (kind == JsonRow::Kind::no_object) {
      outcome = {RowKind::bad, {}, {"", "is no JSON object"}};
    } else if (kind == JsonRow::Kind::other_category) {
      outcome = {RowKind::not_relevant, NotRelevant::other_event, {}};
    } else {
      for (const Cell& cell : json.cells())
        now_present.push_back(cell.present);
      // Rows have the same keys as a rule.
      if (now_present != present) {
        missing = format.missing_columns(now_present);
        present.swap(now_present);
      }
      now_present.clear();
      converted = missing.empty();
      outcome = converted ? format.convert(json.cells(), message)
                          : RowOutcome{RowKind::bad, {}, {"", "has no " + missing}};
    }
    bool taken = rows.take(outcome, message, objects.row(), objects.line());
    if (converted) {
      const auto line_of = [&] { return objects.line(); };
      taken = taken && take_others(format, message, objects.row(), line_of, rows);
    }
    if (!taken) return tl::unexpected(rows.undecided());
    if (options.progress && objects.row() % rows_between_reports == 0) {
      options.progress(source.bytes_read());
    }
  }
}

}  // namespace postern::evidence
