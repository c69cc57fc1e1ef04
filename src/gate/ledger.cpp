#include "gate/ledger.hpp"

#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <mutex>
#include <openssl/hmac.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/ascii.hpp"
#include "gate/sqlite.hpp"

namespace postern::gate {
namespace {

constexpr const char* schema = R"(
PRAGMA auto_vacuum = INCREMENTAL;
PRAGMA journal_mode = WAL;
BEGIN IMMEDIATE;
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
  missing TEXT NOT NULL,
  reply TEXT NOT NULL,
  steps TEXT NOT NULL         -- JSON
) STRICT;
CREATE INDEX submission_time ON submission (time);
PRAGMA application_id = 1347638350;
PRAGMA user_version = 1;
COMMIT;
)";
static_assert(ledger_application == 1347638350 && ledger_version == 1);

constexpr std::string_view columns =
    "time, outcome, mode, stage, door, message, client, helo, tls, tls_version, certificate, "
    "certificate_names, certificate_trusted, sender, header_from, message_id, recipient, tenant, "
    "reason, exception, connector, missing, reply, steps";
constexpr int column_count = 24;

Error database_error(sqlite3* database, const std::string& file, std::string_view what) {
  return {fmt::format("{}: {}", what, sqlite3_errmsg(database)), file, ""};
}

// That this is a ledger, and one of ours.
Result<void> check_version(sqlite3* database, const std::string& file) {
  const std::int64_t application = number(database, "PRAGMA application_id", -1);
  const std::int64_t version = number(database, "PRAGMA user_version", -1);
  if (application < 0 || version < 0) {
    return tl::unexpected(database_error(database, file, "can't be read"));
  }
  if (application != ledger_application) {
    return fail("is a database, and no ledger of postern gate", file, "name another file");
  }
  if (version > ledger_version) {
    return fail(fmt::format("is a ledger of version {}; this Postern knows up to {}", version,
                            ledger_version),
                file, "use a newer Postern");
  }
  return {};
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

void bind_record(sqlite3_stmt* statement, const Record& r, const std::string& key) {
  const auto address = [&](const std::string& text) {
    return key.empty() || text.empty() ? text : hashed_address(text, key);
  };
  int at = 0;
  const auto put = [&](std::string_view text) { bind_text(statement, ++at, text); };
  const auto put_number = [&](std::int64_t value) { sqlite3_bind_int64(statement, ++at, value); };
  const auto put_nothing = [&] { sqlite3_bind_null(statement, ++at); };
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
  r.header_known ? put(address(r.header_from)) : put_nothing();
  r.header_known ? put(r.message_id) : put_nothing();
  put(address(r.recipient));
  put(r.tenant);
  put(r.reason);
  put(r.exception);
  put(r.connector);
  put(r.missing);
  put(r.reply);
  put(steps_text(r.steps));
}

template <class E>
E named(const std::string& text, std::initializer_list<E> all) {
  for (const E each : all) {
    if (name_of(each) == text) return each;
  }
  return *all.begin();
}

LedgerRow row_of(sqlite3_stmt* statement) {
  LedgerRow row;
  Record& r = row.record;
  int at = 0;
  const auto text = [&] { return column(statement, at++); };
  const auto is_null = [&] { return sqlite3_column_type(statement, at) == SQLITE_NULL; };
  row.id = sqlite3_column_int64(statement, at++);
  r.time = sqlite3_column_int64(statement, at++);
  r.outcome = named(
      text(), {Outcome::refused, Outcome::would_refuse, Outcome::exception, Outcome::undetermined});
  r.mode = named(text(), {Mode::enforce, Mode::observe, Mode::tenant, Mode::off});
  r.stage = named(text(), {Stage::rcpt, Stage::data});
  r.door = text();
  r.transaction = text();
  if (const auto client = IpAddress::parse(text())) r.client = *client;
  r.helo = text();
  r.tls_known = !is_null();
  r.tls = sqlite3_column_int(statement, at++) != 0;
  r.tls_version = text();
  r.certificate_known = !is_null();
  r.certificate_name = text();
  const auto names = nlohmann::json::parse(text(), nullptr, false);
  for (const auto& each : names) {
    if (each.is_string()) r.certificate_alternative_names.push_back(each.get<std::string>());
  }
  r.certificate_trusted = sqlite3_column_int(statement, at++) != 0;
  r.sender = text();
  r.null_sender = r.sender.empty();
  r.header_known = !is_null();
  r.header_from = text();
  r.message_id = text();
  r.recipient = text();
  r.tenant = text();
  r.reason = text();
  r.exception = text();
  r.connector = text();
  r.missing = text();
  r.reply = text();
  r.steps = steps_of(text());
  return row;
}

}  // namespace

