// Log entries that take several lines, or a record of a table, put together to lines as syslog
// would have written them, so that each reader of logs reads them. Internal to the room.
//
//   journalctl -o export       "MESSAGE=…", a field a line, an empty line after each entry
//   journalctl -o verbose      "Thu 2026-10-01 07:12:33.123456 UTC [s=…]", then fields, indented
//   journalctl -o json-pretty  an object over several lines: handed on as one line of JSON
//   a log store's CSV          a column with the line, or with the message beside the program's
//   name
//                              (Splunk, Kibana, Graylog, Grafana, CloudWatch, Sentinel's Syslog)
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "evidence/bytes/byte_source.hpp"

namespace postern::evidence {

enum class LogShape : std::uint8_t { lines, journal_export, journal_verbose, json_pretty, csv };

/// Told by the first lines.
LogShape log_shape_of(std::string_view first_piece);

/// Puts entries of the journal together.
class JournalEntries {
 public:
  explicit JournalEntries(LogShape shape) : shape_(shape) {}

  /// Takes a line; gives the entry that is complete now, empty where none is. Valid until the next
  /// call. line() is where it began.
  std::string_view take(std::string_view line, std::uint64_t number);
  /// After the last line.
  std::string_view finish();
  [[nodiscard]] std::uint64_t line() const noexcept { return line_; }

 private:
  void field(std::string_view text);
  std::string_view complete();

  LogShape shape_;
  std::string stamp_, host_, program_, process_, message_;
  std::string made_;
  std::uint64_t begins_ = 0;
  std::uint64_t line_ = 0;
};

/// Calls `take(line, number)` for each record of a store's CSV, in the order of time: stores show
/// the latest first as a rule. Errors: a quote that never closes, more than is held at once.
Result<void> each_stored_line(ByteSource& source,
                              const std::function<void(std::string_view, std::uint64_t)>& take);

}  // namespace postern::evidence
