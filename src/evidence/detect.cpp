#include "evidence/detect.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"
#include "evidence/registry.hpp"

namespace postern::evidence {
namespace {

std::string_view first_line(std::string_view text) {
  text = text.substr(0, text.find('\n'));
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

// Exports that administrators try first and that tell too little, with the better one.
struct PoorTable {
  Columns columns;
  std::string_view what, remedy;
};
const std::array poor_tables = {
    PoorTable{{{"SenderIPv4", "count_"}, {"SenderMailFromAddress"}},
              "counts addresses and names no sender (Microsoft's second hunting query)",
              "run the first query, which lists the messages (docs/evidence.md)"},
    PoorTable{{{"Connector direction and name", "Volume"}, {}},
              "holds sums alone (the screen of the Inbound messages report)",
              "request the report itself: Start-HistoricalSearch -ReportType ConnectorReport"},
    PoorTable{{{"Date", "Sender", "Recipient", "Subject", "Status"}, {"Tag", "Message ID"}},
              "holds no message ids and no addresses (the screen of a message trace)",
              "request the enhanced summary or the extended report, or run Get-MessageTraceV2"},
};

// What is said of a file that is none: the sources, each once.
std::string known_sources() {
  std::string all;
  for (const FormatRow& row : registry()) {
    if (row.trait != Trait::container) append_item(all, row.title);
  }
  return "Postern reads, packed or not: " + all;
}

}  // namespace

std::string_view skip_preamble(std::string_view text) noexcept {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  if (text.starts_with("#Software:") || text.starts_with("#Fields:")) {
    // Exchange Server's logs: "#Name: value" lines, the last of which holds the header.
    constexpr std::string_view fields = "#Fields: ";
    const std::size_t at = text.starts_with(fields) ? 0 : text.find("\n#Fields: ");
    if (at == std::string_view::npos) return text;
    return text.substr(at + (at == 0 ? 0 : 1) + fields.size());
  }
  if (istarts_with(text, "sep=") || istarts_with(text, "#TYPE")) {
    const std::size_t end = text.find('\n');
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
  return text;
}

char separator_of(std::string_view text) noexcept {
  const std::string_view header = first_line(skip_preamble(text));
  char best = ',';
  std::ptrdiff_t most = 0;
  for (const char candidate : {',', ';', '\t'}) {
    const auto count = std::count(header.begin(), header.end(), candidate);
    if (count > most) {
      most = count;
      best = candidate;
    }
  }
  return best;
}

std::vector<std::string_view> header_of(std::string_view text, char separator) {
  std::vector<std::string_view> names;
  std::string_view line = first_line(text);
  for (;;) {
    line = trim(line);
    std::size_t end = 0;
    if (line.starts_with('"')) {  // a quoted name may hold the separator
      const std::size_t close = std::min(line.find('"', 1), line.size());
      names.push_back(trim(line.substr(1, close - 1)));
      end = line.find(separator, close);
    } else {
      end = line.find(separator);
      names.push_back(trim(line.substr(0, end)));
    }
    if (end == std::string_view::npos) return names;
    line.remove_prefix(end + 1);
  }
}

std::vector<std::string_view> json_keys(std::string_view text) {
  constexpr std::size_t most_keys = 400;
  std::vector<std::string_view> keys;
  bool names_column = false;  // the string before is a key whose value is a column's name
  for (std::size_t at = text.find('"'); at != std::string_view::npos && keys.size() < most_keys;
       at = text.find('"', at)) {
    const std::size_t begin = ++at;
    while (at < text.size() && text[at] != '"')
      at += text[at] == '\\' ? 2 : 1;
    if (at >= text.size()) break;
    const std::string_view word = text.substr(begin, at - begin);
    ++at;
    std::size_t next = at;
    while (next < text.size() && is_ascii_space(text[next]))
      ++next;
    const bool is_key = next < text.size() && text[next] == ':';
    if ((is_key || names_column) && std::find(keys.begin(), keys.end(), word) == keys.end()) {
      keys.push_back(word);
    }
    names_column = is_key && (iequals(word, "name") || iequals(word, "ColumnName"));
  }
  return keys;
}

Result<Format> detect(std::string_view first_piece, const std::string& name) {
  const std::string_view text = skip_preamble(first_piece);
  if (trim(text).empty()) return fail("is empty", name, "export the evidence again");
  if (const auto like = formats_like(first_piece); !like.empty()) return like.front();
  if (text.substr(0, 512).find('\0') != std::string_view::npos) {
    return fail("holds NUL bytes, so it is not a text file", name, known_sources());
  }
  if (const char start = trim(text)[0]; start == '[' || start == '{') {
    return fail("is JSON, but not of evidence", name, known_sources());
  }
  const std::string_view header = first_line(text);
  if (header.find(separator_of(text)) != std::string_view::npos) {
    const auto names = header_of(text, separator_of(text));
    for (const PoorTable& poor : poor_tables) {
      if (has_columns(names, poor.columns)) {
        return fail(std::string(poor.what), name, std::string(poor.remedy));
      }
    }
    return fail(fmt::format("is a table of no known format (its columns: {})",
                            printable(header.substr(0, 120))),
                name, known_sources());
  }
  return fail(
      fmt::format("is in no known format (it starts with '{}')", printable(header.substr(0, 40))),
      name, known_sources());
}

}  // namespace postern::evidence
