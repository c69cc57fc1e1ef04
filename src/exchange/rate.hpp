// Keeping within a published limit: so many requests in any stretch of so many seconds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

#include "exchange/surroundings.hpp"

namespace postern::exchange {

class Rate {
 public:
  Rate(std::size_t requests, std::int64_t seconds) : requests_(requests), seconds_(seconds) {}

  /// Waits until one more request is within the limit, and counts it.
  void take(const Surroundings&);

  /// When the latest requests were made, for a later run to go on with.
  [[nodiscard]] const std::deque<UnixTime>& latest() const noexcept { return latest_; }
  void remember(UnixTime request) { latest_.push_back(request); }

 private:
  std::size_t requests_;
  std::int64_t seconds_;
  std::deque<UnixTime> latest_;
};

}  // namespace postern::exchange
