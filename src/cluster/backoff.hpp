// How long to wait before the next attempt: twice as long each time, up to a bound, and by chance
// up to a half less, so that gates that lost one server together do not come back together.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>

namespace postern::cluster {

class Backoff {
 public:
  using Milliseconds = std::chrono::milliseconds;
  Backoff(Milliseconds least, Milliseconds most, std::uint32_t seed)
      : least_(least), most_(most), next_(least), chance_(seed) {}

  Milliseconds next() {
    const auto whole = next_;
    next_ = std::min(most_, next_ * 2);
    std::uniform_int_distribution<std::int64_t> some(whole.count() / 2, whole.count());
    return Milliseconds(some(chance_));
  }
  /// It worked.
  void reset() noexcept { next_ = least_; }

 private:
  Milliseconds least_, most_, next_;
  std::mt19937 chance_;
};

}  // namespace postern::cluster
