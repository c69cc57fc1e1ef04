// Many files, small ones ahead on other threads. A thread reads a batch of them into RecordedRows;
// the caller's thread tells the batches in order, and reads by itself what is too large to keep.
#include <algorithm>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <utility>
#include <vector>

#include "evidence/in_order.hpp"
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

// Some files in a row.
struct Batch {
  std::size_t first = 0;
  std::deque<FileRead> files;
};

bool is_small_file(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         status.st_size <= largest_ahead;
}

void read_ahead(const std::string& path, const Options& options, FileRead& into) {
  into.left_to_caller = !is_small_file(path);
  if (into.left_to_caller) return;
  NamedRelay relays;
  const auto done = read_file(path, options, relays, into.rows, into.tally);
  if (!done) into.error = done.error();
  // Whose log comes first, the caller alone knows.
  into.left_to_caller = into.rows.full() || relays.was_asked();
}

// Ends one file: its error becomes a bad row, or the end of everything.
Result<void> conclude(const std::optional<Error>& error, bool tolerant, Tally& tally, Sink& sink,
                      const std::function<void(const Tally&)>& done) {
  if (error && !tolerant) return tl::unexpected(*error);
  if (error) Teller(sink, tally).bad_file(*error);
  done(tally);
  return {};
}

Result<void> read_here(const std::string& path, bool tolerant, const Options& options,
                       NamedRelay& relays, Sink& sink,
                       const std::function<void(const Tally&)>& done) {
  Tally tally;
  std::optional<Error> error;
  if (auto read = read_file(path, options, relays, sink, tally); !read) error = read.error();
  return conclude(error, tolerant, tally, sink, done);
}

}  // namespace

Result<void> read_all(const std::vector<std::string>& paths, bool tolerant, unsigned threads,
                      const Options& options, Sink& sink,
                      const std::function<void(const Tally&)>& done) {
  NamedRelay relays;
  Options here = options;
  here.threads = threads;
  if (paths.size() < 2 || threads == 0) {
    for (const std::string& path : paths) {
      if (auto read = read_here(path, tolerant, here, relays, sink, done); !read) return read;
    }
    return {};
  }
  Options there = options;
  there.threads = 0;
  there.progress = nullptr;
  InOrder<Batch> ahead(threads, batches_ahead, [&](Batch& batch, unsigned) {
    const std::size_t end = std::min(paths.size(), batch.first + batch_size);
    for (std::size_t i = batch.first; i < end; ++i)
      read_ahead(paths[i], there, batch.files.emplace_back());
  });
  std::size_t handed_in = 0;
  const auto hand_in = [&] {
    for (; handed_in < paths.size() && !ahead.full(); handed_in += batch_size) {
      auto batch = std::make_unique<Batch>();
      batch->first = handed_in;
      ahead.add(std::move(batch));
    }
  };
  for (hand_in(); !ahead.empty(); hand_in()) {
    const auto batch = ahead.take();
    std::size_t place = batch->first;
    for (FileRead& file : batch->files) {
      const std::string& path = paths[place++];
      if (file.left_to_caller) {
        if (auto read = read_here(path, tolerant, here, relays, sink, done); !read) return read;
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
