// A JSON document that is handed on piece by piece: what is long in it is never held as a whole.
// Internal to the room.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "report/json_parts.hpp"
#include "report/style.hpp"

namespace postern::report {

/// An object whose members come one after the other. What comes out is what document_text() makes
/// of the same object.
class JsonPieces {
 public:
  explicit JsonPieces(const TakePiece& take) : take_(take) {}

  /// Every member of an object.
  void members(const Json& object) {
    for (const auto& [key, value] : object.items())
      member(key, indented(value, 2));
  }
  /// A list of what `json_of` makes of each.
  template <class List, class JsonOf>
  void list(std::string_view key, const List& each, JsonOf json_of) {
    if (each.empty()) return member(key, "[]");
    member(key, "[");
    bool first = true;
    for (const auto& one : each) {
      take_(std::exchange(first, false) ? "\n    " : ",\n    ");
      take_(indented(json_of(one), 4));
    }
    take_("\n  ]");
  }
  void end() { take_(any_ ? "\n}\n" : "{}\n"); }

 private:
  void member(std::string_view key, std::string_view value) {
    take_(std::exchange(any_, true) ? ",\n  " : "{\n  ");
    take_(line_text(std::string(key)));
    take_(": ");
    take_(value);
  }
  // Lines within a string are escaped, so that every line's end is the layout's.
  static std::string indented(const Json& value, std::size_t by) {
    std::string flat = document_text(value);
    flat.pop_back();
    std::string out;
    for (const char c : flat) {
      out += c;
      if (c == '\n') out.append(by, ' ');
    }
    return out;
  }

  const TakePiece& take_;
  bool any_ = false;
};

}  // namespace postern::report
