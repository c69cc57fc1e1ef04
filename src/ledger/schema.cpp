#include "ledger/schema.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ledger/hash.hpp"

namespace postern::ledger {
namespace {

constexpr const char* table = R"(
CREATE TABLE submission (
  id INTEGER PRIMARY KEY,
  time INTEGER NOT NULL,      -- seconds since 1970, UTC
  outcome TEXT NOT NULL,      -- refused, would_refuse, exception, undetermined
  mode TEXT NOT NULL,
  stage TEXT NOT NULL,
  door TEXT NOT NULL,
  message TEXT NOT NULL,      -- id of the transaction, as in logs and Received
  client TEXT,                -- NULL: not known
  helo TEXT NOT NULL,
  tls INTEGER,                -- NULL: not known
  tls_version TEXT NOT NULL,
  certificate TEXT,           -- common name; '' none; NULL: not known
  certificate_names TEXT NOT NULL,  -- further names, JSON
  certificate_trusted INTEGER NOT NULL,
  sender TEXT NOT NULL,       -- MAIL FROM; '' is <>
  header_from TEXT,           -- NULL: the message was not seen
  message_id TEXT,
  recipient TEXT NOT NULL,
  tenant TEXT NOT NULL,
  reason TEXT NOT NULL,
  exception TEXT NOT NULL,
  connector TEXT NOT NULL,
  reply TEXT NOT NULL,
  steps TEXT NOT NULL,        -- JSON
  missing_facts INTEGER NOT NULL DEFAULT 0,  -- a bit for each fact that was missing: see fact
  judged_as TEXT NOT NULL DEFAULT ''  -- domain as which the sender was judged; '': not told, or <>
) STRICT;
CREATE INDEX submission_time ON submission (time);
)";

// What is known of the rows as things that leave the machine. SQLite itself would give the ids of
// rows that were deleted once more.
constexpr const char* outbox_tables = R"(
CREATE TABLE outbox (
  last INTEGER NOT NULL,     -- the highest id that was ever given
  sent INTEGER NOT NULL,     -- rows up to this one are sent, or given up
  rewinds INTEGER NOT NULL   -- how often `sent` was put back, to send rows again
) STRICT;
CREATE TABLE epoch (
  first INTEGER PRIMARY KEY,  -- rows from this id on are of the epoch
  name TEXT NOT NULL
) STRICT;
)";

// Kept for as long as the ledger is: they tell why mail of last year was refused.
constexpr const char* change_table = R"(
CREATE TABLE change (
  id INTEGER PRIMARY KEY,
  time INTEGER NOT NULL,      -- seconds since 1970, UTC
  what TEXT NOT NULL,         -- mode, pin
  name TEXT NOT NULL,         -- of the domain or sender
  before TEXT NOT NULL,
  after TEXT NOT NULL,
  who TEXT NOT NULL,          -- as they called themselves
  reason TEXT NOT NULL
) STRICT;
)";

// The order in which records are bound and rows are read.
constexpr std::array columns = {"time",
                                "outcome",
                                "mode",
                                "stage",
                                "door",
                                "message",
                                "client",
                                "helo",
                                "tls",
                                "tls_version",
                                "certificate",
                                "certificate_names",
                                "certificate_trusted",
                                "sender",
                                "judged_as",
                                "header_from",
                                "message_id",
                                "recipient",
                                "tenant",
                                "reason",
                                "exception",
                                "connector",
                                "missing_facts",
                                "reply",
                                "steps"};

// The bits of `missing_facts`: a file format. A bit never changes its meaning.
constexpr std::int64_t authentication_bit = 1 << 16;
constexpr std::array<policy::Fact, 8> facts = {
    policy::Fact::authenticated,      policy::Fact::client_ip,
    policy::Fact::certificate,        policy::Fact::tls,
    policy::Fact::reverse_path,       policy::Fact::recipient,
    policy::Fact::reject_direct_send, policy::Fact::inbound_connectors};
consteval bool bits_are_kept() {
  for (std::size_t bit = 0; bit < facts.size(); ++bit) {
    if (static_cast<unsigned>(facts[bit]) != 1U << bit) return false;
  }
  return true;
}
static_assert(bits_are_kept(), "ledgers hold these numbers");

