#include "tenant/json_value.hpp"

#include <charconv>

#include "base/ascii.hpp"

namespace postern::tenant {
namespace {

constexpr std::string_view too_shallow = "export again with ConvertTo-Json -Depth 5";

// The scalar as PowerShell would print it; nullopt for arrays and objects.
std::optional<std::string> scalar(Element value) {
  switch (value.type()) {
    case simdjson::dom::element_type::STRING:
      return std::string(value.get_string().value());
    case simdjson::dom::element_type::BOOL:
      return std::string(value.get_bool().value() ? "True" : "False");
    case simdjson::dom::element_type::NULL_VALUE:
      return std::string{};
    case simdjson::dom::element_type::ARRAY:
    case simdjson::dom::element_type::OBJECT:
      return std::nullopt;
    default:
      return simdjson::to_string(value);
  }
}

// Windows PowerShell 5.1 writes a list that was the result of a pipeline as
// {"value":[…],"Count":n}, and an enumeration that was given an extra property as
// {"value":1,"Value":"OnPremises"}.
Element unwrapped(Element value) {
  Object object;
  if (value.get(object) != simdjson::SUCCESS || object.size() != 2) return value;
  Element inner;
  Element beside;
  if (object.at_key("value").get(inner) != simdjson::SUCCESS) return value;
  if (inner.is_array() && object.at_key("Count").get(beside) == simdjson::SUCCESS) return inner;
  if (object.at_key("Value").get(beside) == simdjson::SUCCESS && beside.is_string()) return beside;
  return value;
}

}  // namespace

std::optional<Element> Record::find(std::string_view key) const {
  Element value;
  if (object_.at_key(key).get(value) == simdjson::SUCCESS) return unwrapped(value);
  // Programs between Exchange and the file write property names in camelCase.
  for (const auto [name, other] : object_) {
    if (iequals(name, key)) return unwrapped(other);
  }
  return std::nullopt;
}

bool Record::says(std::string_view key) const {
  const auto value = find(key);
  std::string_view text;
  if (!value || value->is_null()) return false;
  return value->get(text) != simdjson::SUCCESS || !trim(text).empty();
}

void Record::note(std::string_view key, std::string what, std::string remedy) {
  if (!fault_) fault_ = Error{std::move(what), origin_of(key).text(), std::move(remedy)};
}

std::optional<bool> Record::boolean(std::string_view key) {
  const auto value = find(key);
  if (!value || value->is_null()) return std::nullopt;
  const auto text = scalar(*value);
  if (text && iequals(*text, "true")) return true;
  if (text && iequals(*text, "false")) return false;
  if (text && trim(*text).empty()) return std::nullopt;
  note(key, fmt::format("{} is neither true nor false", key), "export it again");
  return std::nullopt;
}

std::string Record::text(std::string_view key) {
  const auto value = find(key);
  if (!value) return {};
  auto text = scalar(*value);
  if (text) return std::move(*text);
  note(key, fmt::format("{} is not a single value", key), std::string(too_shallow));
  return {};
}

bool is_type_name(std::string_view text) noexcept {
  for (const std::string_view begin :
       {"System.Collections.", "System.Object", "System.String", "Microsoft.Exchange.Data."}) {
    if (text.starts_with(begin)) return true;
  }
  return false;
}

std::vector<std::string> Record::list(std::string_view key) {
  const auto value = find(key);
  std::vector<std::string> out;
  if (!value || value->is_null()) return out;
  if (!value->is_array()) {
    auto text = scalar(*value);
    if (!text) {
      note(key, fmt::format("{} is an object, not a list", key), std::string(too_shallow));
    } else if (is_type_name(*text)) {
      note(key, fmt::format("{} holds the name of a type in place of its list", key),
           std::string(too_shallow));
    } else if (!text->empty()) {
      out.push_back(std::move(*text));
    }
    return out;
  }
  const simdjson::dom::array items = value->get_array().value();
  for (const Element item : items) {
    auto text = scalar(item);
    if (!text || text->starts_with("@{") || is_type_name(*text)) {
      note(key, fmt::format("{} holds an item that is no text", key), std::string(too_shallow));
      return out;
    }
    if (!text->empty()) out.push_back(std::move(*text));
  }
  return out;
}

std::optional<int> Record::integer(std::string_view key) {
  const std::string digits = text(key);
  if (digits.empty()) return std::nullopt;
  int value = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (failed == std::errc{} && end == digits.data() + digits.size()) return value;
  note(key, fmt::format("{} is not a whole number", key));
  return std::nullopt;
}

std::optional<UnixTime> Record::time(std::string_view key) {
  // PowerShell 5 writes "/Date(…)/"; PowerShell 7 ISO dates; some depths {"value": "/Date(…)/"}.
  auto value = find(key);
  if (value && value->is_object()) {
    Element inner;
    if (value->at_key("value").get(inner) == simdjson::SUCCESS) value = inner;
  }
  if (!value || !value->is_string()) return std::nullopt;
  return parse_time(value->get_string().value());
}

}  // namespace postern::tenant
