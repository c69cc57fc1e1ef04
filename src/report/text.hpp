// Text for reading: tables and paragraphs that fit a width. Everything that goes in is made safe
// to show first (base/ascii.hpp, printable).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/numbers.hpp"
#include "report/style.hpp"

namespace postern::report {

/// Columns that a text takes on a terminal: wide East Asian characters and emoji take two,
/// combining marks none.
std::size_t display_width(std::string_view text);

/// At most `width` columns, with an ellipsis where something was cut.
std::string shorten(std::string_view text, std::size_t width);

/// Lines of at most `width` columns, broken at spaces; a longer word stays whole.
std::vector<std::string> wrap(std::string_view text, std::size_t width);

/// Breaks at spaces; the first line starts with `first`, the others with as many spaces.
std::string paragraph(std::string_view text, const Style&, std::string_view first = {});

/// For a terminal without UTF-8: what the program draws as what is nearest, each of as many columns
/// as before; any other character as \u00e9.
std::string in_ascii(std::string_view text);

/// Whether a text is longer than a screen. Whoever sees its end first must not have to look for the
/// answer: it is said once more there.
bool scrolls(std::string_view text);

/// One glyph a number, as high as it is among them; a blank for zero.
std::string sparkline(const std::vector<std::uint64_t>& numbers);

enum class Align { left, right };
enum class Colour { none, red, green, yellow, dim };
std::string coloured(const Style&, Colour, std::string_view text);

struct TableColumn {
  std::string title;
  Align align = Align::left;
  /// What a column may shrink to where the table is too wide; 0: never.
  std::size_t least = 0;
  /// What does not fit goes on in the next line, where it would be cut off otherwise.
  bool wraps = false;
};

class Table {
 public:
  explicit Table(std::vector<TableColumn> columns) : columns_(std::move(columns)) {}
  /// As many cells as columns. `colour` is that of the first cell.
  void add(std::vector<std::string> cells, Colour colour = Colour::none);
  [[nodiscard]] bool empty() const noexcept { return rows_.empty(); }
  /// Header, a rule and the rows, each line ended; two spaces between columns.
  [[nodiscard]] std::string text(const Style&) const;

 private:
  struct Row {
    std::vector<std::string> cells;
    Colour colour;
  };
  std::vector<TableColumn> columns_;
  std::vector<Row> rows_;
};

}  // namespace postern::report
