// A TOML file as plain values, each with its place.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/place.hpp"
#include "base/result.hpp"

namespace postern::settings_file {

struct Table;

/// A value as the file has it, before it is checked.
struct Value {
  enum class Kind : std::uint8_t { boolean, integer, text, time, list, table, tables, other };
  Kind kind = Kind::other;
  bool boolean = false;
  std::int64_t integer = 0;
  std::string text;               ///< of a text; of a date or time as the file writes it
  std::vector<std::string> list;  ///< of texts alone; an empty array is one
  std::vector<Table> tables;      ///< one for [x], any number for [[x]]
  Place where;                    ///< file:line:column
};

struct Entry {
  std::string key;
  Value value;
  Place where = {};  ///< of the key, file:line:column
};

/// A table's entries in the order of the file; no key stands there twice.
struct Table {
  std::vector<Entry> entries;
  Place where;

  /// nullptr where the key is not there.
  [[nodiscard]] const Value* find(std::string_view key) const noexcept;
  /// The place of the key's value; of the table where the key is not there.
  [[nodiscard]] const Place& place_of(std::string_view key) const noexcept;
};

/// Reads TOML 1.0; `file` stands for it in messages. Error: what is no TOML, with its place and
/// `manual` as the remedy.
Result<Table> parse(std::string_view text, const std::string& file, std::string_view manual);

/// Text as a TOML basic string, in its quotes.
std::string toml_text(std::string_view text);
std::string toml_text(const std::vector<std::string>& list);

}  // namespace postern::settings_file
