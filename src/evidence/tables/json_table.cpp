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

#include "evidence/tables/further_rows.hpp"
#include "evidence/tables/json_objects.hpp"

namespace postern::evidence {
namespace {

// A row's values as text; what is no text is written as JSON. Rows have their keys in the same
// order mostly: where each was found is remembered by its place.
class JsonRow {
 public:
  enum class Kind : std::uint8_t { row, other_category, no_object };

  /// `enveloped`: as the first row of the file is, which the first row that is read tells.
  JsonRow(TableFormat& format, Tally& tally, std::optional<bool>& enveloped)
      : format_(format),
        tally_(tally),
        enveloped_(enveloped),
        cells_(format.columns().size()),
        texts_(cells_.size()) {
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
  /// Whether a key named the zone of times.
  [[nodiscard]] bool told_zone() const noexcept { return told_zone_; }
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
      told_zone_ = mind_zone(key, format_.times(), tally_.remarks) || told_zone_;
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
  std::vector<Key> keys_;
  std::vector<std::string> names_;  // of columns, where rows are arrays
  bool has_members_ = false;        // a column is a member of an object
  bool told_zone_ = false;
};

}  // namespace

Result<RowsEnd> JsonTable::read(std::string text, ByteSource& rest, Before& before, DatedRows& rows,
                                bool alone) {
  if (alone && !enveloped_) return RowsEnd::needs_the_file;
  JsonObjects objects(rest, shape_, options_.longest_row);
  objects.prepend(std::move(text));
  objects.begin_after(before.lines);
  const auto line_of_row = [&] { return objects.line(); };
  JsonRow json(format_, tally_, enveloped_);
  std::vector<bool> present, now_present;  // columns of the row before, and of this one
  std::string missing;
  for (;;) {
    const auto row_text = objects.next();
    if (!row_text) return tl::unexpected(row_text.error());
    if (row_text->empty()) {
      tally_.incomplete = objects.more_elsewhere();
      return RowsEnd::read;
    }
    Message message;
    RowOutcome outcome;
    bool converted = false;
    const JsonRow::Kind kind = json.read(*row_text, objects.columns());
    if (kind == JsonRow::Kind::no_object) {
      outcome = {RowKind::bad, {}, {"", "is no JSON object"}};
    } else if (kind == JsonRow::Kind::other_category) {
      outcome = {RowKind::not_relevant, NotRelevant::other_event, {}};
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
