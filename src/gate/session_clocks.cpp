#include "gate/session_clocks.hpp"

#include <algorithm>
#include <cstddef>

namespace postern::gate {

SessionClocks::Time SessionClocks::wait(Time now, std::size_t line) noexcept {
  waiting_since_ = now;
  if (line == 0) {
    line_.reset();
  } else if (line != line_number_ || !line_) {
    line_ = times_.command;
  }
  line_number_ = line;
  const Clock::duration once = message_ ? times_.block : times_.command;
  Time until = std::min(session_end_, now + once);
  for (const Left* left : {&line_, &envelope_, &message_}) {
    if (*left) until = std::min(until, now + **left);
  }
  return until;
}

void SessionClocks::heard(Time now) noexcept {
  const Clock::duration took = now - waiting_since_;
  for (Left* left : {&line_, &envelope_, &message_}) {
    if (*left) *left = std::max(Clock::duration::zero(), **left - took);
  }
}

}  // namespace postern::gate
