#include "evidence/logs/log_entries.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/time.hpp"
#include "base/written_time.hpp"
#include "evidence/detect.hpp"
#include "evidence/tables/csv_reader.hpp"
#include "evidence/tables/row.hpp"

namespace postern::evidence {
namespace {

constexpr std::size_t longest_entry = 1 << 20;
constexpr std::size_t most_stored = 512u << 20;

std::string_view line_at_front(std::string_view text) noexcept {
  text = text.substr(0, text.find('\n'));
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

// "Thu 2026-10-01 07:12:33.123456 UTC [s=…;i=…]"
bool is_verbose_head(std::string_view line) noexcept {
  return line.size() > 28 && line[3] == ' ' && line[8] == '-' && line[11] == '-' &&
         line[14] == ' ' && line.ends_with(']') && line.find(" [") != std::string_view::npos;
}

// What the stores call their columns, in the order in which they are looked for.
constexpr std::array<std::string_view, 9> line_columns = {
    "_raw", "@message", "SyslogMessage", "message", "Line", "log", "Content", "body", "msg"};
constexpr std::array<std::string_view, 9> time_columns = {
    "_time", "@timestamp", "TimeGenerated", "timestamp", "Time",
    "Date",  "EventTime",  "datetime",      "tsNs"};
constexpr std::array<std::string_view, 8> program_columns = {
    "ProcessName",       "program",           "application_name", "process.name",
    "syslog_identifier", "SYSLOG_IDENTIFIER", "appname",          "app_name"};
constexpr std::array<std::string_view, 6> process_columns = {
    "ProcessID", "process_id", "pid", "process.pid", "procid", "syslog_pid"};
constexpr std::array<std::string_view, 7> host_columns = {
    "Computer", "HostName", "host.name", "host", "hostname", "source", "_hostname"};

struct StoreColumns {
  std::optional<std::size_t> line, time, program, process, host;
};

template <std::size_t size>
std::optional<std::size_t> place_of(const std::vector<std::string_view>& header,
                                    const std::array<std::string_view, size>& names) {
  for (const std::string_view name : names) {
    for (std::size_t i = 0; i < header.size(); ++i)
      if (is_column(header[i], name)) return i;
  }
  return std::nullopt;
}

StoreColumns store_columns(const std::vector<std::string_view>& header) {
  return {place_of(header, line_columns), place_of(header, time_columns),
          place_of(header, program_columns), place_of(header, process_columns),
          place_of(header, host_columns)};
}

std::optional<UnixTime> stored_time(std::string_view text) {
  if (const auto time = parse_time(text)) return time;
  const bool seconds =
      text.size() >= 10 && std::all_of(text.begin(), text.begin() + 10, is_ascii_digit);
  if (seconds) return static_cast<UnixTime>(std::stoll(std::string(text.substr(0, 10))));
  const auto written = parse_written_time(text);
  if (!written || written->day_first) return std::nullopt;
  return written->time;
}

// "postfix/smtpd[101]: …", a line without its head.
bool begins_with_program(std::string_view text) noexcept {
  const std::size_t end = text.substr(0, 80).find("]: ");
  return end != std::string_view::npos && text.substr(0, end).find('[') != std::string_view::npos &&
         text.substr(0, end).find(' ') == std::string_view::npos;
}

struct Stored {
  std::string line;
  std::optional<UnixTime> time;
  std::uint64_t number = 0;
};

// The line in the record that the reader stands at.
Stored stored_line(CsvReader& csv, const StoreColumns& at) {
  const auto cell = [&](const std::optional<std::size_t>& place) {
    return place && *place < csv.field_count() ? trim(csv.field(*place)) : std::string_view{};
  };
  Stored out;
  out.number = csv.line();
  out.time = stored_time(cell(at.time));
  const std::string_view text = cell(at.line);
  const std::string_view program = cell(at.program);
  const std::string_view host = cell(at.host).empty() ? "-" : cell(at.host);
  if (out.time && begins_with_program(text)) {
    out.line = fmt::format("{} {} {}", format_time(*out.time), host, text);
  } else if (out.time && !program.empty()) {
    out.line = fmt::format("{} {} {}[{}]: {}", format_time(*out.time), host, program,
                           cell(at.process), text);
  } else {
    out.line = text;
  }
  return out;
}

}  // namespace

LogShape log_shape_of(std::string_view piece) {
  const std::string_view first = line_at_front(piece);
  if (is_verbose_head(first)) return LogShape::journal_verbose;
  if (first.starts_with("__CURSOR=") || first.starts_with("__REALTIME_TIMESTAMP=")) {
    return LogShape::journal_export;
  }
  if (trim(first) == "{" && piece.find("\"MESSAGE\"") != std::string_view::npos) {
    return LogShape::json_pretty;
  }
  const char separator = separator_of(piece);
  if (first.find(separator) != std::string_view::npos &&
      first.find(": ") == std::string_view::npos && first.find('{') == std::string_view::npos) {
    const StoreColumns at = store_columns(header_of(piece, separator));
    if (at.line && at.time) return LogShape::csv;
  }
  return LogShape::lines;
}

void JournalEntries::field(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return;
  const std::string_view name = text.substr(0, equals);
  const std::string_view value = text.substr(equals + 1);
  if (name == "MESSAGE") message_ = value;
  if (name == "_HOSTNAME") host_ = value;
  if (name == "SYSLOG_IDENTIFIER") program_ = value;
  if (name == "SYSLOG_PID" || (name == "_PID" && process_.empty())) process_ = value;
  if (name == "__REALTIME_TIMESTAMP" && value.size() > 6) {
    stamp_ =
        fmt::format("{}.{}", value.substr(0, value.size() - 6), value.substr(value.size() - 6));
  }
}

std::string_view JournalEntries::complete() {
  if (shape_ == LogShape::json_pretty) {
    made_ = std::exchange(message_, {});
  } else {
    made_.clear();
    if (!program_.empty() && !stamp_.empty()) {
      made_ = fmt::format("{} {} {}[{}]: {}", stamp_, host_.empty() ? "-" : host_, program_,
                          process_, message_);
    }
    for (std::string* each : {&stamp_, &host_, &program_, &process_, &message_})
      each->clear();
  }
  line_ = begins_;
  begins_ = 0;
  return made_;
}

std::string_view JournalEntries::take(std::string_view line, std::uint64_t number) {
  if (shape_ == LogShape::json_pretty) {
    const std::string_view text = trim(line);
    if (begins_ == 0) begins_ = number;
    if (message_.size() < longest_entry) message_ += text;
    return line.starts_with('}') ? complete() : std::string_view{};
  }
  if (shape_ == LogShape::journal_export) {
    if (line.empty()) return begins_ == 0 ? std::string_view{} : complete();
    if (begins_ == 0) begins_ = number;
    field(line);
    return {};
  }
  std::string_view done;
  if (is_verbose_head(line)) {
    if (begins_ != 0) done = complete();
    begins_ = number;
    stamp_ = trim(line.substr(0, line.find(" [")));
  } else {
    field(trim(line));
  }
  return done;
}

std::string_view JournalEntries::finish() {
  return begins_ == 0 ? std::string_view{} : complete();
}

Result<void> each_stored_line(ByteSource& source,
                              const std::function<void(std::string_view, std::uint64_t)>& take) {
  std::string first;
  if (const auto got = source.append_to(first); !got) return tl::unexpected(got.error());
  CsvReader csv(source, longest_entry, separator_of(first));
  const std::string_view table = skip_preamble(first);
  csv.prepend(std::string(table));
  auto more = csv.next();
  if (!more) return tl::unexpected(more.error());
  if (!*more) return {};
  std::vector<std::string> names;
  for (std::size_t i = 0; i < csv.field_count(); ++i)
    names.emplace_back(csv.field(i));
  const StoreColumns at = store_columns({names.begin(), names.end()});
  std::vector<Stored> held;
  std::size_t octets = 0;
  for (;;) {
    more = csv.next();
    if (!more) return tl::unexpected(more.error());
    if (!*more) break;
    held.push_back(stored_line(csv, at));
    octets += sizeof(Stored) + held.back().line.size();
    if (octets > most_stored) {
      return fail("is larger than a log store's export that can be put in order of time",
                  source.name(), "export it in parts, or as the log's own lines");
    }
  }
  const bool latest_first = held.size() > 1 && held.front().time && held.back().time &&
                            *held.back().time < *held.front().time;
  if (latest_first) std::reverse(held.begin(), held.end());
  for (const Stored& each : held)
    take(each.line, each.number);
  return {};
}

}  // namespace postern::evidence
