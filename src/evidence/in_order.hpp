// Work that several threads do ahead and the caller takes back in the order in which it was handed
// in. Internal to the room.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace postern::evidence {

template <class Item>
class InOrder {
 public:
  /// `work` is called by the threads, with the number of the thread; at most `most` items are under
  /// way at once.
  using Work = std::function<void(Item&, unsigned thread)>;
  InOrder(unsigned threads, std::size_t most, Work work) : most_(most), work_(std::move(work)) {
    for (unsigned i = 0; i < threads; ++i)
      threads_.emplace_back([this, i] { run(i); });
  }
  InOrder(const InOrder&) = delete;
  InOrder& operator=(const InOrder&) = delete;
  /// What no thread has begun is dropped.
  ~InOrder() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_)
      thread.join();
  }

  // For the one thread that hands in and takes.
  [[nodiscard]] bool full() const noexcept { return slots_.size() >= most_; }
  [[nodiscard]] bool empty() const noexcept { return slots_.empty(); }
  void add(std::unique_ptr<Item> item) {
    {
      const std::lock_guard lock(mutex_);
      slots_.push_back(std::make_unique<Slot>(std::move(item)));
    }
    changed_.notify_one();
  }
  /// The oldest item, when it is done. There must be one.
  std::unique_ptr<Item> take() {
    std::unique_lock lock(mutex_);
    done_.wait(lock, [this] { return slots_.front()->done; });
    auto item = std::move(slots_.front()->item);
    slots_.pop_front();
    --begun_;
    return item;
  }

 private:
  struct Slot {
    explicit Slot(std::unique_ptr<Item> given) : item(std::move(given)) {}
    std::unique_ptr<Item> item;
    bool done = false;
  };

  void run(unsigned thread) {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return stopped_ || begun_ < slots_.size(); });
      if (stopped_) return;
      Slot& slot = *slots_[begun_++];
      lock.unlock();
      work_(*slot.item, thread);
      lock.lock();
      slot.done = true;
      done_.notify_one();
    }
  }

  std::size_t most_;
  Work work_;
  std::mutex mutex_;
  std::condition_variable changed_;  // there is something to begin
  std::condition_variable done_;
  std::deque<std::unique_ptr<Slot>> slots_;  // written by the caller's thread alone
  std::size_t begun_ = 0;                    // of slots_
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace postern::evidence
