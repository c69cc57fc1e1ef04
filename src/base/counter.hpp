// Numbers that several threads count up and one reads: what a program tells of itself.
#pragma once

#include <atomic>
#include <cstdint>

namespace postern {

/// Only ever grows.
class Counter {
 public:
  void add(std::uint64_t by = 1) noexcept { value_.fetch_add(by, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t value() const noexcept {
    return value_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<std::uint64_t> value_ = 0;
};

/// Goes up and down.
class Gauge {
 public:
  void add(std::int64_t by) noexcept { value_.fetch_add(by, std::memory_order_relaxed); }
  void set(std::int64_t to) noexcept { value_.store(to, std::memory_order_relaxed); }
  [[nodiscard]] std::int64_t value() const noexcept {
    return value_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<std::int64_t> value_ = 0;
};

}  // namespace postern
