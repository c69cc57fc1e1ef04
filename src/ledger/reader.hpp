// Reading a ledger, also while a gate writes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "ledger/change.hpp"
#include "ledger/rows.hpp"

namespace postern::ledger {

enum class Columns : std::uint8_t;

class Reader final : public Rows {
 public:
  /// Errors: the file is not there, no ledger, made by a newer version.
  static Result<std::unique_ptr<Reader>> open(const std::string& file);
  ~Reader() override;
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  /// Rows with an id above `after`, oldest first, until `visit` says false. Rows that can't be
  /// understood (Row::fault) are among them. Errors: the file is damaged, or locked for long.
  Result<void> read(const Filter& filter, std::int64_t after, const Visit& visit);

  /// Likewise, behind those that an earlier call of this one gave.
  Result<void> read(const Filter& filter, const Visit& visit) override;

  /// All rows, without steps and reply: for millions of rows.
  Result<void> read_facts(const Visit& visit) override;
  /// The same, of those above `after` that the filter lets through.
  Result<void> read_facts(const Filter& filter, std::int64_t after, const Visit& visit);

  /// The highest id; 0 where there is no row. Errors: as read().
  Result<std::int64_t> newest();
  /// The time of the oldest row; nothing where there is none. Errors: as read().
  Result<std::optional<UnixTime>> oldest_time();
  /// What people changed at the gate's page, the newest first, `most` at most; nothing in ledgers
  /// of versions before 4. Errors: as read().
  Result<std::vector<ChangeRow>> changes(std::size_t most);

 private:
  struct Opened;
  explicit Reader(std::unique_ptr<Opened> opened);
  Result<void> read(const Filter& filter, std::int64_t after, Columns columns, const Visit& visit);
  std::unique_ptr<Opened> opened_;
  std::int64_t given_ = 0;  ///< the last row that read() gave
};

}  // namespace postern::ledger
