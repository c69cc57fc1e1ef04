// Wakes a thread that waits.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace postern::cluster {

class Bell {
 public:
  void ring() {
    const std::lock_guard lock(mutex_);
    rung_ = true;
    wake_.notify_all();
  }
  void end() {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    wake_.notify_all();
  }
  /// True where it was rung; forgets that.
  bool wait(std::chrono::milliseconds most) {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, most, [&] { return rung_ || ending_; });
    return std::exchange(rung_, false);
  }
  /// Sleeps on, whoever rings, but for the end.
  void rest(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, time, [&] { return ending_; });
  }
  [[nodiscard]] bool ending() const {
    const std::lock_guard lock(mutex_);
    return ending_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool rung_ = false;
  bool ending_ = false;
};

}  // namespace postern::cluster