// Every single fact, with its bit and its name.
std::vector<std::pair<std::int64_t, std::string>> named_bits() {
  std::vector<std::pair<std::int64_t, std::string>> out;
  for (const policy::Fact fact : facts) {
    const Missing missing{fact, false};
    out.emplace_back(mask_of(missing), text_of(missing));
  }
  const Missing authentication{policy::Fact::none, true};
  out.emplace_back(mask_of(authentication), text_of(authentication));
  return out;
}

// Version 1 told the facts by their names, ", " between: no name is part of another.
std::string mask_from_names(std::string_view column) {
  std::string out = "(0";
  for (const auto& [bit, name] : named_bits())
    out += fmt::format(" | CASE WHEN instr({}, '{}') > 0 THEN {} ELSE 0 END", column, name, bit);
  return out + ")";
}

std::string fact_table() {
  std::string out = "CREATE TABLE fact (bit INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;\n";
  for (const auto& [bit, name] : named_bits())
    out += fmt::format("INSERT INTO fact VALUES ({}, '{}');\n", bit, name);
  return out;
}

// All of it or nothing: an error leaves the database as it was.
Result<void> run_whole(sqlite3* database, const std::string& file, const std::string& text,
                       std::string_view what) {
  const std::string whole = fmt::format(
      "BEGIN IMMEDIATE;\n{}PRAGMA application_id = {};\nPRAGMA user_version = {};\nCOMMIT;", text,
      application_id, schema_version);
  if (run_statements(database, whole.c_str())) return {};
  Error error = database_error(database, file, what);
  if (sqlite3_get_autocommit(database) == 0) run_statements(database, "ROLLBACK");
  return tl::unexpected(std::move(error));
}

constexpr const char* new_epoch_name = "lower(hex(randomblob(5)))";

std::string from_version_1() {
  return "ALTER TABLE submission ADD COLUMN missing_facts INTEGER NOT NULL DEFAULT 0;\n"
         "UPDATE submission SET missing_facts = " +
         mask_from_names("missing") +
         " WHERE missing <> '';\n"
         "ALTER TABLE submission DROP COLUMN missing;\n" +
         fact_table();
}

// All rows of an older ledger are of one epoch, and wait.
std::string from_version_2() {
  return fmt::format(
      "{}INSERT INTO outbox SELECT coalesce(max(id), 0), coalesce(min(id), 1) - 1, 0 FROM "
      "submission;\n"
      "INSERT INTO epoch SELECT coalesce(min(id), 1), {} FROM submission;\n",
      outbox_tables, new_epoch_name);
}

// What makes a ledger of an older version one of this.
std::string up_from(int version) {
  return (version < 2 ? from_version_1() : "") + (version < 3 ? from_version_2() : "") +
         (version < 4 ? change_table : "") +
         "ALTER TABLE submission ADD COLUMN judged_as TEXT NOT NULL DEFAULT '';\n";
}

std::string dumped(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string steps_text(const std::vector<RecordStep>& steps) {
  auto list = nlohmann::json::array();
  for (const RecordStep& step : steps) {
    nlohmann::json each = {
        {"clause", step.clause}, {"question", step.question}, {"answer", step.answer}};
    if (!step.connector.empty()) each["connector"] = step.connector;
    list.push_back(std::move(each));
  }
  return dumped(list);
}

std::vector<RecordStep> steps_of(const std::string& text) {
  std::vector<RecordStep> steps;
  const auto list = nlohmann::json::parse(text, nullptr, false);
  if (!list.is_array()) return steps;
  const auto word = [](const nlohmann::json& each, const char* key) {
    const auto found = each.find(key);
    return found != each.end() && found->is_string() ? found->get<std::string>() : std::string{};
  };
  for (const auto& each : list) {
    if (!each.is_object()) continue;
    steps.push_back({word(each, "clause"), word(each, "question"), word(each, "answer"),
                     word(each, "connector")});
  }
  return steps;
}

template <class E>
bool named(std::string_view text, std::initializer_list<E> all, E& into) {
  for (const E each : all) {
    if (name_of(each) != text) continue;
    into = each;
    return true;
  }
  return false;
}

// The columns of one row, from left to right.
class Cells {
 public:
  explicit Cells(sqlite3_stmt* statement) noexcept : statement_(statement) {}
  std::string text() { return column(statement_, at_++); }
  std::int64_t number() { return sqlite3_column_int64(statement_, at_++); }
  [[nodiscard]] bool is_null() const noexcept {
    return sqlite3_column_type(statement_, at_) == SQLITE_NULL;
  }

 private:
  sqlite3_stmt* statement_;
  int at_ = 0;
};

// What to do about an error of SQLite's; extended codes have the primary one in the low octet.
std::string_view remedy_for(int code) noexcept {
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "another process writes it: wait for it to end, or try again";
    case SQLITE_FULL:
      return "make room on the disk";
    default:
      return "name the file that [ledger] of gate.toml names, and look at its permissions";
  }
}

}  // namespace

