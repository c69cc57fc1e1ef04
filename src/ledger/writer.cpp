#include "ledger/writer.hpp"

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <fcntl.h>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "ledger/change.hpp"
#include "ledger/schema.hpp"

namespace postern::ledger {

struct Writer::Thread {
  static constexpr std::size_t batch_size = 1000;
  static constexpr std::chrono::milliseconds pace{200};
  static constexpr std::chrono::milliseconds again{500};
  static constexpr UnixTime sweep_every = 3600;

  Thread(Database a_database, Statement an_insert, Statement an_advance, Statement a_change,
         WriterOptions an_options, Counts& the_counts, Now a_now)
      : database(std::move(a_database)),
        insert(std::move(an_insert)),
        advance(std::move(an_advance)),
        insert_change(std::move(a_change)),
        options(std::move(an_options)),
        counts(the_counts),
        now(a_now) {}

  void add(std::vector<Record> records) {
    if (records.empty()) return;
    bool wake_up = false;
    {
      const std::lock_guard lock(mutex);
      for (Record& record : records) {
        if (waiting.size() + batch.size() >= options.queue) {
          counts.drops.add();
          continue;
        }
        waiting.push_back(std::move(record));
      }
      counts.queue.set(static_cast<std::int64_t>(waiting.size() + batch.size()));
      wake_up = waiting.size() >= batch_size;
    }
    if (wake_up) wake.notify_one();
  }

  void add(Change change) {
    {
      const std::lock_guard lock(mutex);
      changes.push_back(std::move(change));
    }
    wake.notify_one();
  }

  void run() {
    UnixTime swept = 0;
    for (;;) {
      std::unique_lock lock(mutex);
      wake.wait_for(lock, failing ? again : pace, [&] {
        return ending || (!failing && (waiting.size() >= batch_size || !changes.empty()));
      });
      if (waiting.empty() && batch.empty() && changes.empty() && ending) return;
      const std::vector<Change> changed(changes.begin(), changes.end());
      while (batch.size() < batch_size && !failing && !waiting.empty()) {
        batch.push_back(std::move(waiting.front()));
        waiting.pop_front();
      }
      const bool last = ending;
      lock.unlock();
      if (!batch.empty() || !changed.empty()) {
        // The last words go where the file went: better than nowhere, and yet not in the ledger.
        const bool astray = has_moved();
        const bool failed = (astray && !last) || !write(changed);
        if (failed != failing && options.on_change) options.on_change(failed, fault);
        failing = failed;
        if (failing) {
          counts.failures.add();
          if (last && std::chrono::steady_clock::now() >= deadline) break;
          if (last) std::this_thread::sleep_for(pace);
        } else {
          (astray ? counts.drops : counts.rows).add(batch.size());
          lock.lock();
          batch.clear();
          changes.erase(changes.begin(), changes.begin() + static_cast<long>(changed.size()));
          counts.queue.set(static_cast<std::int64_t>(waiting.size()));
          lock.unlock();
        }
      }
      if (!last && now() - swept >= sweep_every) {
        swept = now();
        sweep();
      }
    }
    const std::lock_guard lock(mutex);
    counts.drops.add(waiting.size() + batch.size());
  }

