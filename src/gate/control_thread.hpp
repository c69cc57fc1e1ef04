// The thread that obeys signals, for others that have something to change in a running gate: a
// reload and a change come one after the other, never at once.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "gate/config.hpp"

namespace postern::gate {

class ControlThread {
 public:
  /// Gives the configuration that counts from then on, or null where nothing changes.
  using Task = std::function<std::shared_ptr<const GateConfig>()>;

  /// Has the thread run the task; false where no gate runs (any more), and the task is gone. A gate
  /// that is about to end may drop a task that it took.
  bool run(Task task) {
    const std::lock_guard lock(mutex_);
    if (take_) take_(std::move(task));
    return static_cast<bool>(take_);
  }
  /// For run_gate(): where tasks go; null: nowhere.
  void attach(std::function<void(Task)> take) {
    const std::lock_guard lock(mutex_);
    take_ = std::move(take);
  }

 private:
  std::mutex mutex_;
  std::function<void(Task)> take_;
};

}  // namespace postern::gate
