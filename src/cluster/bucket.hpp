// A key-value bucket of JetStream: a stream KV_NAME whose subjects are its keys, each message a
// value. Written to the stream itself rather than through the library's key-value calls, because
// those read from any replica (and so what is older) and don't tell a lost race from another
// failure.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "cluster/connection.hpp"

namespace postern::cluster {

/// One value of a key, or the mark that it was taken away.
struct Entry {
  std::string key;
  std::string value;
  std::uint64_t revision = 0;  ///< its sequence in the bucket: grows with every change of any key
  std::int64_t created = 0;    ///< UNIX time in nanoseconds, by the server's clock
  bool removed = false;
};

struct BucketOptions {
  int history = 1;              ///< values kept of each key
  std::int32_t largest = 0;     ///< octets of a value; 0: what the server takes
  std::chrono::seconds age{0};  ///< after which a value goes by itself; 0: never
  int replicas = 3;
};

/// What became of a write that other writers may have come before.
struct Written {
  std::uint64_t revision = 0;  ///< 0: the key had changed meanwhile, nothing is written
  [[nodiscard]] bool raced() const noexcept { return revision == 0; }
};

class Bucket {
 public:
  /// The connection must outlive it. Nothing is asked of the server yet.
  Bucket(Connection& connection, std::string name);

  /// Makes the bucket where it is not there; one that is there stays as it is.
  Result<void> make(const BucketOptions&);
  /// Whether it is there, and the revision of its newest value (0: none yet).
  Result<std::optional<std::uint64_t>> last_revision();

  /// The newest of a key, as the leader has it; also the mark of one taken away.
  Result<std::optional<Entry>> newest(std::string_view key);
  /// Where the key's newest revision is `expected` (0: the key is not there, or was taken away).
  Result<Written> put(std::string_view key, std::string_view value, std::uint64_t expected);
  /// Whatever is there.
  Result<std::uint64_t> put(std::string_view key, std::string_view value);
  /// Leaves the mark where the key's newest revision is `expected`.
  Result<Written> remove(std::string_view key, std::uint64_t expected);
  /// What is kept of a key, oldest first. `filter` may hold wildcards: "tenant.*".
  Result<std::vector<Entry>> history(std::string_view filter);
  /// The newest of each key, in the order of revisions, without marks.
  Result<std::vector<Entry>> all(std::string_view filter);

 private:
  Result<std::vector<Entry>> read(std::string_view filter, bool only_newest);
  Connection& connection_;
  std::string name_;
};

/// From where a watch begins.
struct WatchFrom {
  enum class Kind : std::uint8_t {
    newest,    ///< the newest of each key, then what comes
    whole,     ///< all that is kept, then what comes
    revision,  ///< from that revision on
  };
  Kind kind = Kind::newest;
  std::uint64_t revision = 0;
};

/// What a bucket holds and what comes, in the order of revisions. Entries are copied by a thread of
/// the library and wait here; take() gives them out.
class Watch {
 public:
  /// `woken` is called by a thread of the library after each entry; it must only notify.
  static Result<std::unique_ptr<Watch>> open(Connection&, const std::string& bucket,
                                             std::string_view filter, const WatchFrom&,
                                             std::function<void()> woken);
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  ~Watch();

  /// What came since the last call.
  std::vector<Entry> take();
  /// Everything that was there when the watch began has been taken.
  [[nodiscard]] bool caught_up() const;

 private:
  struct Inbox;
  explicit Watch(std::unique_ptr<Inbox> inbox);
  std::unique_ptr<Inbox> inbox_;
};

}  // namespace postern::cluster
