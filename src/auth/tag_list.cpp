#include "auth/tag_list.hpp"

#include <fmt/format.h>

#include "base/ascii.hpp"

namespace postern::auth {
namespace {

bool is_alpha(char c) noexcept {
  return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z';
}

bool is_name(std::string_view name) noexcept {
  if (name.empty() || !is_alpha(name.front())) return false;
  for (const char c : name) {
    if (!is_alpha(c) && !is_ascii_digit(c) && c != '_') return false;
  }
  return true;
}

bool is_blank(char c) noexcept {
  return c == ' ' || c == '\t';
}

// White space as FWS allows it: a line break only where white space follows (RFC 5322, 3.2.2). Bare
// LF counts as a break, as everywhere in mail at rest.
std::size_t after_space(std::string_view text, std::size_t at) noexcept {
  for (;;) {
    if (at < text.size() && is_blank(text[at])) {
      ++at;
      continue;
    }
    std::size_t next = at;
    if (next < text.size() && text[next] == '\r') ++next;
    if (next < text.size() && text[next] == '\n') {
      ++next;
      // At the end of the field's text the break belongs to the field, not to the value.
      if (next == text.size() || is_blank(text[next])) {
        at = next;
        continue;
      }
    }
    return at;
  }
}

// VALCHAR: printable without ';' (RFC 6376, 3.2), and UTF-8 (RFC 8616).
bool is_value_octet(char c) noexcept {
  const auto octet = static_cast<unsigned char>(c);
  return octet >= 0x21 && octet != ';' && octet != 0x7f;
}

}  // namespace

Result<TagList> TagList::parse(std::string_view text) {
  TagList list;
  std::size_t start = 0;
  while (start <= text.size()) {
    std::size_t end = text.find(';', start);
    const bool last = end == std::string_view::npos;
    if (last) end = text.size();
    const std::string_view spec = text.substr(start, end - start);
    const auto where = [&] { return fmt::format("octet {}", start + 1); };
    start = end + 1;
    if (trim(spec).empty()) {
      // One semicolon may end the list; an empty tag in the middle is none.
      if (last && !list.tags_.empty()) break;
      return fail(list.tags_.empty() ? "the tag list is empty" : "a tag is empty", where());
    }
    const std::size_t equals = spec.find('=');
    if (equals == std::string_view::npos) return fail("a tag has no '='", where());
    const std::size_t name_at = after_space(spec, 0);
    std::size_t name_end = name_at;
    while (name_end < equals && is_value_octet(spec[name_end]))
      ++name_end;
    const std::string_view name = spec.substr(name_at, name_end - name_at);
    if (!is_name(name) || after_space(spec, name_end) != equals) {
      return fail("a tag's name is none", where());
    }
    for (std::size_t at = equals + 1; at < spec.size();) {
      const std::size_t next = after_space(spec, at);
      if (next != at) {
        at = next;
      } else if (is_value_octet(spec[at])) {
        ++at;
      } else {
        return fail(fmt::format("{}= holds an octet that no value may hold", name), where());
      }
    }
    const std::string_view value = trim(spec.substr(equals + 1));
    if (!is_valid_utf8(value)) return fail(fmt::format("{}= is no UTF-8", name), where());
    if (list.find(name) != nullptr) return fail(fmt::format("{}= occurs twice", name), where());
    if (list.tags_.size() == most_tags) return fail("there are more than 64 tags", where());
    list.tags_.push_back({name, value});
    if (last) break;
  }
  return list;
}

const Tag* TagList::find(std::string_view name) const noexcept {
  for (const Tag& tag : tags_) {
    if (tag.name == name) return &tag;
  }
  return nullptr;
}

std::string without_space(std::string_view value) {
  std::string out;
  out.reserve(value.size());
  for (const char c : value) {
    if (!is_ascii_space(c)) out += c;
  }
  return out;
}

std::vector<std::string_view> colon_list(std::string_view value) {
  std::vector<std::string_view> out = split(value, ':');
  for (std::string_view& element : out)
    element = trim(element);
  return out;
}

}  // namespace postern::auth