std::int64_t mask_of(const Missing& missing) noexcept {
  return static_cast<std::int64_t>(missing.facts) |
         (missing.authentication ? authentication_bit : 0);
}

std::optional<Missing> missing_of(std::int64_t mask) noexcept {
  constexpr std::int64_t known = (1 << facts.size()) - 1;
  if ((mask & ~(known | authentication_bit)) != 0) return std::nullopt;
  return Missing{static_cast<policy::Fact>(mask & known), (mask & authentication_bit) != 0};
}

bool understood(std::string_view name, Outcome& into) noexcept {
  return named(name,
               {Outcome::refused, Outcome::would_refuse, Outcome::exception, Outcome::undetermined},
               into);
}

bool understood(std::string_view name, Mode& into) noexcept {
  return named(name, {Mode::enforce, Mode::observe, Mode::tenant, Mode::off}, into);
}

bool understood(std::string_view name, Stage& into) noexcept {
  return named(name, {Stage::rcpt, Stage::data}, into);
}

Error database_error(sqlite3* database, const std::string& file, std::string_view what) {
  return {fmt::format("{}: {}", what, sqlite3_errmsg(database)), file,
          std::string(remedy_for(sqlite3_errcode(database)))};
}

Result<int> version_of(sqlite3* database, const std::string& file) {
  const std::int64_t id = number(database, "PRAGMA application_id", -1);
  const std::int64_t found = number(database, "PRAGMA user_version", -1);
  if (id < 0 || found < 0) {
    return tl::unexpected(database_error(database, file, "can't be read"));
  }
  if (id != application_id || found < 1) {
    const bool is_empty = number(database, "PRAGMA page_count", -1) == 0;
    return fail(is_empty ? "is empty, and no ledger of postern gate"
                         : "is a database, and no ledger of postern gate",
                file, "name another file");
  }
  if (found > schema_version) {
    return fail(fmt::format("is a ledger of version {}; this Postern knows up to {}", found,
                            schema_version),
                file, "use a newer Postern");
  }
  return static_cast<int>(found);
}

Result<void> make_current(sqlite3* database, const std::string& file) {
  if (number(database, "SELECT count(*) FROM sqlite_schema", -1) == 0) {
    constexpr std::string_view what = "can't be made a ledger";
    if (!run_statements(database, "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL")) {
      return tl::unexpected(database_error(database, file, what));
    }
    return run_whole(database, file, table + fact_table() + from_version_2() + change_table, what);
  }
  const auto found = version_of(database, file);
  if (!found) return tl::unexpected(found.error());
  if (*found == schema_version) return {};
  return run_whole(database, file, up_from(*found), "can't be brought up to date");
}

Result<void> begin_epoch(sqlite3* database, const std::string& file) {
  // An epoch in which nothing was written gives its place to the next.
  const std::string text = fmt::format(
      "UPDATE outbox SET last = max(last, (SELECT coalesce(max(id), 0) FROM submission));\n"
      "INSERT OR REPLACE INTO epoch SELECT last + 1, {} FROM outbox;\n",
      new_epoch_name);
  return run_whole(database, file, text, "can't be written");
}

std::string insert_statement() {
  std::string marks;
  for (std::size_t i = 0; i < columns.size(); ++i)
    marks += i == 0 ? "?" : ", ?";
  return fmt::format("INSERT INTO submission ({}, id) VALUES ({}, ?)", fmt::join(columns, ", "),
                     marks);
}

