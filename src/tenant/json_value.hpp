// Reading PowerShell's idea of values out of JSON, with the place of each for messages. Internal
// to the room; the one header that includes simdjson, so include it in .cpp files only.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/result.hpp"
#include "base/time.hpp"
#include "tenant/configuration.hpp"

namespace postern::tenant {

using Element = simdjson::dom::element;
using Object = simdjson::dom::object;

/// What PowerShell writes for a list that it does not look into. No domain or address begins so.
bool is_type_name(std::string_view text) noexcept;

/// An object and its place. Reading a wrong kind of value notes the first fault; ask fault() at
/// the end.
class Record {
 public:
  Record(Object object, std::string file, std::string pointer)
      : object_(object), origin_{std::move(file), std::move(pointer)} {}

  [[nodiscard]] bool has(std::string_view key) const { return find(key).has_value(); }
  /// Whether the property has a value, which null and empty text are not.
  [[nodiscard]] bool says(std::string_view key) const;
  /// The property, in whatever case it is written, without PowerShell 5.1's wrapping of lists and
  /// enumerations.
  [[nodiscard]] std::optional<Element> find(std::string_view key) const;
  [[nodiscard]] Origin origin_of(std::string_view key) const {
    return {origin_.file, origin_.path + "/" + std::string(key)};
  }
  [[nodiscard]] const Origin& origin() const noexcept { return origin_; }
  [[nodiscard]] Object object() const noexcept { return object_; }

  /// True, False (also as text); nullopt for null and absent.
  std::optional<bool> boolean(std::string_view key);
  bool boolean_or(std::string_view key, bool otherwise) { return boolean(key).value_or(otherwise); }
  /// Text; numbers as written; empty for null and absent.
  std::string text(std::string_view key);
  /// A list, a single value or null.
  std::vector<std::string> list(std::string_view key);
  std::optional<int> integer(std::string_view key);
  std::optional<UnixTime> time(std::string_view key);

  void note(std::string_view key, std::string what, std::string remedy = {});
  [[nodiscard]] const std::optional<Error>& fault() const noexcept { return fault_; }

 private:
  Object object_;
  Origin origin_;
  std::optional<Error> fault_;
};

}  // namespace postern::tenant
