#include "message/header.hpp"

#include "base/ascii.hpp"

namespace postern::message {
namespace {

bool is_blank(char c) noexcept {
  return c == ' ' || c == '\t';
}

// RFC 5322, 3.6.8: a field name is printable US-ASCII without the colon.
bool is_name_octet(char c) noexcept {
  return c > 32 && c < 127 && c != ':';
}

// The name of the field that starts on `line`, and where its body starts; empty where it is none.
std::string_view field_name(std::string_view line, std::size_t& body) noexcept {
  std::size_t end = 0;
  while (end < line.size() && is_name_octet(line[end]))
    ++end;
  std::size_t colon = end;
  while (colon < line.size() && is_blank(line[colon]))
    ++colon;
  if (end == 0 || colon == line.size() || line[colon] != ':') return {};
  body = colon + 1;
  return line.substr(0, end);
}

}  // namespace

std::string unfold(std::string_view body) {
  std::string out;
  out.reserve(body.size());
  for (const char c : body) {
    if (c != '\r' && c != '\n' && c != '\0') out += c;
  }
  return std::string(trim(out));
}

HeaderBlock HeaderBlock::parse(std::string_view bytes, bool envelope_line) {
  HeaderBlock block;
  std::size_t line_number = 0;
  bool last_is_field = false;
  std::size_t at = 0;
  while (at < bytes.size()) {
    const std::size_t start = at;
    const std::size_t newline = bytes.find('\n', at);
    const std::size_t end = newline == std::string_view::npos ? bytes.size() : newline;
    at = newline == std::string_view::npos ? bytes.size() : newline + 1;
    std::string_view line = bytes.substr(start, end - start);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    ++line_number;

    if (line.empty()) break;
    if (is_blank(line.front())) {
      if (last_is_field) {
        // The body grows to the end of this line; it is one stretch of `bytes`.
        Field& field = block.fields_.back();
        const auto from = static_cast<std::size_t>(field.body.data() - bytes.data());
        field.body = bytes.substr(from, start + line.size() - from);
      } else {
        ++block.stray_lines_;
      }
      continue;
    }
    std::size_t body = 0;
    const std::string_view name = field_name(line, body);
    // "From " and, where a mailbox was quoted twice, ">From " open a message in an mbox.
    // "From :" is a field (RFC 5322, 4.5.2).
    const bool opens = envelope_line && line_number == 1 && name.empty() &&
                       (line.starts_with("From ") || line.starts_with(">From "));
    last_is_field = !name.empty() && !opens;
    if (last_is_field) {
      block.fields_.push_back({name, line.substr(body), line_number});
    } else if (!opens) {
      ++block.stray_lines_;
    }
  }
  block.body_offset_ = at;
  return block;
}

const Field* HeaderBlock::first(std::string_view name) const noexcept {
  for (const Field& field : fields_) {
    if (iequals(field.name, name)) return &field;
  }
  return nullptr;
}

std::vector<std::size_t> HeaderBlock::all(std::string_view name) const {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    if (iequals(fields_[i].name, name)) found.push_back(i);
  }
  return found;
}

std::string HeaderBlock::text(std::string_view name) const {
  const Field* field = first(name);
  return field == nullptr ? std::string{} : unfold(field->body);
}

}  // namespace postern::message
