#include "auth/canonical.hpp"

#include <cstddef>
#include <utility>

#include "base/ascii.hpp"

namespace postern::auth {
namespace {

// From the name to the end of the body as it stands in the message.
std::string_view raw(const message::Field& field) noexcept {
  const char* end = field.body.data() + field.body.size();
  return {field.name.data(), static_cast<std::size_t>(end - field.name.data())};
}

void append_simple(std::string& out, std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    std::size_t newline = text.find('\n', at);
    if (newline == std::string_view::npos) newline = text.size();
    out.append(text.substr(at, newline - at));
    if (newline < text.size()) {
      if (newline == 0 || text[newline - 1] != '\r') out += '\r';
      out += '\n';
    }
    at = newline + 1;
  }
}

// RFC 6376, 3.4.2: unfolded, each run of white space one space, none at either end. `body` may come
// in two parts.
void append_relaxed(std::string& out, std::string_view name, std::string_view body,
                    std::string_view more = {}) {
  // Never longer than the parts, but for the colon and a space.
  const std::size_t before = out.size();
  out.resize(before + name.size() + body.size() + more.size() + 2);
  char* to = out.data() + before;
  for (const char c : name)
    *to++ = ascii_lower(c);
  *to++ = ':';
  const char* const start = to;
  bool space = false;
  for (const std::string_view part : {body, more}) {
    const char* const end = part.data() + part.size();
    for (const char* at = part.data(); at < end; ++at) {
      const char c = *at;
      if (is_ascii_blank(c)) {
        space = true;
        continue;
      }
      if (c == '\n' || (c == '\r' && at + 1 < end && at[1] == '\n')) continue;
      if (space && to != start) *to++ = ' ';
      space = false;
      *to++ = c;
      // The rest of a word.
      while (at + 1 < end && static_cast<unsigned char>(at[1]) > ' ')
        *to++ = *++at;
    }
  }
  out.resize(static_cast<std::size_t>(to - out.data()));
}

// The stretch of `body` that is the value of b=: behind its '=' up to the ';'. Only the tag b=, not
// the letters "b=" within another value.
std::pair<std::size_t, std::size_t> signature_value(std::string_view body) noexcept {
  std::size_t start = 0;
  while (start < body.size()) {
    std::size_t end = body.find(';', start);
    if (end == std::string_view::npos) end = body.size();
    const std::string_view spec = body.substr(start, end - start);
    const std::size_t equals = spec.find('=');
    if (equals != std::string_view::npos && trim(spec.substr(0, equals)) == "b") {
      return {start + equals + 1, end};
    }
    start = end + 1;
  }
  return {body.size(), body.size()};
}

}  // namespace

std::string_view name_of(Canonicalisation form) noexcept {
  return form == Canonicalisation::relaxed ? "relaxed" : "simple";
}

void append_field(std::string& out, const message::Field& field, Canonicalisation form) {
  if (form == Canonicalisation::relaxed) {
    append_relaxed(out, field.name, field.body);
  } else {
    append_simple(out, raw(field));
  }
  out += "\r\n";
}

void append_own_field(std::string& out, const message::Field& field, Canonicalisation form) {
  const auto [from, to] = signature_value(field.body);
  if (form == Canonicalisation::relaxed) {
    append_relaxed(out, field.name, field.body.substr(0, from), field.body.substr(to));
    return;
  }
  const std::string_view text = raw(field);
  const auto offset = static_cast<std::size_t>(field.body.data() - text.data());
  append_simple(out, text.substr(0, offset + from));
  append_simple(out, text.substr(offset + to));
}

}  // namespace postern::auth
