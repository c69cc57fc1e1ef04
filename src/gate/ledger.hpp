// The ledger: an SQLite database of records, written by one thread of its own so that no mail ever
// waits for a disk. What can't be written now is tried again; what too many are waiting for is
// dropped and counted.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "gate/metrics.hpp"
#include "gate/record.hpp"

namespace postern::gate {

/// PRAGMA user_version of the databases written here, and PRAGMA application_id ("PSTN").
constexpr int ledger_version = 1;
constexpr int ledger_application = 0x5053544e;

struct LedgerOptions {
  std::string file;
  unsigned retention_days = 90;  ///< 0: for ever
  std::string hash_key;          ///< empty: local parts as they are
  std::size_t queue = 100000;    ///< records that may wait
  /// How long the last records may take at the end.
  std::chrono::milliseconds last_words{5000};
};

/// "anna@contoso.com" becomes "~0123456789abcdef@contoso.com": HMAC-SHA256 of the local part and
/// the domain in lower case, cut to 64 bits. What has no '@' is hashed whole.
std::string hashed_address(std::string_view address, std::string_view key);

/// A key from a file, at least 16 octets; trailing line breaks don't count. Errors name the file:
/// not there, too short, readable by others.
Result<std::string> read_hash_key(const std::string& file);

class Ledger {
 public:
  using Now = UnixTime (*)();
  /// Opens, or makes with mode 0640; sees to the schema. Errors: can't be opened, no ledger, made
  /// by a newer version. `metrics` stays until the ledger is gone.
  static Result<std::unique_ptr<Ledger>> open(LedgerOptions options, Metrics& metrics, Now now);
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;
  /// Writes what is left, as long as last_words allows.
  ~Ledger();

  /// From any thread; never waits for the disk.
  void add(std::vector<Record> records);

 private:
  struct Writer;
  explicit Ledger(std::unique_ptr<Writer> writer);
  std::unique_ptr<Writer> writer_;
};

/// Which rows to read. Empty fields don't narrow.
struct LedgerFilter {
  std::optional<UnixTime> since;  ///< at or after
  std::optional<UnixTime> until;  ///< before
  std::optional<Prefix> client;
  std::string sender;     ///< P1 or P2: an address, or "@domain"; without case
  std::string recipient;  ///< likewise
  std::string reason;
  std::string outcome;
  std::string mode;
};

struct LedgerRow {
  std::int64_t id = 0;
  Record record;
};

/// A ledger being read, also while a gate writes it.
class LedgerFile {
 public:
  /// Errors as for Ledger::open, and where the file is not there.
  static Result<std::unique_ptr<LedgerFile>> open(const std::string& file);
  ~LedgerFile();
  LedgerFile(const LedgerFile&) = delete;
  LedgerFile& operator=(const LedgerFile&) = delete;

  /// Rows with an id above `after`, oldest first, until `visit` says false. Errors: the file is
  /// damaged, or locked for long.
  Result<void> read(const LedgerFilter& filter, std::int64_t after,
                    const std::function<bool(const LedgerRow&)>& visit);

 private:
  struct Database;
  explicit LedgerFile(std::unique_ptr<Database> database);
  std::unique_ptr<Database> database_;
};

}  // namespace postern::gate
