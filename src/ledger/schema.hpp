// The table of a ledger: made, brought up to date, and a record to a row and back. Internal to the
// room; what each column holds is told in docs/ledger.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "ledger/change.hpp"
#include "ledger/record.hpp"
#include "ledger/row.hpp"
#include "ledger/sqlite.hpp"

namespace postern::ledger {

/// PRAGMA application_id of every ledger ("PSTN").
constexpr int application_id = 0x5053544e;
/// PRAGMA user_version of the ledgers that are written here. Older ones are read as they are, and
/// brought up to date when they are opened for writing:
///   1  `missing` held the names of the facts, in English
///   2  `missing_facts` is a mask; the table `fact` names its bits
///   3  ids are never given twice, and `outbox` and `epoch` say which rows were sent to a cluster
///   4  the table `change` holds what people changed at the gate's page
///   5  `judged_as` is the domain as which the sender was judged
constexpr int schema_version = 5;

/// What SQLite says, as an error about the file.
Error database_error(sqlite3*, const std::string& file, std::string_view what);

/// The version of a ledger. Errors: can't be read, is no ledger, made by a newer Postern.
Result<int> version_of(sqlite3*, const std::string& file);

/// Makes the table in a database that holds none, or brings an older ledger up to date: whole, or
/// not at all. Errors: as version_of(), or it can't be written.
Result<void> make_current(sqlite3*, const std::string& file);

/// Begins an epoch: rows that are written from now on are of it. Errors: can't be written.
Result<void> begin_epoch(sqlite3*, const std::string& file);

/// An INSERT of all columns of this version, "id" last.
std::string insert_statement();
/// Binds all columns. With a key, local parts are hashed.
void bind_record(sqlite3_stmt* insert, const Record&, std::int64_t id, const std::string& hash_key);

/// An INSERT of a change, and its columns bound.
std::string_view insert_change_statement() noexcept;
void bind_change(sqlite3_stmt* insert, const Change&);
/// A SELECT of the newest `?1` changes, the newest first, as change_of() reads them.
std::string_view select_changes_statement() noexcept;
ChangeRow change_of(sqlite3_stmt* select);

/// How much of a record is read.
enum class Columns : std::uint8_t {
  all,
  facts,  ///< without steps and reply: what evidence needs of millions of rows
};

/// The columns of a SELECT from a ledger of `version`, "id" first, as row_of() reads them.
std::string selected_columns(int version, Columns);
/// What can't be understood is left out, and named in Row::fault.
Row row_of(sqlite3_stmt* select);

/// The missing facts as they are kept: a sum of bits that never change their meaning.
std::int64_t mask_of(const Missing&) noexcept;
std::optional<Missing> missing_of(std::int64_t mask) noexcept;  ///< nullopt: no such bits
/// The value that has this name; false, and nothing is changed, where none has.
bool understood(std::string_view name, Outcome&) noexcept;
bool understood(std::string_view name, Mode&) noexcept;
bool understood(std::string_view name, Stage&) noexcept;

}  // namespace postern::ledger
