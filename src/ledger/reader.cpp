#include "ledger/reader.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "ledger/hash.hpp"
#include "ledger/schema.hpp"

namespace postern::ledger {
namespace {

// An address as filters have it: whole, or "@domain".
bool address_matches(std::string_view address, std::string_view wanted) noexcept {
  if (wanted.starts_with('@')) return iends_with(address, wanted);
  return iequals(address, wanted);
}

// A sender counts as one of the domain that stands in it, and of the one as which it was judged.
bool sender_matches(const Record& r, std::string_view wanted) noexcept {
  return address_matches(r.sender, wanted) || address_matches(r.header_from, wanted) ||
         (wanted.starts_with('@') && iequals(wanted.substr(1), r.judged_as));
}

std::string_view domain_of(std::string_view address) noexcept {
  const std::size_t at = address.rfind('@');
  return at == std::string_view::npos ? std::string_view{} : address.substr(at + 1);
}

// Whether a kept address may be the one that is asked for by name: then it tells neither yes nor
// no.
bool may_hide(std::string_view address, std::string_view wanted) noexcept {
  return !wanted.empty() && !wanted.starts_with('@') && !is_hashed(wanted) && is_hashed(address) &&
         iequals(domain_of(address), domain_of(wanted));
}

bool matches_besides_addresses(const Record& r, const Filter& f) noexcept {
  if ((f.since && r.time < *f.since) || (f.until && r.time >= *f.until)) return false;
  if (!f.reason.empty() && r.reason != f.reason) return false;
  if (!f.outcome.empty() && name_of(r.outcome) != f.outcome) return false;
  if (!f.mode.empty() && name_of(r.mode) != f.mode) return false;
  return !f.client || (r.client && f.client->contains(*r.client));
}

Error no_such_look(std::string_view wanted) {
  const std::string_view domain = domain_of(wanted);
  return {fmt::format("local parts are hashed, so whether '{}' is among them can't be told",
                      printable(wanted)),
          "",
          domain.empty() ? "give the hash, as the ledger shows it"
                         : fmt::format("ask for @{}, or give the hash as the ledger shows it",
                                       printable(domain))};
}

}  // namespace

bool matches(const Record& r, const Filter& f) noexcept {
  if (!matches_besides_addresses(r, f)) return false;
  if (!f.sender.empty() && !sender_matches(r, f.sender)) return false;
  return f.recipient.empty() || address_matches(r.recipient, f.recipient);
}

Result<void> can_tell(const Record& r, const Filter& f) {
  if (f.sender.empty() && f.recipient.empty()) return {};
  if (!matches_besides_addresses(r, f)) return {};
  if (may_hide(r.sender, f.sender) || may_hide(r.header_from, f.sender)) {
    return tl::unexpected(no_such_look(f.sender));
  }
  if (may_hide(r.recipient, f.recipient)) return tl::unexpected(no_such_look(f.recipient));
  return {};
}

struct Reader::Opened {
  Database database;
  std::string file;
  int version = 0;
};

Reader::Reader(std::unique_ptr<Opened> opened) : opened_(std::move(opened)) {}
Reader::~Reader() = default;

Result<std::unique_ptr<Reader>> Reader::open(const std::string& file) {
  std::error_code none;
  if (std::filesystem::is_directory(file, none)) {
    return fail("is a folder", file, "give the path of a ledger");
  }
  sqlite3* handle = nullptr;
  const int opened =
      sqlite3_open_v2(file.c_str(), &handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nullptr);
  Database database(handle);
  if (opened != SQLITE_OK) {
    return fail(fmt::format("can't be opened: {}", sqlite3_errmsg(handle)), file,
                "give the path of a ledger");
  }
  sqlite3_busy_timeout(handle, 5000);
  const auto version = version_of(handle, file);
  if (!version) return tl::unexpected(version.error());
  return std::unique_ptr<Reader>(
      new Reader(std::make_unique<Opened>(Opened{std::move(database), file, *version})));
}

Result<void> Reader::read(const Filter& filter, const Visit& visit) {
  return read(filter, given_, Columns::all, [&](const Row& row) {
    given_ = row.id;
    return visit(row);
  });
}

Result<void> Reader::read(const Filter& filter, std::int64_t after, const Visit& visit) {
  return read(filter, after, Columns::all, visit);
}

Result<void> Reader::read_facts(const Visit& visit) {
  return read({}, 0, Columns::facts, visit);
}

Result<void> Reader::read_facts(const Filter& filter, std::int64_t after, const Visit& visit) {
  return read(filter, after, Columns::facts, visit);
}

Result<std::int64_t> Reader::newest() {
  sqlite3* handle = opened_->database.get();
  const std::int64_t id = number(handle, "SELECT coalesce(max(id), 0) FROM submission", -1);
  if (id < 0) return tl::unexpected(database_error(handle, opened_->file, "can't be read"));
  return id;
}

Result<std::optional<UnixTime>> Reader::oldest_time() {
  sqlite3* handle = opened_->database.get();
  const Statement select = prepare(handle, "SELECT min(time) FROM submission");
  if (!select || sqlite3_step(select.get()) != SQLITE_ROW) {
    return tl::unexpected(database_error(handle, opened_->file, "can't be read"));
  }
  if (sqlite3_column_type(select.get(), 0) == SQLITE_NULL) return std::optional<UnixTime>{};
  return std::optional<UnixTime>{sqlite3_column_int64(select.get(), 0)};
}

Result<std::vector<ChangeRow>> Reader::changes(std::size_t most) {
  std::vector<ChangeRow> out;
  if (opened_->version < 4) return out;
  sqlite3* handle = opened_->database.get();
  const Statement select = prepare(handle, select_changes_statement());
  if (!select) return tl::unexpected(database_error(handle, opened_->file, "can't be read"));
  sqlite3_bind_int64(select.get(), 1, static_cast<std::int64_t>(most));
  int step = SQLITE_ROW;
  while ((step = sqlite3_step(select.get())) == SQLITE_ROW)
    out.push_back(change_of(select.get()));
  if (step != SQLITE_DONE) {
    return tl::unexpected(database_error(handle, opened_->file, "can't be read"));
  }
  return out;
}

Result<void> Reader::read(const Filter& filter, std::int64_t after, Columns columns,
                          const Visit& visit) {
  sqlite3* handle = opened_->database.get();
  const Statement select = prepare(
      handle, fmt::format("SELECT {} FROM submission WHERE id > ?1 AND time >= ?2 AND time < ?3 "
                          "AND (?4 = '' OR reason = ?4) AND (?5 = '' OR outcome = ?5) AND (?6 = '' "
                          "OR mode = ?6) ORDER BY id",
                          selected_columns(opened_->version, columns)));
  if (!select) return tl::unexpected(database_error(handle, opened_->file, "can't be read"));
  sqlite3_bind_int64(select.get(), 1, after);
  sqlite3_bind_int64(select.get(), 2, filter.since.value_or(INT64_MIN));
  sqlite3_bind_int64(select.get(), 3, filter.until.value_or(INT64_MAX));
  bind_text(select.get(), 4, filter.reason);
  bind_text(select.get(), 5, filter.outcome);
  bind_text(select.get(), 6, filter.mode);
  for (;;) {
    const int step = sqlite3_step(select.get());
    if (step == SQLITE_DONE) return {};
    if (step != SQLITE_ROW) {
      return tl::unexpected(database_error(handle, opened_->file, "can't be read"));
    }
    const Row row = row_of(select.get());
    if (row.fault.empty()) {
      if (auto told = can_tell(row.record, filter); !told) {
        told.error().where = opened_->file;
        return told;
      }
    }
    if (matches(row.record, filter) && !visit(row)) return {};
  }
}

}  // namespace postern::ledger
