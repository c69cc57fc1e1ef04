// Many files, small ones ahead on other threads. A thread reads a batch of them into RecordedRows;
// the caller's thread tells the batches in order, and reads by itself what is too large to keep.
#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <thread>
#include <utility>
#include <vector>

#include "evidence/recorded_rows.hpp"
#include "evidence/source_reading.hpp"
#include "evidence/teller.hpp"

namespace postern::evidence {
namespace {

constexpr std::size_t batch_size = 32;
constexpr std::size_t batches_ahead = 8;
constexpr off_t largest_ahead = 256 << 10;      // a file that is read ahead
constexpr std::size_t most_recorded = 4 << 20;  // what may be kept of one

struct FileRead {
  RecordedRows rows{most_recorded};
  Tally tally;
  std::optional<Error> error;
  bool left_to_caller = false;
};

struct Batch {
  std::deque<FileRead> files;
  bool ready = false;
};

bool is_small_file(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         status.st_size <= largest_ahead;
}

class Ahead {
 public:
  Ahead(const std::vector<std::string>& paths, unsigned threads, const Options& options)
      : paths_(paths), options_(options), batches_((paths.size() + batch_size - 1) / batch_size) {
    options_.progress = nullptr;
    for (unsigned i = 0; i < threads; ++i)
      threads_.emplace_back([this] { work(); });
  }
  Ahead(const Ahead&) = delete;
  Ahead& operator=(const Ahead&) = delete;
  ~Ahead() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_)
      thread.join();
  }

  // The batch with that number; waits for it. Batches are asked for in order.
  std::unique_ptr<Batch> take(std::size_t number) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return batches_[number] != nullptr && batches_[number]->ready; });
    taken_ = number + 1;
    auto batch = std::move(batches_[number]);
    lock.unlock();
    changed_.notify_all();
    return batch;
  }

 private:
  void work() {
    for (;;) {
      std::size_t number = 0;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] {
          return stopped_ || next_ == batches_.size() || next_ < taken_ + batches_ahead;
        });
        if (stopped_ || next_ == batches_.size()) return;
        number = next_++;
      }
      auto batch = std::make_unique<Batch>();
      const std::size_t end = std::min(paths_.size(), (number + 1) * batch_size);
      for (std::size_t i = number * batch_size; i < end; ++i)
        read_one(paths_[i], batch->files.emplace_back());
      batch->ready = true;
      {
        const std::lock_guard lock(mutex_);
        batches_[number] = std::move(batch);
      }
      changed_.notify_all();
    }
  }

  void read_one(const std::string& path, FileRead& into) const {
    into.left_to_caller = !is_small_file(path);
    if (into.left_to_caller) return;
    const auto done = read_file(path, options_, into.rows, into.tally);
    if (!done) into.error = done.error();
    into.left_to_caller = into.rows.full();
  }

  const std::vector<std::string>& paths_;
  Options options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::unique_ptr<Batch>> batches_;
  std::size_t next_ = 0;   // batch that no thread has begun
  std::size_t taken_ = 0;  // batches that the caller has had
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

// Ends one file: its error becomes a bad row, or the end of everything.
Result<void> conclude(const std::optional<Error>& error, bool tolerant, Tally& tally, Sink& sink,
                      const std::function<void(const Tally&)>& done) {
  if (error && !tolerant) return tl::unexpected(*error);
  if (error) Teller(sink, tally).bad_file(*error);
  done(tally);
  return {};
}

Result<void> read_here(const std::string& path, bool tolerant, const Options& options, Sink& sink,
                       const std::function<void(const Tally&)>& done) {
  Tally tally;
  std::optional<Error> error;
  if (auto read = read_file(path, options, sink, tally); !read) error = read.error();
  return conclude(error, tolerant, tally, sink, done);
}

}  // namespace

Result<void> read_all(const std::vector<std::string>& paths, bool tolerant, unsigned threads,
                      const Options& options, Sink& sink,
                      const std::function<void(const Tally&)>& done) {
  if (paths.size() < 2 || threads == 0) {
    for (const std::string& path : paths) {
      if (auto read = read_here(path, tolerant, options, sink, done); !read) return read;
    }
    return {};
  }
  Ahead ahead(paths, threads, options);
  for (std::size_t number = 0; number * batch_size < paths.size(); ++number) {
    const auto batch = ahead.take(number);
    std::size_t place = number * batch_size;
    for (FileRead& file : batch->files) {
      const std::string& path = paths[place++];
      if (file.left_to_caller) {
        if (auto read = read_here(path, tolerant, options, sink, done); !read) return read;
        continue;
      }
      file.rows.tell(sink);
      if (auto ended = conclude(file.error, tolerant, file.tally, sink, done); !ended) {
        return ended;
      }
    }
  }
  return {};
}

}  // namespace postern::evidence
