// Reading evidence: a stream of Messages out of files whose format is detected and named, in
// constant memory.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "evidence/message.hpp"

namespace postern::evidence {

enum class Format : std::uint8_t {
  email_events_csv,
  email_events_json,  ///< one array, or an object with "value", "results" or "Results"
  email_events_json_lines,
  historical_summary_csv,
  historical_extended_csv,
  eml,
  mbox,
  maildir,
  ledger,  ///< of postern gate (SQLite)
};

std::string_view name_of(Format) noexcept;      ///< "email-events-csv", … as --format takes it
std::string_view describe(Format) noexcept;     ///< for people
Result<Format> parse_format(std::string_view);  ///< the error lists the names

/// Why a row is no submission that Direct Send could concern. Decided by the reader, by what the
/// format itself says.
enum class NotRelevant : std::uint8_t {
  outbound,        ///< left the organisation
  other_event,     ///< extended trace: not the event that records the arrival
  duplicate,       ///< the same message and recipient again, where a format repeats rows
  not_mail,        ///< a file in a folder that holds no message
  other_receiver,  ///< somebody else received it (a DMARC report of another organisation's)
};
constexpr std::size_t not_relevant_kinds = 5;

/// A row that can't be used, and why. Reported through Sink::bad.
struct BadRow {
  std::string_view file;
  std::uint64_t row = 0;    ///< counts from 1 for the first row after the header; 0: the file
  std::uint64_t line = 0;   ///< line in the file where the row starts, counts from 1; 0: unknown
  std::string_view column;  ///< name of the column or header field; may be empty
  std::string_view what;
};

/// Takes what a reader finds, row by row.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void message(const Message&) = 0;
  virtual void not_relevant(NotRelevant) = 0;
  virtual void bad(const BadRow&) = 0;
};

/// What was read of one file. rows = messages + not relevant + bad, always.
struct Tally {
  std::string file;
  Format format = Format::email_events_csv;
  std::uint64_t bytes = 0;
  std::uint64_t rows = 0;
  std::uint64_t messages = 0;
  std::uint64_t not_relevant[not_relevant_kinds] = {};
  std::uint64_t bad = 0;
};

struct Options {
  /// Empty: detect from content (never from the file's name alone).
  std::optional<Format> format;
  /// Take sender_address of a summary trace as the envelope sender.
  bool sender_address_is_envelope = false;
  /// A row (CSV record, JSON line, header block) longer than this is bad input.
  std::size_t longest_row = 64u << 20;
  /// Called now and then with the bytes read so far, for a progress bar.
  std::function<void(std::uint64_t bytes)> progress;
};

/// The files that an EVIDENCE argument stands for, sorted: a file itself, "-" (standard input), a
/// Maildir (kept whole), or every regular file under a folder.
Result<std::vector<std::string>> expand(std::string_view path);

/// Reads one file, folder (Maildir) or "-" into the sink. An error is something that makes the
/// rest of the file unreadable: not there, not permitted, a directory, no known format, a missing
/// column, an unterminated quote, a row over the limit; it names file, line and column.
/// Everything before it has reached the sink.
Result<Tally> read(const std::string& path, const Options&, Sink&);

}  // namespace postern::evidence
