#include "exchange/rate.hpp"

#include <chrono>

namespace postern::exchange {

void Rate::take(const Surroundings& around) {
  for (;;) {
    const UnixTime now = around.now();
    while (!latest_.empty() && latest_.front() + seconds_ < now)
      latest_.pop_front();
    if (latest_.size() < requests_) {
      latest_.push_back(now);
      return;
    }
    around.sleep(std::chrono::seconds(latest_.front() + seconds_ + 1 - now));
  }
}

}  // namespace postern::exchange
