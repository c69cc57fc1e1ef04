// SQLite as the ledger uses it: handles that close themselves. Internal to the room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <sqlite3.h>
#include <string>
#include <string_view>

namespace postern::ledger {

struct CloseDatabase {
  void operator()(sqlite3* database) const noexcept { sqlite3_close_v2(database); }
};
struct FinishStatement {
  void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;
using Statement = std::unique_ptr<sqlite3_stmt, FinishStatement>;

inline Statement prepare(sqlite3* database, std::string_view text) {
  sqlite3_stmt* statement = nullptr;
  sqlite3_prepare_v2(database, text.data(), static_cast<int>(text.size()), &statement, nullptr);
  return Statement(statement);
}

inline bool run_statements(sqlite3* database, const char* text) {
  return sqlite3_exec(database, text, nullptr, nullptr, nullptr) == SQLITE_OK;
}

/// The first column of the first row; `missing` where there is none.
inline std::int64_t number(sqlite3* database, std::string_view text, std::int64_t missing) {
  const Statement statement = prepare(database, text);
  if (!statement || sqlite3_step(statement.get()) != SQLITE_ROW) return missing;
  return sqlite3_column_int64(statement.get(), 0);
}

inline void bind_text(sqlite3_stmt* statement, int index, std::string_view text) {
  sqlite3_bind_text(statement, index, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
}

inline std::string column(sqlite3_stmt* statement, int index) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, index));
  return text == nullptr
             ? std::string{}
             : std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(statement, index)));
}

}  // namespace postern::ledger
