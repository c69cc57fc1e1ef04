#include "report/text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"

namespace postern::report {
namespace {

struct Glyph {
  std::size_t octets;
  std::size_t columns;
  std::uint32_t character;
};

// The text is valid UTF-8 by then (printable).
Glyph glyph_at(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return {1, 1, lead};
  const std::size_t octets = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  std::uint32_t c = lead & (0xffu >> (octets + 1));
  for (std::size_t i = 1; i < octets && i < text.size(); ++i) {
    c = c << 6 | (static_cast<unsigned char>(text[i]) & 0x3fu);
  }
  const bool combining = (c >= 0x300 && c <= 0x36f) || (c >= 0x200b && c <= 0x200d) ||
                         (c >= 0xfe00 && c <= 0xfe0f) || (c >= 0x20d0 && c <= 0x20ff);
  // Unicode Standard Annex #11, by block.
  const bool wide = (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) ||
                    (c >= 0xac00 && c <= 0xd7a3) || (c >= 0xf900 && c <= 0xfaff) ||
                    (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) ||
                    (c >= 0xffe0 && c <= 0xffe6) || (c >= 0x1f300 && c <= 0x1faff) ||
                    (c >= 0x20000 && c <= 0x3fffd);
  return {std::min(octets, text.size()), combining ? 0u : wide ? 2u : 1u, c};
}

// What the program itself draws with.
constexpr std::array<std::pair<std::string_view, char>, 20> drawn{{
    {"─", '-'}, {"–", '-'}, {"—", '-'}, {"·", '-'}, {"…", '~'}, {"’", '\''}, {"‘", '\''},
    {"“", '"'}, {"”", '"'}, {"→", '>'}, {"≈", '~'}, {"×", 'x'}, {"▁", '_'},  {"▂", '.'},
    {"▃", ':'}, {"▄", '-'}, {"▅", '='}, {"▆", '+'}, {"▇", '*'}, {"█", '#'},
}};

}  // namespace

std::string in_ascii(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const Glyph glyph = glyph_at(text);
    const std::string_view octets = text.substr(0, glyph.octets);
    const auto* known = std::find_if(drawn.begin(), drawn.end(),
                                     [&](const auto& each) { return each.first == octets; });
    if (glyph.character < 0x80) {
      out += text[0];
    } else if (known != drawn.end()) {
      out += known->second;
    } else {
      out += glyph.character > 0xffff ? fmt::format("\\U{:08x}", glyph.character)
                                      : fmt::format("\\u{:04x}", glyph.character);
    }
    text.remove_prefix(glyph.octets);
  }
  return out;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const Glyph glyph = glyph_at(text);
    width += glyph.columns;
    text.remove_prefix(glyph.octets);
  }
  return width;
}

std::string shorten(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  std::string out;
  std::size_t used = 0;
  while (!text.empty()) {
    const Glyph glyph = glyph_at(text);
    if (used + glyph.columns + 1 > width) break;
    used += glyph.columns;
    out.append(text.substr(0, glyph.octets));
    text.remove_prefix(glyph.octets);
  }
  return out + "…";
}

std::vector<std::string> wrap(std::string_view text, std::size_t width) {
  std::vector<std::string> lines(1);
  std::size_t used = 0;
  for (const std::string_view word : split(text, ' ')) {
    if (word.empty()) continue;
    const std::size_t columns = display_width(word);
    if (used > 0 && used + 1 + columns > width) {
      lines.emplace_back();
      used = 0;
    }
    if (used > 0) {
      lines.back() += ' ';
      ++used;
    }
    lines.back() += word;
    used += columns;
  }
  return lines;
}

std::string paragraph(std::string_view text, const Style& style, std::string_view first) {
  const std::size_t indent = display_width(first);
  std::string out;
  for (const std::string& line :
       wrap(printable(text), style.columns > indent ? style.columns - indent : 1)) {
    out += (out.empty() ? std::string(first) : std::string(indent, ' ')) + line + '\n';
  }
  return out;
}

std::string coloured(const Style& style, Colour colour, std::string_view text) {
  switch (colour) {
    case Colour::red:
      return style.red(text);
    case Colour::green:
      return style.green(text);
    case Colour::yellow:
      return style.yellow(text);
    case Colour::dim:
      return style.dim(text);
    case Colour::none:
      break;
  }
  return std::string(text);
}

