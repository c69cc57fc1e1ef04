#include "auth/xml_reader.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"

namespace postern::auth {
namespace {

constexpr std::size_t npos = std::string_view::npos;
constexpr std::size_t longest_reference = 12;  // "&#x10FFFF;" and the five names

// One past the '>' that ends a tag: one inside a quoted attribute value does not. Where another '<'
// comes first, the place of that: what is before it is no tag ("bad<name</header_from>").
std::size_t end_of_tag(std::string_view text) noexcept {
  char quote = 0;
  for (std::size_t i = 1; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '>') {
      return i + 1;
    } else if (c == '<') {
      return i;
    } else if (c == '"' || c == '\'') {
      quote = c;
    }
  }
  return npos;
}

// One past the end of "<!DOCTYPE … [ … ]>".
std::size_t end_of_declaration(std::string_view text) noexcept {
  char quote = 0;
  int brackets = 0;
  for (std::size_t i = 2; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == quote) quote = 0;
      continue;
    }
    if (c == '"' || c == '\'') quote = c;
    if (c == '[') ++brackets;
    if (c == ']') --brackets;
    if (c == '>' && brackets <= 0) return i + 1;
  }
  return npos;
}

std::size_t past(std::string_view text, std::string_view end, std::size_t from) noexcept {
  const std::size_t at = text.find(end, from);
  return at == npos ? npos : at + end.size();
}

void append_code_point(std::uint32_t c, std::string& out) {
  const auto add = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (c < 0x80) {
    add(c);
  } else if (c < 0x800) {
    add(0xc0 | c >> 6);
    add(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    add(0xe0 | c >> 12);
    add(0x80 | (c >> 6 & 0x3f));
    add(0x80 | (c & 0x3f));
  } else {
    add(0xf0 | c >> 18);
    add(0x80 | (c >> 12 & 0x3f));
    add(0x80 | (c >> 6 & 0x3f));
    add(0x80 | (c & 0x3f));
  }
}

// What "&name;" stands for (XML 1.0, 4.1 and 4.6); empty where it is none of the known.
std::string decoded(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, char>, 5> names{
      {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}}};
  for (const auto& [known, character] : names) {
    if (name == known) return {character};
  }
  if (!name.starts_with('#')) return {};
  name.remove_prefix(1);
  const bool hexadecimal = name.starts_with('x');
  if (hexadecimal) name.remove_prefix(1);
  std::uint32_t value = 0;
  const char* end = name.data() + name.size();
  const auto [stop, failed] = std::from_chars(name.data(), end, value, hexadecimal ? 16 : 10);
  std::string out;
  const bool surrogate = value >= 0xd800 && value < 0xe000;
  if (failed == std::errc{} && stop == end && value > 0 && value < 0x110000 && !surrogate) {
    append_code_point(value, out);
  }
  return out;
}

std::string_view local_name(std::string_view name) noexcept {
  const std::size_t colon = name.rfind(':');
  return colon == npos ? name : name.substr(colon + 1);
}

std::string default_namespace(std::string_view attributes) {
  for (std::size_t at = attributes.find("xmlns="); at != npos;
       at = attributes.find("xmlns=", at + 1)) {
    if (at > 0 && !is_ascii_space(attributes[at - 1])) continue;
    const std::string_view value = attributes.substr(at + 6);
    if (value.empty()) return {};
    return std::string(value.substr(1, value.find(value[0], 1) - 1));
  }
  return {};
}

}  // namespace

XmlReader::XmlReader(std::string name, Handler& handler, std::string_view passed_over)
    : name_(std::move(name)), handler_(handler), passed_over_(passed_over) {}

tl::unexpected<Error> XmlReader::fault(std::string what) const {
  return fail(std::move(what), fmt::format("{}:{}", name_, line_), "ask its sender for it again");
}

Result<void> XmlReader::feed(std::string_view bytes) {
  if (closed_) {
    note_after(bytes);
    return {};
  }
  if (pending_.empty()) {
    const auto used = take(bytes, false);
    if (!used) return tl::unexpected(used.error());
    if (closed_) note_after(bytes.substr(*used));
    if (!closed_) pending_.assign(bytes.substr(*used));
    return {};
  }
  pending_ += bytes;
  const auto used = take(pending_, false);
  if (!used) return tl::unexpected(used.error());
  pending_.erase(0, *used);
  if (closed_) note_after(pending_);
  return {};
}

void XmlReader::note_after(std::string_view rest) noexcept {
  for (std::size_t at = rest.find('<'); at != npos && !has_more_; at = rest.find('<', at + 1)) {
    // A comment may follow, and whatever a mailer put there; a tag begins with a name.
    has_more_ = at + 1 < rest.size() && is_ascii_alpha(rest[at + 1]);
  }
}

