// Cuts a JSON text into its rows while it streams by: an array of objects, an object with such an
// array under "value", "results", "rows", "records" or the like, several such objects one after the
// other, JSON lines, or the tables of Log Analytics, whose rows are arrays. Only one row is held at
// a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "evidence/bytes/byte_source.hpp"
#include "evidence/tables/json_members.hpp"

namespace postern::evidence {

class JsonObjects {
 public:
  enum class Shape { array, wrapped, lines };

  JsonObjects(ByteSource& source, Shape shape, std::size_t longest_row);

  /// Text that was taken from the source before; call before the first next().
  void prepend(std::string text) { buffer_ = std::move(text); }
  /// The same of all that there is: nothing is taken from the source, and the text stays whole.
  void prepend_all(std::string text) {
    buffer_ = std::move(text);
    ended_ = true;
  }
  /// Takes it back.
  [[nodiscard]] std::string take_text() noexcept { return std::move(buffer_); }
  /// Line ends of the file before that text, where it does not begin it.
  void begin_after(std::uint64_t lines) noexcept { line_ = lines + 1; }

  /// The next row's text, valid until the next call; empty at the end. In JSON lines, a line
  /// that is no object is handed out as it is. Errors: text that ends inside a row or the array,
  /// something that is no object between rows, a row over the limit; with line and column.
  Result<std::string_view> next();

  /// Where rows are arrays: the JSON text that lists their columns. Empty where they are objects.
  [[nodiscard]] const std::string& columns() const noexcept { return columns_; }
  [[nodiscard]] std::uint64_t row() const noexcept { return row_; }
  /// Line on which the current row starts, from 1.
  [[nodiscard]] std::uint64_t line() const noexcept { return row_line_; }
  /// Line ends of the file so far.
  [[nodiscard]] std::uint64_t lines_passed() const noexcept { return line_ - 1; }
  /// Of the tables after the first, those of which `are` says yes count as rows that are not read.
  void mind_tables(AreColumns are) { are_columns_ = std::move(are); }
  /// Whether the answer says that there are more rows than it holds ("@odata.nextLink" or the like,
  /// warnings of the admin interface, an error beside the rows), is not whole to its end, where
  /// that may stand, or holds further lists of rows, of which one is read. Known once next() came
  /// to the end.
  [[nodiscard]] bool more_elsewhere() const noexcept { return more_elsewhere_; }
  /// Those lists, by name: 'the list "value"'; the first few.
  [[nodiscard]] const std::vector<std::string>& unread() const noexcept { return unread_; }

 private:
  Result<bool> more();
  Result<int> skip_space();
  Result<void> find_rows();
  Result<bool> next_member(std::string& key);
  Result<bool> end_object();
  Result<bool> end_tables();
  Result<bool> end_answer();
  Result<bool> finish_answer();
  Result<void> skip_member(const std::string& key);
  void leave_unread(std::string what);
  Result<std::size_t> end_of_value(std::size_t begin);
  Result<std::string_view> next_line();
  [[nodiscard]] std::string here() const;
  void step(std::size_t count);

  ByteSource& source_;
  Shape shape_;
  std::size_t longest_row_;
  std::string buffer_;
  std::size_t at_ = 0;
  std::uint64_t line_ = 1;
  std::uint64_t column_ = 1;
  std::uint64_t row_ = 0;
  std::uint64_t row_line_ = 0;
  bool inside_ = false;
  bool in_table_ = false;
  bool ended_ = false;
  bool more_elsewhere_ = false;
  std::string columns_;
  AreColumns are_columns_ = [](const std::string&) { return true; };
  std::vector<std::string> unread_;
};

/// The shape, from the first piece of the text.
JsonObjects::Shape shape_of(std::string_view first_piece) noexcept;

}  // namespace postern::evidence
