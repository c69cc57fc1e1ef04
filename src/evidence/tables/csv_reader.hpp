// CSV (RFC 4180) as a stream of records: the separators outside quotes are written down
// (csv_scanner.hpp); a record is then a run of positions, and only fields that are asked for are
// ever looked at.
//
// Quotes mean something at the start of a field and inside a quoted field; elsewhere they are
// text. CRLF and LF both end a record. Blank lines are skipped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "evidence/bytes/byte_source.hpp"
#include "evidence/tables/csv_scanner.hpp"

namespace postern::evidence {

class CsvReader {
 public:
  /// The source must outlive the reader. A record longer than `longest_record` octets is an error.
  CsvReader(ByteSource& source, std::size_t longest_record, char separator = ',');

  /// Text that was taken from the source before; call before the first next().
  void prepend(std::string text) { buffer_ = std::move(text); }
  /// Begins anew with all that there is, after so many line ends of the file: nothing is taken from
  /// the source, and the text stays whole.
  void begin_with_all(std::string text, std::uint64_t lines);
  /// Takes it back.
  [[nodiscard]] std::string take_text() noexcept { return std::move(buffer_); }
  /// Line ends of the file before the reader's text, where that does not begin it.
  void begin_after(std::uint64_t lines) noexcept { lines_before_ = lines; }
  /// Line ends of the file up to the current record's end.
  [[nodiscard]] std::uint64_t lines_passed() { return line_at(following_begin_) - 1; }

  /// Goes to the next record; false after the last. Errors: an unterminated quote (naming the line
  /// where it opens), a record over the limit, a failed read.
  Result<bool> next();

  [[nodiscard]] std::size_t field_count() const noexcept { return field_count_; }
  /// The text of a field of the current record, quotes removed and doubled quotes made one. Valid
  /// until next(). `index` must be below field_count().
  [[nodiscard]] std::string_view field(std::size_t index);

  /// Records so far; the first has number 1.
  [[nodiscard]] std::uint64_t record() const noexcept { return record_; }
  /// Line of the file where the current record starts, from 1.
  [[nodiscard]] std::uint64_t line() { return line_at(current_begin_); }

 private:
  [[nodiscard]] std::uint64_t line_at(std::size_t offset);
  Result<bool> refill();
  void index();
  void end_source();
  void make_room(std::size_t count);
  void write_down(CsvScanner::Cuts cuts, std::size_t offset);
  std::string_view unescaped(std::string_view text);
  [[nodiscard]] Error unterminated();

  ByteSource& source_;
  std::size_t longest_record_;
  char separator_;

  std::string buffer_;
  std::vector<std::uint32_t> positions_;    // of separators and line ends outside quotes, and room
  std::size_t position_count_ = 0;          // of them
  std::vector<std::uint32_t> record_ends_;  // indexes into positions_
  std::size_t next_record_end_ = 0;
  bool source_ended_ = false;
  std::optional<Error> failed_;
  bool indexed_ = false;  // the buffer has been looked at
  CsvScanner scanner_;    // after the indexed part

  std::size_t current_begin_ = 0;  // of the record that next() went to
  std::size_t current_first_ = 0;  // its first position
  std::size_t field_count_ = 0;
  std::size_t following_begin_ = 0;  // of the record after it
  std::size_t following_first_ = 0;
  std::uint64_t record_ = 0;

  std::uint64_t lines_before_ = 0;   // line ends before the buffer
  std::uint64_t lines_counted_ = 0;  // of the buffer, before counted_to_
  std::size_t counted_to_ = 0;
  std::string unescaped_;  // of the current record, and room
  std::size_t unescaped_size_ = 0;
  std::vector<std::unique_ptr<char[]>> further_;  // what did not fit
};

}  // namespace postern::evidence