Result<void> XmlReader::finish() {
  if (!closed_) {
    const auto used = take(pending_, true);
    if (!used) return tl::unexpected(used.error());
  }
  if (closed_) return {};
  return starts_.empty() ? fault("holds no XML element") : fault("ends in the middle of the XML");
}

// Consumes whole tokens from the start of `text`; returns how much it consumed.
Result<std::size_t> XmlReader::take(std::string_view text, bool last) {
  std::size_t at = 0;
  while (at < text.size() && !closed_) {
    const std::string_view rest = text.substr(at);
    std::size_t end = 0;
    if (rest[0] != '<') {
      const std::size_t next = rest.find('<');
      const std::string_view piece = rest.substr(0, next);
      if (starts_.empty() && !trim(piece).empty()) return fault("has text before its XML");
      end = characters(piece, next == npos && !last);
      line_ += static_cast<std::uint64_t>(
          std::count(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
      at += end;
      if (end < piece.size()) break;
      continue;
    }
    // The kinds that begin alike are told apart once nine characters are there.
    if (rest.starts_with("<!") && rest.size() < 9 && !last) break;
    const bool character_data = rest.starts_with("<![CDATA[");
    const bool is_tag = !rest.starts_with("<!") && !rest.starts_with("<?");
    end = rest.starts_with("<!--") ? past(rest, "-->", 4)
          : character_data         ? past(rest, "]]>", 9)
          : rest.starts_with("<?") ? past(rest, "?>", 2)
          : rest.starts_with("<!") ? end_of_declaration(rest)
                                   : end_of_tag(rest);
    if (end == npos) {
      if (rest.size() > longest_markup) return fault("has markup that does not end");
      break;
    }
    const std::string_view markup = rest.substr(0, end);
    if (character_data && !starts_.empty()) handler_.text(markup.substr(9, markup.size() - 12));
    if (is_tag && !markup.ends_with('>')) {
      if (starts_.empty()) return fault("has text before its XML");
      text_like_a_tag(markup);
    } else if (is_tag) {
      if (auto done = tag(markup); !done) return tl::unexpected(done.error());
    }
    line_ += static_cast<std::uint64_t>(std::count(markup.begin(), markup.end(), '\n'));
    at += end;
  }
  return at;
}

// Hands text on with its references decoded; returns how much. Where more may come, a reference
// that is cut off at the end is left for later.
std::size_t XmlReader::characters(std::string_view text, bool may_go_on) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t reference = std::min(text.find('&', at), text.size());
    if (reference > at && !starts_.empty()) handler_.text(text.substr(at, reference - at));
    at = reference;
    if (at == text.size()) break;
    const std::string_view rest = text.substr(at, longest_reference);
    const std::size_t end = rest.find(';');
    if (end == npos && rest.size() < longest_reference && may_go_on) return at;
    const std::string value = end == npos ? std::string{} : decoded(rest.substr(1, end - 1));
    handler_.text(value.empty() ? std::string_view("&") : std::string_view(value));
    at += value.empty() ? 1 : end + 1;
  }
  return at;
}

void XmlReader::text_like_a_tag(std::string_view markup) {
  if (mended_++ == 0) mended_line_ = line_;
  handler_.text(markup);
}

Result<void> XmlReader::tag(std::string_view markup) {
  const bool closes = markup.starts_with("</");
  std::string_view inside = markup.substr(closes ? 2 : 1, markup.size() - (closes ? 3 : 2));
  const bool empty = !closes && inside.ends_with('/');
  if (empty) inside.remove_suffix(1);
  std::size_t name_end = 0;
  while (name_end < inside.size() && !is_ascii_space(inside[name_end]))
    ++name_end;
  const std::string_view full_name = inside.substr(0, name_end);
  const std::string_view name = local_name(full_name);
  if (!passed_over_.empty() && name == passed_over_) return {};
  if (!starts_.empty() && full_name.find('@') != npos) {  // "<ann@a.example>": no name has that
    text_like_a_tag(markup);
    return {};
  }
  if (closes) {
    const std::string_view open =
        starts_.empty() ? std::string_view{} : std::string_view(open_).substr(starts_.back());
    if (starts_.empty() || name != open) {
      return fault(fmt::format("closes '{}' where '{}' is open", printable(name.substr(0, 40)),
                               printable(open.substr(0, 40))));
    }
    handler_.element_ends();
    open_.resize(starts_.back());
    starts_.pop_back();
    closed_ = starts_.empty();
    return {};
  }
  if (name.empty()) return fault("has a tag without a name");
  if (starts_.empty()) namespace_ = default_namespace(inside.substr(name_end));
  if (starts_.size() == deepest) return fault("is nested too deeply for a report");
  handler_.element_begins(name);
  if (empty) {
    handler_.element_ends();
    closed_ = starts_.empty();
    return {};
  }
  starts_.push_back(open_.size());
  open_ += name;
  return {};
}

}  // namespace postern::auth