std::string hashed_address(std::string_view address, std::string_view key) {
  const std::size_t at = address.rfind('@');
  const std::string whole = to_lower(address);
  unsigned char digest[EVP_MAX_MD_SIZE] = {};
  unsigned length = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(whole.data()), whole.size(), digest, &length);
  std::string out = "~";
  for (unsigned i = 0; i < 8; ++i)
    out += fmt::format("{:02x}", digest[i]);
  if (at != std::string_view::npos) out += address.substr(at);
  return out;
}

Result<std::string> read_hash_key(const std::string& file) {
  struct stat status {};
  std::ifstream in(file, std::ios::binary);
  if (!in || ::stat(file.c_str(), &status) != 0) {
    return fail("can't be read", file, "make it: openssl rand -hex 32 > FILE; chmod 600 FILE");
  }
  if ((status.st_mode & (S_IRWXO)) != 0) {
    return fail("is a key that everybody may use", file, "chmod 640 or tighter");
  }
  std::string key((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  while (!key.empty() && (key.back() == '\n' || key.back() == '\r'))
    key.pop_back();
  if (key.size() < 16) return fail("is a key of less than 16 octets", file, "openssl rand -hex 32");
  return key;
}

struct Ledger::Writer {
  static constexpr std::size_t batch_size = 1000;
  static constexpr std::chrono::milliseconds pace{200};
  static constexpr std::chrono::milliseconds again{500};
  static constexpr UnixTime sweep_every = 3600;

  Writer(Database a_database, Statement an_insert, LedgerOptions an_options, Metrics& a_metrics,
         Now a_now)
      : database(std::move(a_database)),
        insert(std::move(an_insert)),
        options(std::move(an_options)),
        metrics(a_metrics),
        now(a_now) {}

  void add(std::vector<Record> records) {
    if (records.empty()) return;
    bool wake_up = false;
    {
      const std::lock_guard lock(mutex);
      for (Record& record : records) {
        if (waiting.size() + batch.size() >= options.queue) {
          metrics.ledger_drops.add();
          continue;
        }
        waiting.push_back(std::move(record));
      }
      metrics.ledger_queue.set(static_cast<std::int64_t>(waiting.size() + batch.size()));
      wake_up = waiting.size() >= batch_size;
    }
    if (wake_up) wake.notify_one();
  }

  void run() {
    UnixTime swept = 0;
    for (;;) {
      std::unique_lock lock(mutex);
      wake.wait_for(lock, failing ? again : pace,
                    [&] { return ending || (!failing && waiting.size() >= batch_size); });
      if (waiting.empty() && batch.empty() && ending) return;
      while (batch.size() < batch_size && !failing && !waiting.empty()) {
        batch.push_back(std::move(waiting.front()));
        waiting.pop_front();
      }
      const bool last = ending;
      lock.unlock();
      if (!batch.empty()) {
        failing = !write();
        if (failing) {
          metrics.ledger_failures.add();
          if (last && std::chrono::steady_clock::now() >= deadline) break;
          if (last) std::this_thread::sleep_for(pace);
        } else {
          metrics.ledger_rows.add(batch.size());
          lock.lock();
          batch.clear();
          metrics.ledger_queue.set(static_cast<std::int64_t>(waiting.size()));
          lock.unlock();
        }
      }
      if (!last && now() - swept >= sweep_every) {
        swept = now();
        sweep();
      }
    }
    const std::lock_guard lock(mutex);
    metrics.ledger_drops.add(waiting.size() + batch.size());
  }

  // All of the batch or nothing.
  bool write() {
    if (!run_sql("BEGIN IMMEDIATE")) return false;
    for (const Record& record : batch) {
      bind_record(insert.get(), record, options.hash_key);
      const int done = sqlite3_step(insert.get());
      sqlite3_reset(insert.get());
      if (done != SQLITE_DONE) {
        run_sql("ROLLBACK");
        return false;
      }
    }
    if (run_sql("COMMIT")) return true;
    run_sql("ROLLBACK");
    return false;
  }

  void sweep() {
    if (options.retention_days == 0) return;
    const UnixTime before = now() - static_cast<UnixTime>(options.retention_days) * 86400;
    // A piece at a time: readers and the next batch wait for each.
    for (;;) {
      const Statement erase = prepare(
          database.get(),
          "DELETE FROM submission WHERE id IN (SELECT id FROM submission WHERE time < ? LIMIT "
          "5000)");
      if (!erase) return;
      sqlite3_bind_int64(erase.get(), 1, before);
      if (sqlite3_step(erase.get()) != SQLITE_DONE || sqlite3_changes(database.get()) == 0) break;
    }
    run_sql("PRAGMA incremental_vacuum(2000)");
  }

  bool run_sql(const char* text) { return gate::run(database.get(), text); }

  Database database;
  Statement insert;
  LedgerOptions options;
  Metrics& metrics;
  Now now;
  std::mutex mutex;
  std::condition_variable wake;
  std::deque<Record> waiting;
  std::vector<Record> batch;  // changed under the mutex, by the thread alone
  std::chrono::steady_clock::time_point deadline;
  bool ending = false;
  bool failing = false;  // of the thread alone
  std::thread thread;
};

Ledger::Ledger(std::unique_ptr<Writer> writer) : writer_(std::move(writer)) {
  writer_->thread = std::thread([this] { writer_->run(); });
}

Ledger::~Ledger() {
  {
    const std::lock_guard lock(writer_->mutex);
    writer_->ending = true;
    writer_->deadline = std::chrono::steady_clock::now() + writer_->options.last_words;
  }
  writer_->wake.notify_one();
  writer_->thread.join();
}

void Ledger::add(std::vector<Record> records) {
  writer_->add(std::move(records));
}

Result<std::unique_ptr<Ledger>> Ledger::open(LedgerOptions options, Metrics& metrics, Now now) {
  // SQLite would make it readable by all.
  const int made = ::open(options.file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (made < 0) {
    return fail(fmt::format("can't be opened for writing: {}", std::strerror(errno)), options.file,
                "make its folder, writable for the gate's user");
  }
  ::close(made);
  sqlite3* handle = nullptr;
  const int opened =
      sqlite3_open_v2(options.file.c_str(), &handle,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  Database database(handle);
  if (opened != SQLITE_OK) {
    return tl::unexpected(database_error(handle, options.file, "can't be opened"));
  }
  sqlite3_busy_timeout(handle, 1000);
  if (number(handle, "SELECT count(*) FROM sqlite_schema", -1) == 0 && !run(handle, schema)) {
    return tl::unexpected(database_error(handle, options.file, "can't be made a ledger"));
  }
  if (auto known = check_version(handle, options.file); !known) {
    return tl::unexpected(known.error());
  }
  run(handle, "PRAGMA synchronous = NORMAL");
  std::string marks;
  for (int i = 0; i < column_count; ++i)
    marks += i == 0 ? "?" : ", ?";
  Statement insert =
      prepare(handle, fmt::format("INSERT INTO submission ({}) VALUES ({})", columns, marks));
  if (!insert) return tl::unexpected(database_error(handle, options.file, "can't be written"));
  return std::unique_ptr<Ledger>(new Ledger(std::make_unique<Writer>(
      std::move(database), std::move(insert), std::move(options), metrics, now)));
}

struct LedgerFile::Database {
  gate::Database handle;
  std::string file;
};

LedgerFile::LedgerFile(std::unique_ptr<Database> database) : database_(std::move(database)) {}
LedgerFile::~LedgerFile() = default;

Result<std::unique_ptr<LedgerFile>> LedgerFile::open(const std::string& file) {
  sqlite3* handle = nullptr;
  const int opened =
      sqlite3_open_v2(file.c_str(), &handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nullptr);
  gate::Database database(handle);
  if (opened != SQLITE_OK) {
    return fail(fmt::format("can't be opened: {}", sqlite3_errmsg(handle)), file,
                "give the path of a ledger");
  }
  sqlite3_busy_timeout(handle, 5000);
  if (auto known = check_version(handle, file); !known) return tl::unexpected(known.error());
  return std::unique_ptr<LedgerFile>(
      new LedgerFile(std::make_unique<Database>(Database{std::move(database), file})));
}

namespace {

// An address as filters have it: whole, or "@domain".
bool address_matches(std::string_view address, std::string_view wanted) noexcept {
  if (wanted.starts_with('@')) return iends_with(address, wanted);
  return iequals(address, wanted);
}

bool matches(const Record& r, const LedgerFilter& f) noexcept {
  if (f.client && (!r.client || !f.client->contains(*r.client))) return false;
  if (!f.sender.empty() && !address_matches(r.sender, f.sender) &&
      !address_matches(r.header_from, f.sender)) {
    return false;
  }
  return f.recipient.empty() || address_matches(r.recipient, f.recipient);
}

}  // namespace

Result<void> LedgerFile::read(const LedgerFilter& filter, std::int64_t after,
                              const std::function<bool(const LedgerRow&)>& visit) {
  sqlite3* handle = database_->handle.get();
  const Statement select = prepare(
      handle, fmt::format("SELECT id, {} FROM submission WHERE id > ?1 AND time >= ?2 AND time < "
                          "?3 AND (?4 = '' OR reason = ?4) AND (?5 = '' OR outcome = ?5) AND (?6 "
                          "= '' OR mode = ?6) ORDER BY id",
                          columns));
  if (!select) return tl::unexpected(database_error(handle, database_->file, "can't be read"));
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
      return tl::unexpected(database_error(handle, database_->file, "can't be read"));
    }
    const LedgerRow row = row_of(select.get());
    if (matches(row.record, filter) && !visit(row)) return {};
  }
}

}  // namespace postern::gate
