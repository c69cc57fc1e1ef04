// A message's header block as an ordered list of fields, read the way mail really looks: CRLF or
// bare LF, folded lines, space before the colon (RFC 5322, 4.5), a "From " line in front, lines
// that are no fields at all. Nothing is an error; what is no field is counted and left out.
//
//   const auto header = HeaderBlock::parse(bytes);
//   if (const Field* f = header.first("Return-Path")) use(unfold(f->body));
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace postern::message {

struct Field {
  std::string_view name;  ///< as written, without space
  std::string_view body;  ///< after the colon, still folded, without the last line break
  std::size_t line = 0;   ///< line in the block where the field starts, counts from 1
};

/// RFC 5322, 2.2.3: line breaks before white space go, the white space stays; surrounding space is
/// trimmed. NUL octets go too (RFC 5322, 4: obsolete syntax let them in; no sender means them).
std::string unfold(std::string_view body);

class HeaderBlock {
 public:
  HeaderBlock() = default;
  /// Reads every field up to the first empty line: a limit of their number would be a place to hide
  /// From behind. What bounds it is the size of `bytes`, which the caller limits. Views point into
  /// `bytes`. A first line "From a@b" opens a message in an mbox and is no field; without
  /// `envelope_line` it counts as stray. "From : a@b" is a field (RFC 5322, 4.5.2) everywhere.
  static HeaderBlock parse(std::string_view bytes, bool envelope_line = true);

  [[nodiscard]] const std::vector<Field>& fields() const noexcept { return fields_; }
  /// The topmost field of that name (without case); nullptr where there is none. Trace fields are
  /// prepended, so the topmost is the last one written.
  [[nodiscard]] const Field* first(std::string_view name) const noexcept;
  /// Every index into fields() with that name, from the top down.
  [[nodiscard]] std::vector<std::size_t> all(std::string_view name) const;
  /// unfold() of first(), empty where there is none.
  [[nodiscard]] std::string text(std::string_view name) const;
  /// Lines that were neither fields nor their continuation.
  [[nodiscard]] std::size_t stray_lines() const noexcept { return stray_lines_; }
  /// Where the body starts; the size of the block where no empty line was found.
  [[nodiscard]] std::size_t body_offset() const noexcept { return body_offset_; }

 private:
  std::vector<Field> fields_;
  std::size_t stray_lines_ = 0;
  std::size_t body_offset_ = 0;
};

}  // namespace postern::message
