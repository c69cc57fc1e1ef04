#include "settings_file/value.hpp"

#include <algorithm>
#include <cstddef>
#include <sstream>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "base/unprintable.hpp"

namespace postern::settings_file {
namespace {

class Converter {
 public:
  explicit Converter(const std::string& file) : file_(file) {}

  Table table(const toml::table& from) const {
    std::vector<std::pair<toml::source_position, Entry>> found;
    for (const auto& [key, node] : from) {
      const toml::source_position& at = key.source().begin;
      found.emplace_back(at, Entry{std::string(key.str()), value(node), place(at)});
    }
    // The library keeps a table by name; people read their file from the top.
    std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
      return std::tie(a.first.line, a.first.column) < std::tie(b.first.line, b.first.column);
    });
    Table out;
    out.where = place(from.source().begin);
    out.entries.reserve(found.size());
    for (auto& [position, entry] : found)
      out.entries.push_back(std::move(entry));
    return out;
  }

  Place place(const toml::source_position& at) const { return {file_, at.line, at.column}; }

 private:
  Value value(const toml::node& node) const {
    Value out;
    out.where = place(node.source().begin);
    if (const auto* boolean = node.as_boolean()) {
      out.kind = Value::Kind::boolean;
      out.boolean = boolean->get();
    } else if (const auto* integer = node.as_integer()) {
      out.kind = Value::Kind::integer;
      out.integer = integer->get();
    } else if (const auto* text = node.as_string()) {
      out.kind = Value::Kind::text;
      out.text = text->get();
    } else if (node.is_date_time() || node.is_date()) {
      out.kind = Value::Kind::time;
      std::ostringstream stream;
      if (const auto* at = node.as_date_time()) stream << at->get();
      if (const auto* on = node.as_date()) stream << on->get();
      out.text = stream.str();
    } else if (const auto* inner = node.as_table()) {
      out.kind = Value::Kind::table;
      out.tables.push_back(table(*inner));
    } else if (const auto* array = node.as_array()) {
      list(*array, out);
    }
    return out;
  }

  void list(const toml::array& array, Value& out) const {
    std::size_t texts = 0;
    std::size_t tables = 0;
    for (const toml::node& item : array) {
      texts += item.is_string() ? 1 : 0;
      tables += item.is_table() ? 1 : 0;
    }
    if (texts == array.size()) {
      out.kind = Value::Kind::list;
      for (const toml::node& item : array)
        out.list.push_back(item.as_string()->get());
    } else if (tables == array.size()) {
      out.kind = Value::Kind::tables;
      for (const toml::node& item : array)
        out.tables.push_back(table(*item.as_table()));
    }
  }

  const std::string& file_;
};

}  // namespace

const Value* Table::find(std::string_view key) const noexcept {
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [&](const Entry& entry) { return entry.key == key; });
  return found == entries.end() ? nullptr : &found->value;
}

const Place& Table::place_of(std::string_view key) const noexcept {
  const Value* value = find(key);
  return value == nullptr ? where : value->where;
}

Result<Table> parse(std::string_view text, const std::string& file, std::string_view manual) {
  const Converter converter(file);
  try {
    return converter.table(toml::parse(text, file));
  } catch (const toml::parse_error& error) {
    return fail(std::string(error.description()), converter.place(error.source().begin),
                std::string(manual));
  }
}

std::string toml_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        out += c;
    }
  }
  return escape_unprintable_toml(out) + '"';
}

std::string toml_text(const std::vector<std::string>& list) {
  std::string out = "[";
  for (const std::string& item : list)
    out += (out.size() > 1 ? ", " : "") + toml_text(item);
  return out + ']';
}

}  // namespace postern::settings_file
