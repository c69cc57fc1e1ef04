#include "evidence/tables/json_table.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/join.hpp"
#include "evidence/tables/further_rows.hpp"
#include "evidence/tables/json_objects.hpp"
#include "evidence/tables/same_text.hpp"

namespace postern::evidence {

// A row's values as text; what is no text is written as JSON. Rows have their keys in the same
// order mostly: where each was found is remembered by its place.
class JsonTable::Row {
 public:
  enum class Kind : std::uint8_t { row, other_category, no_object };

  /// `enveloped`: as the first row of the file is, which the first row that is read tells.
  Row(TableFormat& format, Tally& tally, std::optional<bool>& enveloped)
      : format_(format),
        tally_(tally),
        enveloped_(enveloped),
        cells_(format.columns().size()),
        texts_(cells_.size()),
        keys_kept_(cells_.size()) {
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
    twice_ = {};
    simdjson::dom::object object;
    if (root.get(object) == simdjson::SUCCESS) return read_object(object);
    simdjson::dom::array array;
    if (columns.empty() || root.get(array) != simdjson::SUCCESS) return Kind::no_object;
    if (names_of_ != columns && !read_names(columns)) return Kind::no_object;
    std::size_t place = 0;
    for (const simdjson::dom::element value : array) {
      if (place == names_.size()) break;
      take(names_[place], place, value);
      ++place;
    }
    return Kind::row;
  }
  /// Whether a table with such columns is of the format.
  [[nodiscard]] bool are_columns(const std::string& columns) const {
    const auto names = names_in(columns);
    std::vector<bool> present;
    for (const Column& column : format_.columns()) {
      present.push_back(std::any_of(names.begin(), names.end(),
                                    [&](const auto& name) { return column.is(name); }));
    }
    return format_.missing_columns(present).empty();
  }
  /// The key that stands twice in the row, with different values; empty where none does.
  [[nodiscard]] std::string_view twice() const noexcept { return twice_; }
  /// From here on, told_zone() tells of a piece.
  void begin_piece() noexcept { told_zone_ = false; }
  /// Whether a key named the zone of times.
  [[nodiscard]] bool told_zone() const noexcept { return told_zone_; }
  [[nodiscard]] const std::vector<Cell>& cells() const noexcept { return cells_; }

 private:
  struct Key {
    std::string name;
    std::size_t column = no_column;
    bool names_zone = false;
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
    if (column != no_column) return keep(column, key, value);
    simdjson::dom::object members;
    if (!has_members_ || value.get(members) != simdjson::SUCCESS) return;
    for (const auto [member, inner] : members) {
      const std::string path = fmt::format("{}.{}", key, member);
      for (std::size_t i = 0; i < cells_.size(); ++i) {
        if (format_.columns()[i].is(path)) keep(i, member, inner);
      }
    }
  }

  void keep(std::size_t column, std::string_view key, const simdjson::dom::element& value) {
    if (cells_[column].present) return keep_again(column, key, value);
    cells_[column] = {text_of(value, texts_[column]), true};
    keys_kept_[column] = key;
  }

  // Two names of one column are no fault, and the first counts: Log Analytics has TimeGenerated
  // beside Timestamp. Of one name that stands twice an empty value says nothing against the other;
  // of two values nobody can say which is meant.
  void keep_again(std::size_t column, std::string_view key, const simdjson::dom::element& value) {
    if (!is_column(keys_kept_[column], plain_name(key))) return;
    std::string room;
    const std::string_view text = text_of(value, room);
    if (text.empty() || text == cells_[column].text) return;
    if (!cells_[column].text.empty()) {
      twice_ = key;
      return;
    }
    cells_[column].text = text_of(value, texts_[column]);
  }

  // `room` holds what is no text.
  static std::string_view text_of(const simdjson::dom::element& value, std::string& room) {
    if (value.is_string()) return value.get_string().value();
    if (value.is_null()) return {};
    room = simdjson::minify(value);
    return room;
  }

  // [{"name":"TimeGenerated","type":"datetime"}, …]
  static std::vector<std::string> names_in(const std::string& columns) {
    std::vector<std::string> names;
    simdjson::dom::parser parser;
    simdjson::dom::array list;
    if (parser.parse(columns.data(), columns.size(), true).get(list) != simdjson::SUCCESS)
      return {};
    for (const simdjson::dom::element column : list) {
      std::string_view name;
      if (column["name"].get(name) != simdjson::SUCCESS) return {};
      names.emplace_back(name);
    }
    return names;
  }

  bool read_names(const std::string& columns) {
    names_of_ = columns;
    names_ = names_in(columns);
    return !names_.empty();
  }