  // SQLite would write on into a file that nobody finds any more.
  bool has_moved() {
    int moved = 0;
    sqlite3_file_control(database.get(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    if (moved != 0) {
      fault = "the file was moved or removed; put it back, or start the gate anew";
    }
    return moved != 0;
  }

  // All of the batch or nothing.
  bool write(const std::vector<Change>& changed) {
    const bool written = write_whole(changed);
    if (!sqlite3_get_autocommit(database.get())) run_sql("ROLLBACK");
    return written;
  }

  bool write_whole(const std::vector<Change>& changed) {
    if (!run_sql("BEGIN IMMEDIATE")) return failed();
    std::int64_t id = number(database.get(), "SELECT last FROM outbox", -1);
    if (id < 0) return failed();
    for (const Record& record : batch) {
      bind_record(insert.get(), record, ++id, options.hash_key);
      if (!run_once(insert.get())) return false;
    }
    for (const Change& change : changed) {
      bind_change(insert_change.get(), change);
      if (!run_once(insert_change.get())) return false;
    }
    sqlite3_bind_int64(advance.get(), 1, id);
    return run_once(advance.get()) && (run_sql("COMMIT") || failed());
  }

  bool run_once(sqlite3_stmt* statement) {
    const bool done = sqlite3_step(statement) == SQLITE_DONE || failed();
    sqlite3_reset(statement);
    return done;
  }

  // False, with what the database says.
  bool failed() {
    fault = sqlite3_errmsg(database.get());
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

  bool run_sql(const char* text) { return run_statements(database.get(), text); }

  Database database;
  Statement insert;
  Statement advance;  // of the highest id
  Statement insert_change;
  WriterOptions options;
  Counts& counts;
  Now now;
  std::mutex mutex;
  std::condition_variable wake;
  std::deque<Record> waiting;
  std::deque<Change> changes;  // taken out once they are written
  std::vector<Record> batch;   // changed under the mutex, by the thread alone
  std::chrono::steady_clock::time_point deadline;
  bool ending = false;
  bool failing = false;  // of the thread alone
  std::string fault;     // of the thread alone
  std::thread handle;
};

Writer::Writer(std::unique_ptr<Thread> thread) : thread_(std::move(thread)) {
  thread_->handle = std::thread([this] { thread_->run(); });
}

Writer::~Writer() {
  {
    const std::lock_guard lock(thread_->mutex);
    thread_->ending = true;
    thread_->deadline = std::chrono::steady_clock::now() + thread_->options.last_words;
  }
  thread_->wake.notify_one();
  thread_->handle.join();
}

void Writer::add(std::vector<Record> records) {
  thread_->add(std::move(records));
}

void Writer::add(Change change) {
  thread_->add(std::move(change));
}

namespace {

constexpr std::string_view for_its_user = "make its folder, writable for the gate's user";

}  // namespace

Result<void> Writer::check(const WriterOptions& options) {
  const std::string& file = options.file;
  const auto denied = [&file] {
    return fail(fmt::format("can't be opened for writing: {}", std::strerror(errno)), file,
                std::string(for_its_user));
  };
  // SQLite writes its journal beside the file.
  const std::size_t slash = file.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : file.substr(0, slash + 1);
  if (::access(folder.c_str(), W_OK | X_OK) != 0) return denied();
  const int there = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
  if (there < 0 && errno == ENOENT) return {};
  if (there < 0) return denied();
  ::close(there);
  sqlite3* handle = nullptr;
  const int opened = sqlite3_open_v2(file.c_str(), &handle, SQLITE_OPEN_READWRITE, nullptr);
  const Database database(handle);
  if (opened != SQLITE_OK) {
    return tl::unexpected(database_error(handle, file, "can't be opened"));
  }
  // A gate that runs may be writing.
  sqlite3_busy_timeout(handle, 1000);
  if (number(handle, "SELECT count(*) FROM sqlite_schema", -1) == 0) return {};
  auto version = version_of(handle, file);
  if (!version) return tl::unexpected(version.error());
  return {};
}

Result<std::unique_ptr<Writer>> Writer::open(WriterOptions options, Counts& counts, Now now) {
  // SQLite would make it readable by all.
  const int made = ::open(options.file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (made < 0) {
    return fail(fmt::format("can't be opened for writing: {}", std::strerror(errno)), options.file,
                std::string(for_its_user));
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
  if (auto current = make_current(handle, options.file); !current) {
    return tl::unexpected(current.error());
  }
  run_statements(handle, "PRAGMA synchronous = NORMAL");
  if (auto begun = begin_epoch(handle, options.file); !begun) {
    return tl::unexpected(begun.error());
  }
  Statement insert = prepare(handle, insert_statement());
  Statement advance = prepare(handle, "UPDATE outbox SET last = ?");
  Statement change = prepare(handle, insert_change_statement());
  if (!insert || !advance || !change) {
    return tl::unexpected(database_error(handle, options.file, "can't be written"));
  }
  return std::unique_ptr<Writer>(new Writer(
      std::make_unique<Thread>(std::move(database), std::move(insert), std::move(advance),
                               std::move(change), std::move(options), counts, now)));
}

}  // namespace postern::ledger
