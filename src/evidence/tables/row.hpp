// One row of a table-like format (CSV or JSON) by named columns, and turning it into a Message.
// Internal to the room.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evidence/reader.hpp"
#include "evidence/tables/recent_rows.hpp"
#include "evidence/tables/time_field.hpp"

namespace postern::evidence {

/// The value of a column; `present` is false where the source does not have the column.
struct Cell {
  std::string_view text;
  bool present = false;
};

/// A column of a format: its name and the other names it goes by. "a.b" is the member b of the
/// object a, where rows are JSON objects.
struct Column {
  std::string_view name;
  std::string_view other_name = {};
  std::string_view third_name = {};
  /// Compare letters and digits alone: "Sender IP" is "sender_ip".
  bool loosely = false;

  [[nodiscard]] bool is(std::string_view header) const noexcept;
};

/// What a header calls a column, without what exports add to names: quotes, the zone of its times
/// ("TimeGenerated [UTC]", "Email date (UTC)"), and the type that a custom table of Log Analytics
/// appends ("Subject_s").
/// https://learn.microsoft.com/azure/azure-monitor/logs/custom-logs-migrate
std::string_view plain_name(std::string_view header) noexcept;

/// Whether a header names that column: but for case and blanks ("Message Trace ID" is
/// "MessageTraceId"; "message_trace_id" is not).
bool is_column(std::string_view header, std::string_view name) noexcept;

/// Why a row is bad, by column.
struct RowFault {
  std::string_view column;
  std::string what;
};

/// What a row turned out to be.
enum class RowKind : std::uint8_t { message, not_relevant, bad };

struct RowOutcome {
  RowKind kind = RowKind::message;
  NotRelevant why = NotRelevant::outbound;  ///< of a message: what it is where `recall` says no
  RowFault fault;
  Recall recall = {};  ///< of what is not relevant: a mention alone
};

/// A table format: which columns it has, and what a row means. Not shared between threads.
class TableFormat {
 public:
  virtual ~TableFormat() = default;
  /// Cells are handed to convert() in this order.
  [[nodiscard]] virtual const std::vector<Column>& columns() const = 0;
  /// What is missing for this to be usable, given which columns are there; empty where nothing is.
  [[nodiscard]] virtual std::string missing_columns(const std::vector<bool>& present) const = 0;
  /// Fills `message`, whose views stay valid until the next call.
  virtual RowOutcome convert(const std::vector<Cell>& cells, Message& message) = 0;
  /// After convert(): the next of the same row, where a row tells of several recipients. nullopt
  /// where there is none, or where the whole row is bad. Each counts as a row.
  virtual std::optional<RowOutcome> another(Message&) { return std::nullopt; }
  /// Whether lines that start with "#" are no rows, and "#Fields: " names the columns anew, as in
  /// logs that were put into one file.
  [[nodiscard]] virtual bool is_log() const { return false; }
  /// Whether the rows end where a record of another number of fields begins so.
  [[nodiscard]] virtual bool ends_at(std::string_view) const { return false; }
  /// Whether convert() needs nothing of other rows but what it asks with RowOutcome::recall, so
  /// that threads may read parts of a file with a format each. What is so has neither ends_at() nor
  /// conclude().
  [[nodiscard]] virtual bool rows_stand_alone() const { return false; }
  /// After the last row: what is to be said of them all.
  virtual void conclude(Tally&) const {}
  /// Whether rows of that category are of this format, where rows of several stand in one file (the
  /// streaming of Microsoft Defender: "AdvancedHunting-EmailEvents").
  [[nodiscard]] virtual bool is_category(std::string_view) const { return true; }
  /// What reads the times of this file.
  [[nodiscard]] TimeField& times() noexcept { return times_; }
  /// What answers RowOutcome::recall.
  [[nodiscard]] RecentRows& recent() noexcept { return recent_; }

 protected:
  TableFormat() = default;
  explicit TableFormat(HashSeed seed) noexcept : recent_(seed) {}
  TimeField times_;
  RecentRows recent_;
};

}  // namespace postern::evidence
