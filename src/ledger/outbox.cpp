#include "ledger/outbox.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "ledger/schema.hpp"
#include "ledger/sqlite.hpp"

namespace postern::ledger {
namespace {

constexpr int locked_for_long = 1000;  // milliseconds

}  // namespace

struct Outbox::Opened {
  Database database;
  std::string file;
  Statement select;
  Statement mark;

  [[nodiscard]] tl::unexpected<Error> failed(std::string_view what) const {
    return tl::unexpected(database_error(database.get(), file, what));
  }
};

Outbox::Outbox(std::unique_ptr<Opened> opened) : opened_(std::move(opened)) {}
Outbox::~Outbox() = default;

Result<std::unique_ptr<Outbox>> Outbox::open(const std::string& file) {
  sqlite3* handle = nullptr;
  const int opened =
      sqlite3_open_v2(file.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  Database database(handle);
  if (opened != SQLITE_OK) {
    return fail(fmt::format("can't be opened: {}", sqlite3_errmsg(handle)), file,
                "give the path of a gate's ledger, as a user who may write it");
  }
  sqlite3_busy_timeout(handle, locked_for_long);
  const auto version = version_of(handle, file);
  if (!version) return tl::unexpected(version.error());
  if (*version != schema_version) {
    return fail(fmt::format("is a ledger of version {}", *version), file,
                "a gate that opens it brings it up to date");
  }
  run_statements(handle, "PRAGMA synchronous = NORMAL");
  auto whole = std::make_unique<Opened>(Opened{std::move(database), file, nullptr, nullptr});
  whole->select = prepare(
      handle,
      fmt::format("SELECT {}, (SELECT name FROM epoch WHERE first <= submission.id ORDER BY "
                  "first DESC LIMIT 1) FROM submission WHERE id > ? ORDER BY id LIMIT ?",
                  selected_columns(*version, Columns::all)));
  whole->mark = prepare(handle, "UPDATE outbox SET sent = ?1 WHERE rewinds = ?2");
  if (!whole->select || !whole->mark) return whole->failed("can't be read");
  return std::unique_ptr<Outbox>(new Outbox(std::move(whole)));
}

Result<Outbox::State> Outbox::state() {
  const Statement select = prepare(
      opened_->database.get(),
      "SELECT last, sent, rewinds, last + 1 - (SELECT min(id) FROM submission), (SELECT page_size "
      "FROM pragma_page_size) * ((SELECT page_count FROM pragma_page_count) - (SELECT "
      "freelist_count FROM pragma_freelist_count)) FROM outbox");
  if (!select || sqlite3_step(select.get()) != SQLITE_ROW) return opened_->failed("can't be read");
  State state{sqlite3_column_int64(select.get(), 0), sqlite3_column_int64(select.get(), 1),
              sqlite3_column_int64(select.get(), 2), 0};
  const double rows = sqlite3_column_double(select.get(), 3);
  if (rows >= 1) state.row_size = sqlite3_column_double(select.get(), 4) / rows;
  return state;
}

Result<void> Outbox::read(std::int64_t after, std::size_t most, const Visit& visit) {
  sqlite3_stmt* select = opened_->select.get();
  sqlite3_bind_int64(select, 1, after);
  sqlite3_bind_int64(select, 2, static_cast<std::int64_t>(most));
  const int epoch = sqlite3_column_count(select) - 1;
  int step = SQLITE_ROW;
  while ((step = sqlite3_step(select)) == SQLITE_ROW) {
    Row row = row_of(select);
    row.verdict.epoch = column(select, epoch);
    row.verdict.counter = row.id;
    visit(std::move(row));
  }
  sqlite3_reset(select);
  if (step != SQLITE_DONE) return opened_->failed("can't be read");
  return {};
}

Result<bool> Outbox::mark_sent(std::int64_t row, std::int64_t rewinds) {
  sqlite3_stmt* mark = opened_->mark.get();
  sqlite3_bind_int64(mark, 1, row);
  sqlite3_bind_int64(mark, 2, rewinds);
  const bool done = sqlite3_step(mark) == SQLITE_DONE;
  sqlite3_reset(mark);
  if (!done) return opened_->failed("can't be written");
  return sqlite3_changes(opened_->database.get()) == 1;
}

Result<std::uint64_t> Outbox::resend_since(UnixTime since) {
  sqlite3* database = opened_->database.get();
  const auto failed = [&] {
    auto error = opened_->failed("can't be written");
    if (sqlite3_get_autocommit(database) == 0) run_statements(database, "ROLLBACK");
    return error;
  };
  if (!run_statements(database, "BEGIN IMMEDIATE")) return failed();
  const auto before = state();
  if (!before) return failed();
  const std::int64_t first =
      number(database, fmt::format("SELECT min(id) FROM submission WHERE time >= {}", since), 0);
  // min() of nothing is NULL, which reads as 0; ids begin at 1.
  const std::int64_t back = first == 0 ? before->sent : std::min(before->sent, first - 1);
  const std::string text =
      fmt::format("UPDATE outbox SET sent = {}, rewinds = rewinds + 1;\nCOMMIT", back);
  const std::int64_t rows = number(
      database,
      fmt::format("SELECT count(*) FROM submission WHERE id > {} AND id <= {}", back, before->sent),
      -1);
  if (rows < 0 || !run_statements(database, text.c_str())) return failed();
  return static_cast<std::uint64_t>(rows);
}

}  // namespace postern::ledger
