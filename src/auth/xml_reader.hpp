// The few parts of XML that reports are made of, read while they stream by: elements and their
// text. Memory holds one tag. Namespace prefixes are taken off; attributes are passed over, except
// that the root's default namespace is kept.
//
// What could harm is not there at all: a document type definition is passed over, so no entity is
// ever expanded or fetched (an unknown "&name;" stays as written), and depth is limited. What real
// reports hold and strict parsers refuse is taken: white space in front, a bare '&', anything after
// the root element; and, counted by mended(), an address in angle brackets where text stands
// ("<email><ann@a.example></email>"). A parser that holds the whole document would need twenty
// times its size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace postern::auth {

class XmlReader {
 public:
  static constexpr std::size_t deepest = 64;
  static constexpr std::size_t longest_markup = 1 << 20;

  /// Views are valid during the call.
  class Handler {
   public:
    virtual ~Handler() = default;
    virtual void element_begins(std::string_view local_name) = 0;
    /// Text of the innermost element, in pieces, decoded.
    virtual void text(std::string_view piece) = 0;
    virtual void element_ends() = 0;
  };

  /// `name` is the document's, for errors. Tags of an element called `passed_over` are none,
  /// wherever they stand.
  XmlReader(std::string name, Handler& handler, std::string_view passed_over = {});

  /// UTF-8 in pieces of any size. Errors, with line: markup that never ends, an end tag of another
  /// element, nesting over the limit, text where the root should be.
  Result<void> feed(std::string_view bytes);
  /// Call once at the end. Errors: no root element, or one that is not closed.
  Result<void> finish();

  [[nodiscard]] std::uint64_t line() const noexcept { return line_; }
  /// True after the root's end: what follows is not looked at.
  [[nodiscard]] bool done() const noexcept { return closed_; }
  /// Something that looks like XML stands behind the document's end. It was not looked at.
  [[nodiscard]] bool has_more() const noexcept { return has_more_; }
  /// What stood in brackets like a tag and was taken as text, and the line of the first.
  [[nodiscard]] std::uint64_t mended() const noexcept { return mended_; }
  [[nodiscard]] std::uint64_t first_mended_line() const noexcept { return mended_line_; }
  /// xmlns of the root element; empty where it has none.
  [[nodiscard]] const std::string& root_namespace() const noexcept { return namespace_; }

 private:
  Result<std::size_t> take(std::string_view text, bool last);
  std::size_t characters(std::string_view text, bool may_go_on);
  Result<void> tag(std::string_view markup);
  void text_like_a_tag(std::string_view markup);
  void note_after(std::string_view rest) noexcept;
  [[nodiscard]] tl::unexpected<Error> fault(std::string what) const;

  std::string name_;
  Handler& handler_;
  std::string_view passed_over_;
  std::string pending_;              // the start of a token that has not arrived whole
  std::string open_;                 // names of the open elements, one after the other
  std::vector<std::size_t> starts_;  // where each begins in open_
  std::string namespace_;
  std::uint64_t line_ = 1;
  std::uint64_t mended_ = 0;
  std::uint64_t mended_line_ = 0;
  bool closed_ = false;
  bool has_more_ = false;
};

}  // namespace postern::auth
