// Reading evidence: a stream of Messages out of files whose format is detected and named, in
// constant memory.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "base/written_time.hpp"
#include "evidence/format.hpp"
#include "evidence/message.hpp"

namespace postern::ledger {
class Rows;
}

namespace postern::evidence {

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

struct Tally;

/// What a sink keeps of a message that it only counts, in its own writing.
struct Brief {
  std::array<std::uint64_t, 6> words{};
};

/// Takes what a reader finds, row by row.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void message(const Message&) = 0;
  /// What of a message is enough for this sink, so that threads which read ahead need not keep the
  /// rest; nullopt where it must see the message itself. Called by any thread.
  [[nodiscard]] virtual std::optional<Brief> brief_of(const Message&) const { return std::nullopt; }
  /// Instead of message(), with what brief_of() gave for it.
  virtual void brief(const Brief&) {}
  virtual void not_relevant(NotRelevant) = 0;
  virtual void bad(const BadRow&) = 0;
  /// What comes until member_done is in a file within the file that is read: a member of an
  /// archive, an attachment. They may lie within each other.
  virtual void member_begins() {}
  virtual void member_done(const Tally&) {}
};

/// What was read of one file, without its members. rows = messages + not relevant + bad, always.
struct Tally {
  std::string file;
  std::size_t outer_name = 0;  ///< of a member: how much of `file` names the file that it is in
  Format format;
  std::uint64_t bytes = 0;  ///< that were read; of a file that an error ends, its size
  std::uint64_t rows = 0;
  std::uint64_t messages = 0;
  std::uint64_t not_relevant[not_relevant_kinds] = {};
  std::uint64_t bad = 0;
  /// The file itself says that it holds only a part of the answer.
  bool incomplete = false;
  /// What the reader found strange about the file as a whole, a sentence without a stop each.
  std::vector<std::string> remarks;
  /// Messages that are dated after Options::reference_time.
  std::uint64_t of_the_future = 0;
  /// Messages of a log that were let go before their end was seen (Options::most_open).
  std::uint64_t forgotten = 0;
};

class MailVerifier;

struct Options {
  /// Empty: detect from content (never from the file's name alone).
  std::optional<Format> format;
  /// Take the sender address of a summary report or a message trace as the envelope sender.
  bool sender_address_is_envelope = false;
  /// A row (CSV record, JSON line, header block) longer than this is bad input.
  std::size_t longest_row = 64u << 20;
  /// The addresses under which the own relays reach Exchange Online. A log does not say which of
  /// several is its own.
  std::vector<IpAddress> relay_addresses;
  /// Which comes first in dates such as 01/10/2026; unknown: the file itself must tell.
  DateOrder dates = DateOrder::unknown;
  /// Now, for logs that don't write the year, and for dates that can't be. A file's own time of
  /// last change comes before it.
  std::optional<UnixTime> reference_time;
  /// Messages of a log that may be under way at once; the oldest is let go beyond that.
  std::size_t most_open = 500'000;
  /// Packed files: octets that may come out of one, and how many times its size once more than
  /// `free_expansion` came out.
  std::uint64_t most_unpacked = std::uint64_t{1} << 38;
  std::uint64_t most_expansion = 300;
  std::uint64_t free_expansion = 64u << 20;
  /// Checks the mail in mail files instead of believing its header (mail_verifier.hpp). Null: the
  /// header is believed. Stays until reading is done.
  MailVerifier* verifier = nullptr;
  /// Opens the verdicts that gates sent to a cluster, for a path like "nats://mail1.example:4222".
  std::function<Result<std::unique_ptr<ledger::Rows>>(const std::string& address)> open_cluster;
  /// For the hashes by which rows find each other: drawn once a run, mail being chosen by
  /// strangers.
  HashSeed seed;
  /// Further threads that may read one large table; the sink is told by the caller's alone, and the
  /// same whatever their number.
  unsigned threads = 0;
  /// How much of it each takes at once, about.
  std::size_t piece = 256u << 10;
  /// Called now and then with the bytes read so far, for a progress bar.
  std::function<void(std::uint64_t bytes)> progress;
};

/// The files that an EVIDENCE argument stands for, sorted: a file itself, "-" (standard input), a
/// Maildir (kept whole), or every file under a folder, hidden ones too.
Result<std::vector<std::string>> expand(std::string_view path);

/// Reads one file, folder (Maildir) or "-" into the sink. An error is something that makes the
/// rest of the file unreadable: not there, not permitted, a directory, no known format, a missing
/// column, an unterminated quote, a row over the limit; it names file, line and column.
/// Everything before it has reached the sink.
Result<Tally> read(const std::string& path, const Options&, Sink&);

/// Reads files one after the other, small ones and the pieces of large tables ahead on `threads`
/// further threads (in place of Options::threads); the sink and `done` are called by this thread
/// alone, in the order of the files, whatever `threads` is.
/// With `tolerant`, an error that ends a file is a bad row of it and reading goes on with the next.
Result<void> read_all(const std::vector<std::string>& paths, bool tolerant, unsigned threads,
                      const Options&, Sink&, const std::function<void(const Tally&)>& done);

}  // namespace postern::evidence
