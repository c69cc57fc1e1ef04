// JSON as the page writes it: keys are literals, and what comes from outside is escaped by its
// type. Internal to the room.
#pragma once

#include <concepts>
#include <cstdint>
#include <string_view>
#include <utility>

#include "base/time.hpp"
#include "report/written.hpp"

namespace postern::page {

using Json = report::ScriptJson;

/// An object, or a list, closed at its end.
class JsonObject {
 public:
  explicit JsonObject(Json& out) : out_(out) { out_ << "{"; }
  ~JsonObject() { out_ << "}"; }
  JsonObject(const JsonObject&) = delete;
  JsonObject& operator=(const JsonObject&) = delete;

  JsonObject& text(report::Own key, std::string_view from_outside) {
    begin(key) << "\"";
    out_.text(from_outside) << "\"";
    return *this;
  }
  template <std::unsigned_integral Number>
  JsonObject& number(report::Own key, Number value) {
    begin(key) << value;
    return *this;
  }
  /// Seconds since 1970; what is before that is 0.
  JsonObject& time(report::Own key, UnixTime value) {
    return number(key, static_cast<std::uint64_t>(value < 0 ? 0 : value));
  }
  JsonObject& flag(report::Own key, bool value) {
    begin(key) << (value ? report::Own("true") : report::Own("false"));
    return *this;
  }
  /// A value that `write` writes.
  template <class Write>
  JsonObject& value(report::Own key, Write write) {
    begin(key);
    write(out_);
    return *this;
  }
  /// A list, `write` called for each.
  template <class List, class Write>
  JsonObject& list(report::Own key, const List& items, Write write) {
    begin(key) << "[";
    bool is_first = true;
    for (const auto& item : items) {
      if (!std::exchange(is_first, false)) out_ << ",";
      write(out_, item);
    }
    out_ << "]";
    return *this;
  }
  template <class List>
  JsonObject& texts(report::Own key, const List& items) {
    return list(key, items, [](Json& out, std::string_view item) {
      out << "\"";
      out.text(item) << "\"";
    });
  }

 private:
  Json& begin(report::Own key) {
    if (!std::exchange(is_first_, false)) out_ << ",";
    out_ << "\"" << key;
    return out_ << "\":";
  }

  Json& out_;
  bool is_first_ = true;
};

}  // namespace postern::page
