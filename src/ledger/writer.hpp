// Writing a ledger: an SQLite database of records, written by one thread of its own so that no mail
// ever waits for a disk. What can't be written now is tried again; what too many are waiting for is
// dropped and counted.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/counter.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "ledger/change.hpp"
#include "ledger/record.hpp"

namespace postern::ledger {

struct WriterOptions {
  std::string file;
  unsigned retention_days = 90;  ///< 0: for ever
  std::string hash_key;          ///< empty: local parts as they are
  std::size_t queue = 100000;    ///< records that may wait
  /// How long the last records may take at the end.
  std::chrono::milliseconds last_words{5000};
  /// Called when writing begins to fail (`failing`, with why), and when it goes on, by the writer's
  /// own thread: once for each change, however long it lasts.
  std::function<void(bool failing, const std::string& why)> on_change = {};
};

/// What a writer tells of itself.
struct Counts {
  Counter rows;
  Counter drops;  ///< the queue was full, or they could not be written up to the end
  /// Batches that could not be written: disk full, locked, the file gone. They are tried again.
  Counter failures;
  Gauge queue;
};

class Writer {
 public:
  using Now = UnixTime (*)();
  /// Opens, or makes with mode 0640; brings an older ledger up to date. Errors: can't be opened, no
  /// ledger, made by a newer version. `counts` stay until the writer is gone.
  static Result<std::unique_ptr<Writer>> open(WriterOptions options, Counts& counts, Now now);
  /// What open() would say, without making, changing or waiting for anything.
  static Result<void> check(const WriterOptions& options);
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  /// Writes what is left, as long as last_words allows.
  ~Writer();

  /// From any thread; never waits for the disk.
  void add(std::vector<Record> records);
  /// The same for what a person changed, which no full queue drops.
  void add(Change change);

 private:
  struct Thread;
  explicit Writer(std::unique_ptr<Thread> thread);
  std::unique_ptr<Thread> thread_;
};

}  // namespace postern::ledger