void bind_record(sqlite3_stmt* insert, const Record& r, std::int64_t id,
                 const std::string& hash_key) {
  const auto address = [&](const std::string& text) {
    return hash_key.empty() || text.empty() ? text : hashed_address(text, hash_key);
  };
  int at = 0;
  const auto put = [&](std::string_view text) { bind_text(insert, ++at, text); };
  const auto put_number = [&](std::int64_t value) { sqlite3_bind_int64(insert, ++at, value); };
  const auto put_nothing = [&] { sqlite3_bind_null(insert, ++at); };
  put_number(r.time);
  put(name_of(r.outcome));
  put(name_of(r.mode));
  put(name_of(r.stage));
  put(r.door);
  put(r.transaction);
  r.client ? put(r.client->text()) : put_nothing();
  put(r.helo);
  r.tls_known ? put_number(r.tls ? 1 : 0) : put_nothing();
  put(r.tls_version);
  r.certificate_known ? put(r.certificate_name) : put_nothing();
  put(dumped(r.certificate_alternative_names));
  put_number(r.certificate_trusted ? 1 : 0);
  put(address(r.sender));
  put(r.judged_as);
  r.header_known ? put(address(r.header_from)) : put_nothing();
  r.header_known ? put(r.message_id) : put_nothing();
  put(address(r.recipient));
  put(r.tenant);
  put(r.reason);
  put(r.exception);
  put(r.connector);
  put_number(mask_of(r.missing));
  put(r.reply);
  put(steps_text(r.steps));
  put_number(id);
}

std::string_view insert_change_statement() noexcept {
  return "INSERT INTO change (time, what, name, before, after, who, reason) VALUES "
         "(?, ?, ?, ?, ?, ?, ?)";
}

void bind_change(sqlite3_stmt* insert, const Change& change) {
  sqlite3_bind_int64(insert, 1, change.time);
  int at = 1;
  for (const std::string* text :
       {&change.what, &change.name, &change.before, &change.after, &change.who, &change.reason}) {
    bind_text(insert, ++at, *text);
  }
}

std::string_view select_changes_statement() noexcept {
  return "SELECT id, time, what, name, before, after, who, reason FROM change ORDER BY id DESC "
         "LIMIT ?1";
}

ChangeRow change_of(sqlite3_stmt* select) {
  Cells cells(select);
  ChangeRow row;
  row.id = cells.number();
  row.change.time = cells.number();
  for (std::string* text : {&row.change.what, &row.change.name, &row.change.before,
                            &row.change.after, &row.change.who, &row.change.reason}) {
    *text = cells.text();
  }
  return row;
}

std::string selected_columns(int of_version, Columns which) {
  std::string out = "id";
  for (const std::string_view name : columns) {
    out += ", ";
    if (name == "missing_facts" && of_version < 2) {
      out += mask_from_names("missing");
    } else if ((name == "judged_as" && of_version < 5) ||
               (which == Columns::facts && (name == "reply" || name == "steps"))) {
      out += "''";
    } else {
      out += name;
    }
  }
  return out;
}

Row row_of(sqlite3_stmt* select) {
  Row row;
  Record& r = row.record;
  Cells cells(select);
  const auto require = [&row](bool understood, std::string_view column) {
    if (!understood && row.fault.empty()) row.fault = column;
  };
  row.id = cells.number();
  r.time = cells.number();
  require(understood(cells.text(), r.outcome), "outcome");
  require(understood(cells.text(), r.mode), "mode");
  require(understood(cells.text(), r.stage), "stage");
  r.door = cells.text();
  r.transaction = cells.text();
  const bool client_known = !cells.is_null();
  r.client = IpAddress::parse(cells.text());
  require(r.client || !client_known, "client");
  r.helo = cells.text();
  r.tls_known = !cells.is_null();
  r.tls = cells.number() != 0;
  r.tls_version = cells.text();
  r.certificate_known = !cells.is_null();
  r.certificate_name = cells.text();
  for (const auto& each : nlohmann::json::parse(cells.text(), nullptr, false)) {
    if (each.is_string()) r.certificate_alternative_names.push_back(each.get<std::string>());
  }
  r.certificate_trusted = cells.number() != 0;
  r.sender = cells.text();
  r.null_sender = r.sender.empty();
  r.judged_as = cells.text();
  r.header_known = !cells.is_null();
  r.header_from = cells.text();
  r.message_id = cells.text();
  r.recipient = cells.text();
  r.tenant = cells.text();
  r.reason = cells.text();
  r.exception = cells.text();
  r.connector = cells.text();
  const auto missing = missing_of(cells.number());
  require(missing.has_value(), "missing_facts");
  r.missing = missing.value_or(Missing{});
  r.reply = cells.text();
  r.steps = steps_of(cells.text());
  return row;
}

}  // namespace postern::ledger
