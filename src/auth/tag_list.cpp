#include "auth/tag_list.hpp"

#include <array>
#include <cstdint>

#include <fmt/format.h>

#include "base/ascii.hpp"

namespace postern::auth {
namespace {

bool is_name(std::string_view name) noexcept {
  if (name.empty() || !is_ascii_alpha(name.front())) return false;
  for (const char c : name) {
    if (!is_ascii_alpha(c) && !is_ascii_digit(c) && c != '_') return false;
  }
  return true;
}

// White space as FWS allows it: a line break only where white space follows (RFC 5322, 3.2.2). Bare
// LF counts as a break, as everywhere in mail at rest.
std::size_t after_space(std::string_view text, std::size_t at) noexcept {
  for (;;) {
    if (at < text.size() && is_ascii_blank(text[at])) {
      ++at;
      continue;
    }
    std::size_t next = at;
    if (next < text.size() && text[next] == '\r') ++next;
    if (next < text.size() && text[next] == '\n') {
      ++next;
      // At the end of the field's text the break belongs to the field, not to the value.
      if (next == text.size() || is_ascii_blank(text[next])) {
        at = next;
        continue;
      }
    }
    return at;
  }
}

// What an octet is in a value. VALCHAR: printable without ';' (RFC 6376, 3.2), and UTF-8 (RFC
// 8616).
enum : std::uint8_t { no_value = 0, printable_ascii = 1, beyond_ascii = 2 };

constexpr std::array<std::uint8_t, 256> make_kinds() {
  std::array<std::uint8_t, 256> kinds{};
  for (std::size_t octet = 0x21; octet < 256; ++octet)
    kinds[octet] = octet < 0x80 ? printable_ascii : beyond_ascii;
  kinds[';'] = kinds[0x7f] = no_value;
  return kinds;
}

constexpr std::array<std::uint8_t, 256> kinds = make_kinds();

std::uint8_t kind_of(char c) noexcept {
  return kinds[static_cast<unsigned char>(c)];
}

bool is_value_octet(char c) noexcept {
  return kind_of(c) != no_value;
}

// Without a branch, so that it is done many octets at a time.
bool is_visible_ascii(std::string_view text) noexcept {
  unsigned char other = 0;
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    other |= static_cast<unsigned char>(static_cast<unsigned char>(octet - 0x21) > 0x7e - 0x21);
  }
  return other == 0;
}

}  // namespace

Result<TagList> TagList::parse(std::string_view text) {
  TagList list;
  list.tags_.reserve(16);
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
    unsigned kinds_seen = 0;
    std::size_t at = equals + 1;
    if (is_visible_ascii(spec.substr(at))) at = spec.size();
    while (at < spec.size()) {
      if (const std::uint8_t kind = kind_of(spec[at]); kind != no_value) {
        kinds_seen |= kind;
        ++at;
        continue;
      }
      const std::size_t next = after_space(spec, at);
      if (next == at) {
        return fail(fmt::format("{}= holds an octet that no value may hold", name), where());
      }
      at = next;
    }
    const std::string_view value = trim(spec.substr(equals + 1));
    if ((kinds_seen & beyond_ascii) != 0 && !is_valid_utf8(value))
      return fail(fmt::format("{}= is no UTF-8", name), where());
    if (list.find(name) != nullptr) return fail(fmt::format("{}= occurs twice", name), where());
    if (list.tags_.size() == most_tags) return fail("there are more than 64 tags", where());
    list.tags_.push_back({name, value});
    if (last) break;
  }
  return list;
}

const Tag* TagList::find(std::string_view name) const noexcept {
  for (const Tag& tag : tags_) {
    // Nearly all names have one letter: no call to compare them.
    if (tag.name.size() != name.size() || tag.name.front() != name.front()) continue;
    if (name.size() == 1 || tag.name == name) return &tag;
  }
  return nullptr;
}

std::string without_space(std::string_view value) {
  // Without a branch, so that it is done many octets at a time.
  unsigned char has_space = 0;
  for (const char c : value) {
    const auto octet = static_cast<unsigned char>(c);
    has_space |= static_cast<unsigned char>(octet == ' ') |
                 static_cast<unsigned char>(static_cast<unsigned char>(octet - '\t') < 5);
  }
  std::string out(value);
  if (has_space != 0) std::erase_if(out, is_ascii_space);
  return out;
}

std::vector<std::string_view> colon_list(std::string_view value) {
  std::vector<std::string_view> out = split(value, ':');
  for (std::string_view& element : out)
    element = trim(element);
  return out;
}

}  // namespace postern::auth
