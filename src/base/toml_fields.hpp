// Small TOML files of tables, every key known, every fault located. The library's header is heavy:
// include this in a .cpp alone, of a room that links it.
#pragma once

#include <algorithm>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "base/ascii.hpp"
#include "base/result.hpp"

namespace postern::toml_fields {

inline std::string place(const toml::node& node, const std::string& file) {
  return fmt::format("{}:{}:{}", file, node.source().begin.line, node.source().begin.column);
}

// Reads a table's keys into texts; every key must be known, dates count as text.
class Fields {
 public:
  Fields(const toml::table& table, const std::string& file, std::string manual)
      : table_(table), file_(file), manual_(std::move(manual)) {}

  std::string take(std::string_view key, bool required = false) {
    known_.emplace_back(key);
    const toml::node* node = table_.get(key);
    if (node == nullptr) {
      if (required) note(fmt::format("no {}", key), place(table_, file_), "add it");
      return {};
    }
    std::ostringstream text;
    if (const auto* value = node->as_string()) {
      text << value->get();
    } else if (const auto* date = node->as_date()) {
      text << date->get();
    } else {
      note(fmt::format("{} is no text", key), place(*node, file_), "put it in quotes");
    }
    std::string out(trim(text.str()));
    if (required && out.empty()) note(fmt::format("{} is empty", key), place(*node, file_), "");
    return out;
  }
  bool take_flag(std::string_view key) {
    known_.emplace_back(key);
    const toml::node* node = table_.get(key);
    if (node == nullptr) return false;
    const auto* value = node->as_boolean();
    if (value == nullptr) {
      note(fmt::format("{} is neither true nor false", key), place(*node, file_), "");
      return false;
    }
    return value->get();
  }
  std::vector<std::string> take_list(std::string_view key) {
    known_.emplace_back(key);
    const toml::node* node = table_.get(key);
    std::vector<std::string> out;
    if (node == nullptr) return out;
    if (const auto* one = node->as_string()) return {one->get()};
    const auto* array = node->as_array();
    const bool texts = array != nullptr && std::all_of(array->begin(), array->end(),
                                                       [](auto& item) { return item.is_string(); });
    if (!texts) {
      note(fmt::format("{} is no list of texts", key), place(*node, file_),
           fmt::format("write {} = [\"…\"]", key));
      return out;
    }
    for (const auto& item : *array)
      out.push_back(item.as_string()->get());
    return out;
  }
  /// Where the table stands: file:line:column.
  [[nodiscard]] std::string where() const { return place(table_, file_); }
  void allow(std::string_view key) { known_.emplace_back(key); }

  Result<void> finish() {
    for (const auto& [key, node] : table_) {
      if (std::find(known_.begin(), known_.end(), key.str()) == known_.end()) {
        note(fmt::format("unknown key '{}'", printable(key.str())), place(node, file_), manual_);
      }
    }
    if (fault_.what.empty()) return {};
    return tl::unexpected(fault_);
  }

 private:
  void note(std::string what, std::string where, std::string remedy) {
    if (fault_.what.empty()) fault_ = {std::move(what), std::move(where), std::move(remedy)};
  }
  const toml::table& table_;
  const std::string& file_;
  std::string manual_;
  std::vector<std::string> known_;
  Error fault_;
};

template <class T, class Read>
Result<void> read_list(const toml::table& root, std::string_view key, const std::string& file,
                       const std::string& manual, std::vector<T>& into, Read read) {
  const toml::node* node = root.get(key);
  if (node == nullptr) return {};
  const auto* array = node->as_array();
  if (array == nullptr)
    return fail(fmt::format("{} is no list of tables", key), place(*node, file),
                fmt::format("write [[{}]]", key));
  for (const auto& item : *array) {
    const auto* table = item.as_table();
    if (table == nullptr) return fail(fmt::format("{} holds no table", key), place(item, file));
    Fields fields(*table, file, manual);
    into.push_back(read(fields));
    if (auto done = fields.finish(); !done) return done;
  }
  return {};
}

template <class T, class Read>
Result<T> with_toml(std::string_view text, const std::string& file, const std::string& manual,
                    Read read) {
  try {
    return read(toml::parse(text, file));
  } catch (const toml::parse_error& error) {
    return fail(
        std::string(error.description()),
        fmt::format("{}:{}:{}", file, error.source().begin.line, error.source().begin.column),
        manual);
  }
}

}  // namespace postern::toml_fields
