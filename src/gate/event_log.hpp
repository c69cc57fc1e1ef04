// What happens, one JSON object a line, written by a thread of its own so that no session waits for
// a slow pipe. What the writer can't keep up with is dropped and counted.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/time.hpp"

namespace postern::gate {

/// What a line is about, from the weightiest on. An administrator chooses down to which.
enum class Weight : std::uint8_t {
  fault,    ///< of the gate or of what it stands on: somebody must look
  outcome,  ///< what became of mail or of a session
  session,  ///< that there was one
};

/// Builds one line: LogLine("refused").add("client", "192.0.2.1").add("port", 25).
class LogLine {
 public:
  explicit LogLine(std::string_view event, Weight weight = Weight::outcome);
  /// Text from outside is made safe (printable()) and escaped.
  LogLine& add(std::string_view key, std::string_view value);
  LogLine& add(std::string_view key, const char* value) {
    return add(key, std::string_view(value));
  }
  LogLine& add(std::string_view key, const std::string& value) {
    return add(key, std::string_view(value));
  }
  LogLine& add(std::string_view key, std::int64_t value);
  LogLine& add(std::string_view key, bool value);
  /// The same as add(), left out where empty.
  LogLine& add_if(std::string_view key, std::string_view value);
  [[nodiscard]] std::string_view text() const noexcept { return text_; }
  [[nodiscard]] Weight weight() const noexcept { return weight_; }

 private:
  std::string text_;
  Weight weight_;
};

class EventLog {
 public:
  using Now = UnixTime (*)();
  /// Lines down to `least` go to `descriptor`, which stays open; -1 drops everything. `now` stamps
  /// them.
  EventLog(int descriptor, Now now, Weight least = Weight::session);
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;
  /// Writes what is left.
  ~EventLog();

  /// False where such lines are dropped, so that none need be built.
  [[nodiscard]] bool takes(Weight weight) const noexcept {
    return descriptor_ >= 0 && weight <= least_;
  }
  /// From any thread; never waits for the descriptor.
  void write(const LogLine&);
  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_; }

 private:
  void run();
  static constexpr std::size_t most_waiting = 4u << 20;

  int descriptor_;
  Now now_;
  Weight least_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::string waiting_;
  std::atomic<std::uint64_t> dropped_ = 0;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace postern::gate
