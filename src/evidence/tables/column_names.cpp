// What headers call the columns of evidence.
#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

#include "base/ascii.hpp"
#include "evidence/tables/row.hpp"

namespace postern::evidence {
namespace {

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

}  // namespace postern::evidence