bool scrolls(std::string_view text) {
  constexpr std::ptrdiff_t lines_of_a_screen = 40;
  return std::count(text.begin(), text.end(), '\n') > lines_of_a_screen;
}

std::string sparkline(const std::vector<std::uint64_t>& numbers) {
  static constexpr std::array<std::string_view, 8> glyphs = {"▁", "▂", "▃", "▄",
                                                             "▅", "▆", "▇", "█"};
  std::uint64_t most = 0;
  for (const std::uint64_t number : numbers)
    most = std::max(most, number);
  std::string out;
  for (const std::uint64_t number : numbers) {
    out += number == 0 ? std::string_view("·")
                       : glyphs[static_cast<std::size_t>((number * 7 + most - 1) / most)];
  }
  return out;
}

namespace {

// The words of a wrapped cell that are longer than it go on in the next line too, where they can
// after what separates the parts of a path, a name or an address: their ends tell them apart.
std::vector<std::string> wrap_cell(std::string_view text, std::size_t width) {
  constexpr std::string_view separators = "/\\.-_@:,;=";
  std::vector<std::string> out;
  for (const std::string& line : wrap(text, width)) {
    std::string_view rest = line;
    while (display_width(rest) > width) {
      std::size_t end = 0;   // of what fits
      std::size_t good = 0;  // after a separator
      for (std::size_t used = 0; end < rest.size();) {
        const Glyph glyph = glyph_at(rest.substr(end));
        used += glyph.columns;
        if (end > 0 && used > width) break;
        end += glyph.octets;
        if (separators.find(rest[end - 1]) != std::string_view::npos) good = end;
      }
      const std::size_t cut = good > 0 ? good : end;
      out.emplace_back(rest.substr(0, cut));
      rest.remove_prefix(cut);
    }
    out.emplace_back(rest);
  }
  return out;
}

}  // namespace

void Table::add(std::vector<std::string> cells, Colour colour) {
  for (std::string& cell : cells)
    cell = printable(cell);
  rows_.push_back({std::move(cells), colour});
}

std::string Table::text(const Style& style) const {
  std::vector<std::size_t> widths;
  std::size_t total = 0;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t width = display_width(columns_[i].title);
    for (const Row& row : rows_)
      width = std::max(width, display_width(row.cells[i]));
    widths.push_back(width);
    total += width + (i > 0 ? 2 : 0);
  }
  // Too wide: the widest column that may shrink gives way, one column at a time.
  while (total > style.columns) {
    std::size_t widest = columns_.size();
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i].least == 0 || widths[i] <= columns_[i].least) continue;
      if (widest == columns_.size() || widths[i] > widths[widest]) widest = i;
    }
    if (widest == columns_.size()) break;
    --widths[widest];
    --total;
  }
  const auto line = [&](const std::vector<std::string>& cells, Colour colour) {
    std::string out;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const std::string cell = shorten(cells[i], widths[i]);
      const std::string padding(widths[i] - display_width(cell), ' ');
      const std::string shown = i == 0 ? coloured(style, colour, cell) : cell;
      if (i > 0) out += "  ";
      out += columns_[i].align == Align::right ? padding + shown : shown + padding;
    }
    while (out.ends_with(' '))
      out.pop_back();
    return out + '\n';
  };
  // A row takes as many lines as its longest wrapped cell.
  const auto lines = [&](const Row& row) {
    std::vector<std::vector<std::string>> cells;
    std::size_t height = 1;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      cells.push_back(columns_[i].wraps ? wrap_cell(row.cells[i], widths[i])
                                        : std::vector<std::string>{row.cells[i]});
      height = std::max(height, cells.back().size());
    }
    std::string out;
    for (std::size_t n = 0; n < height; ++n) {
      std::vector<std::string> slice(cells.size());
      for (std::size_t i = 0; i < cells.size(); ++i) {
        if (n < cells[i].size()) slice[i] = cells[i][n];
      }
      out += line(slice, row.colour);
    }
    return out;
  };
  std::vector<std::string> titles;
  std::vector<std::string> rules;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    titles.push_back(columns_[i].title);
    std::string rule;
    for (std::size_t n = 0; n < widths[i]; ++n)
      rule += "─";
    rules.push_back(std::move(rule));
  }
  std::string out = line(titles, Colour::none) + line(rules, Colour::none);
  for (const Row& row : rows_)
    out += lines(row);
  return out;
}

}  // namespace postern::report