  std::size_t column_of(std::string_view key, std::size_t place) {
    if (place >= keys_.size()) keys_.resize(place + 1);
    Key& known = keys_[place];
    if (same_text(key, known.name) && !key.empty()) {
      told_zone_ = told_zone_ || known.names_zone;
      return known.column;
    }
    known = {std::string(key), no_column};
    const auto& columns = format_.columns();
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (!columns[i].is(key)) continue;
      known.column = i;
      known.names_zone = mind_zone(key, format_.times(), tally_.remarks);
      told_zone_ = told_zone_ || known.names_zone;
      break;
    }
    return known.column;
  }

  TableFormat& format_;
  Tally& tally_;
  std::optional<bool>& enveloped_;
  simdjson::dom::parser parser_;
  std::vector<Cell> cells_;
  std::vector<std::string> texts_;
  std::vector<std::string_view> keys_kept_;  // under which each cell of the row was found
  std::string_view twice_;
  std::vector<Key> keys_;
  std::vector<std::string> names_;  // of columns, where rows are arrays
  std::string names_of_;            // the JSON text that they were read from
  bool has_members_ = false;        // a column is a member of an object
  bool told_zone_ = false;
};

JsonTable::JsonTable(TableFormat& format, JsonObjects::Shape shape, const Options& options,
                     Tally& tally)
    : format_(format),
      shape_(shape),
      options_(options),
      tally_(tally),
      row_(std::make_unique<Row>(format, tally, enveloped_)) {}

JsonTable::JsonTable(const JsonTable& table, TableFormat& format, Tally& tally)
    : JsonTable(format, table.shape_, table.options_, tally) {
  enveloped_ = table.enveloped_;
}

JsonTable::~JsonTable() = default;

Result<RowsEnd> JsonTable::read(std::string text, ByteSource& rest, Before& before,
                                DatedRows& rows) {
  JsonObjects objects(rest, shape_, options_.longest_row);
  objects.prepend(std::move(text));
  objects.begin_after(before.lines);
  return read_rows(objects, rest, before, rows, false);
}

Result<RowsEnd> JsonTable::read_alone(std::string& text, Before& before, DatedRows& rows) {
  if (!enveloped_) return RowsEnd::needs_the_file;
  ByteSource nothing = ByteSource::of({}, 1, tally_.file);
  JsonObjects objects(nothing, shape_, options_.longest_row);
  objects.prepend_all(std::move(text));
  objects.begin_after(before.lines);
  auto read = read_rows(objects, nothing, before, rows, true);
  before.lines = objects.lines_passed();
  text = objects.take_text();
  return read;
}

Result<RowsEnd> JsonTable::read_rows(JsonObjects& objects, const ByteSource& rest, Before& before,
                                     DatedRows& rows, bool alone) {
  const auto line_of_row = [&] { return objects.line(); };
  Row& json = *row_;
  objects.mind_tables([&](const std::string& columns) { return json.are_columns(columns); });
  json.begin_piece();
  std::vector<bool> present, now_present;  // columns of the row before, and of this one
  std::string missing;
  for (;;) {
    const auto row_text = objects.next();
    if (!row_text) return tl::unexpected(row_text.error());
    if (row_text->empty()) {
      tally_.incomplete = objects.more_elsewhere();
      if (!objects.unread().empty()) {
        tally_.remarks.push_back(fmt::format(
            "it holds further rows, which are not read ({}): put each list into a file of its own",
            joined(objects.unread())));
      }
      return RowsEnd::read;
    }
    Message message;
    RowOutcome outcome;
    bool converted = false;
    const Row::Kind kind = json.read(*row_text, objects.columns());
    if (kind == Row::Kind::no_object) {
      outcome = {RowKind::bad, {}, {"", "is no JSON object"}};
    } else if (kind == Row::Kind::other_category) {
      outcome = {RowKind::not_relevant, NotRelevant::other_event, {}};
    } else if (!json.twice().empty()) {
      outcome = {RowKind::bad, {}, {json.twice(), "stands twice in the row, with two values"}};
    } else {
      for (const Cell& cell : json.cells())
        now_present.push_back(cell.present);
      // Rows have the same keys as a rule.
      if (now_present != present) {
        missing = format_.missing_columns(now_present);
        present.swap(now_present);
      }
      now_present.clear();
      converted = missing.empty();
      outcome = converted ? format_.convert(json.cells(), message)
                          : RowOutcome{RowKind::bad, {}, {"", "has no " + missing}};
    }
    if (alone && (json.told_zone() || format_.times().hung_on_the_file())) {
      return RowsEnd::needs_the_file;
    }
    const std::uint64_t row = ++before.rows;
    bool taken = rows.take(outcome, message, row, objects.line());
    if (converted) taken = taken && take_further(format_, message, row, line_of_row, rows);
    if (!taken) return tl::unexpected(rows.undecided());
    if (options_.progress && rest.bytes_read() > 0 && row % rows_between_reports == 0) {
      options_.progress(rest.bytes_read());
    }
  }
}

}  // namespace postern::evidence
